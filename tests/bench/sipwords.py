"""The few SIP messages of a caller and of a line that answers at once, written and read by hand."""

from dataclasses import dataclass

SDP = "v=0\r\no=bench 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"
MEDIA_PORT = 9  # discard: nobody speaks, so nothing is ever sent there
BODY = SDP.format(port=MEDIA_PORT) + "a=rtpmap:0 PCMU/8000\r\n"


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came: its first line, and its header lines in order."""

    first_line: str
    lines: tuple[str, ...]

    @property
    def status(self) -> int:
        """Return the status of a response, or 0 for a request."""
        return int(self.first_line[8:11]) if self.first_line.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """Return the method of a request, or of the request that a response answers."""
        return self.header("CSeq").split()[-1]

    @property
    def caller(self) -> str:
        """Return the number that the call is from."""
        return _uri(self.header("From")).removeprefix("sip:").partition("@")[0]

    def header(self, name: str) -> str:
        """Return the first header of that name, or the empty string."""
        start = f"{name.lower()}:"
        return next((line[len(start) :].strip() for line in self.lines if line.lower().startswith(start)), "")

    def all(self, name: str) -> list[str]:
        """Return the whole lines of a header that may come more than once."""
        start = f"{name.lower()}:"
        return [line for line in self.lines if line.lower().startswith(start)]


@dataclass(frozen=True, slots=True)
class Dialog:
    """What all requests of one call have in common."""

    call_id: str
    port: int
    switch_port: int
    number: str
    caller: str

    def invite(self) -> bytes:
        """Return the INVITE."""
        to = f"<sip:{self.number}@127.0.0.1:{self.switch_port}>"
        return self._request("INVITE", self._target(), "1 INVITE", to, "i", BODY)

    def ack(self, answer: Message) -> bytes:
        """Return the ACK of a final response; that of a refusal belongs to the INVITE's own transaction."""
        answered = answer.status < 300
        target = _uri(answer.header("Contact")) if answered else self._target()
        return self._request("ACK", target, "1 ACK", answer.header("To"), "a" if answered else "i")

    def bye(self, answer: Message) -> bytes:
        """Return the BYE of an answered call."""
        return self._request("BYE", _uri(answer.header("Contact")), "2 BYE", answer.header("To"), "b")

    def _target(self) -> str:
        return f"sip:{self.number}@127.0.0.1:{self.switch_port}"

    def _request(self, method: str, target: str, cseq: str, to: str, branch: str, body: str = "") -> bytes:
        return _written(
            f"{method} {target} SIP/2.0",
            [
                f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{self.call_id}{branch}",
                f"From: <sip:{self.caller}@127.0.0.1:{self.port}>;tag={self.call_id}",
                f"To: {to}",
                f"Call-ID: {self.call_id}",
                f"CSeq: {cseq}",
                f"Contact: <sip:bench@127.0.0.1:{self.port}>",
                "Max-Forwards: 70",
            ],
            body,
        )


def read(data: bytes) -> Message:
    """Return the message of a datagram."""
    first, *lines = data.decode("utf-8", "replace").partition("\r\n\r\n")[0].split("\r\n")
    return Message(first, tuple(lines))


def respond(request: Message, line: str, port: int, body: str = "") -> bytes:
    """Return a response to a request, such as `200 OK`."""
    headers = [f"{name}: {request.header(name)}" for name in ("From", "Call-ID", "CSeq")]
    to = f"To: {request.header('To')}" + ("" if ";tag=" in request.header("To") else ";tag=bench")
    headers = [*request.all("Via"), *headers, to, f"Contact: <sip:bench@127.0.0.1:{port}>"]
    return _written(f"SIP/2.0 {line}", headers, body)


def _written(first_line: str, headers: list[str], body: str) -> bytes:
    kind = ["Content-Type: application/sdp"] if body else []
    return "\r\n".join([first_line, *headers, *kind, f"Content-Length: {len(body)}", "", body]).encode()


def _uri(contact: str) -> str:
    return contact.partition("<")[2].partition(">")[0] or contact
