"""Fetch what a visitor's browser would: bounded in time, bytes and redirects, whatever the other side does."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from gateway.cli.doctor.tools import Unwell

PATIENCE = 10  # seconds
MOST_BYTES = 5 * 1024 * 1024
PORTION = 64 * 1024  # bytes
MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Plain clients are sent other pages than browsers are, or none.
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
AS_BROWSER = {"User-Agent": AGENT, "Accept-Encoding": "gzip, deflate, br", "Accept-Language": "en;q=0.9, *;q=0.5"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, from the address that the last redirect led to; the body is decompressed."""

    url: str
    status: int
    headers: urllib3.HTTPHeaderDict
    body: bytes


class Visitor:
    """Asks as a browser does; everything that fails is an Unwell that names the address."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(timeout=PATIENCE, retries=False)

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Reply:
        """Return what an address leads to. Raises Unwell."""
        for _ in range(MOST_REDIRECTS + 1):
            reply = self._ask("GET", url, headers or {}, None)
            onward = reply.headers.get("Location")
            if reply.status not in REDIRECTS or not onward:
                return reply
            url = urljoin(url, onward)
        raise Unwell(f"{url}: more than {MOST_REDIRECTS} redirects: correct the web server's")

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Return the answer to a body; a redirect is an answer too. Raises Unwell."""
        return self._ask("POST", url, headers, body)

    def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        try:
            if urlsplit(url).scheme not in ("http", "https"):
                raise Unwell(f"{url!r} is no address of a page: write https://www.example.com/")
            asked = {**AS_BROWSER, **headers}
            response = self._pool.request(method, url, body=body, headers=asked, redirect=False, preload_content=False)
            try:
                return Reply(url, response.status, response.headers, _read(response, url))
            finally:
                response.close()
        except (HTTPError, OSError, ValueError) as error:
            raise Unwell(f"{url} cannot be fetched: {error}") from error


def _read(response: urllib3.BaseHTTPResponse, url: str) -> bytes:
    """Return the body; a server that sends drop by drop is given up on, as one that sends without end is."""
    deadline = time.monotonic() + PATIENCE
    body = bytearray()
    while portion := response.read1(PORTION, decode_content=True):
        body += portion
        if len(body) > MOST_BYTES:
            raise Unwell(f"{url} is longer than {MOST_BYTES >> 20} MiB: nobody waits for that")
        if time.monotonic() > deadline:
            raise Unwell(f"{url} is still not there after {PATIENCE} s")
    return bytes(body)
