"""Databases of any size in minutes: the product's own schema, filled by SQL that counts instead of remembering.

Lease `k` of a pool is on number `k mod numbers`, which is how "longest idle first" hands them out, and belongs to
visitor `k mod visitors`. As in the product a lease is closed when its number is leased again, so each number's last
one is open though it has expired. Ids are spread over their whole range, so that an index page is met by chance.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from gateway.core.leasing.leases import Policy, Pool
from gateway.store import new_pool
from gateway.store.rows import span_ms, to_ms
from tests.stores import FileStore

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # the end of all history; the product is told the time
LEASES_PER_VISITOR = 1.6
LEASES_PER_CALL = 10
CALLS_PER_CALLER = 1.4
DESTINATION = "main"
STOP_EVERY = 1_000_000  # steps of SQLite's machine, some tenths of a second
FIRST_NUMBER, MOST_NUMBERS = 2_000_000, 1_000_000  # of the first pool, and of each


@dataclass(frozen=True, slots=True)
class Fill:
    """How much there is of one pool, and when its leases were."""

    numbers: int
    leases: int = 0
    first: timedelta = timedelta()
    """From the first lease to NOW."""
    last: timedelta = timedelta()
    """From the last lease to NOW."""
    length: timedelta = timedelta(minutes=20)

    @property
    def step(self) -> timedelta:
        """Return the time between two leases."""
        return timedelta(milliseconds=span_ms(self.first - self.last) // max(1, self.leases))

    def started(self, lease: int) -> datetime:
        """Return when a lease began."""
        return NOW - self.first + lease * self.step

    def caller(self, lease: int) -> str:
        """Return who called on a lease, or on one shortly before it."""
        return f"+1646{FIRST_NUMBER + lease // LEASES_PER_CALL % self.callers}"

    @property
    def callers(self) -> int:
        """Return how many people called."""
        return max(1, int(self.leases / LEASES_PER_CALL / CALLS_PER_CALLER))

    @property
    def visitors(self) -> int:
        """Return how many visitors there are: never so few that one would hold two open leases."""
        return max(1, int(self.leases / LEASES_PER_VISITOR), min(self.leases, self.numbers))


def make_pools(path: Path, fills: dict[str, Fill], stopping: Event) -> dict[str, Pool]:
    """Make a database with one pool of each name on one site, and return the pools.

    Another thread may set `stopping`, which ends it with sqlite3.OperationalError.
    """
    store = FileStore(path)
    store.migrate()
    site = store.sites.add("bench", ["http://127.0.0.1"], NOW)
    pools = {
        name: new_pool(site, name, f"+121255501{place:02}", DESTINATION, Policy()) for place, name in enumerate(fills)
    }
    for pool in pools.values():
        store.sites.add_pool(pool, NOW)
    store.close()
    with _filling(path) as connection:
        connection.set_progress_handler(lambda: int(stopping.is_set()), STOP_EVERY)
        for place, (name, fill) in enumerate(fills.items()):
            _fill(connection, pools[name], fill, place)
    return pools


def fill_pool(path: Path, pool: Pool, fill: Fill) -> None:
    """Fill one pool of a database that nobody has open."""
    with _filling(path) as connection:
        _fill(connection, pool, fill, 0)


def number_of(place: int, index: int) -> str:
    """Return a number of the pool at some place."""
    return f"+1212{FIRST_NUMBER + place * MOST_NUMBERS + index}"


@contextmanager
def _filling(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection that trusts us, without the indexes, which are built at the end: sorting is faster."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.create_function("backwards", 1, lambda text: text[:0:-1], deterministic=True)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "foreign_keys = OFF", "cache_size = -500000"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        indexes = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > ''").fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        connection.execute("BEGIN")
        yield connection
        connection.execute("COMMIT")
        for _, statement in indexes:
            connection.execute(statement)
    # Written back now, or the kernel would do it while others are being timed.
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _fill(connection: sqlite3.Connection, pool: Pool, fill: Fill, place: int) -> None:
    values = {
        "pool": pool.id,
        "site": pool.site,
        "place": place,
        "numbers": fill.numbers,
        "leases": fill.leases,
        "visitors": fill.visitors,
        "calls": fill.leases // LEASES_PER_CALL,
        "callers": fill.callers,
        "start": to_ms(NOW - fill.first),
        "step": span_ms(fill.step),
        "length": span_ms(fill.length),
        "cooldown": span_ms(pool.policy.cooldown),
    }
    for statement in (NUMBERS, VISITORS, SESSIONS, LEASES, CALLS):
        connection.execute(statement, values)


def _counted(count: str) -> str:
    return f"WITH RECURSIVE n(k) AS (SELECT 0 WHERE :{count} > 0 UNION ALL SELECT k + 1 FROM n WHERE k + 1 < :{count})"


def _id(what: str, letter: str, digits: int) -> str:
    """Return an id of so many hexadecimal digits; the multiplication spreads its beginning over the whole range."""
    return f"printf('%08x{letter}%0{digits - 9}x', (({what}) * 2654435761) & 4294967295, :place * 100000000 + ({what}))"


def _number(what: str) -> str:
    return f"('+1212' || ({FIRST_NUMBER} + :place * {MOST_NUMBERS} + ({what})))"


_VISITOR = _id("k % :visitors", "a", 32)
_STARTED = "(:start + k * :step)"
_LAST = "(k + ((:leases - 1 - k) / :numbers) * :numbers)"  # the last lease of number k, where k < :leases
_CALLED = f"k * {LEASES_PER_CALL}"

NUMBERS = f"""
    INSERT INTO number (e164, tail, kind, pool_id, destination, campaign, busy_until, free_at, visitor_id, added_at)
    {_counted("numbers")}
    SELECT {_number("k")}, backwards({_number("k")}), 'pool', :pool, '', '',
           CASE WHEN k < :leases THEN :start + {_LAST} * :step + :length ELSE 0 END,
           CASE WHEN k < :leases THEN :start + {_LAST} * :step + :length + :cooldown ELSE 0 END,
           CASE WHEN k < :leases THEN {_id(f"{_LAST} % :visitors", "a", 32)} END, :start
    FROM n"""
VISITORS = f"""
    INSERT INTO visitor (id, site_id, created_at) {_counted("visitors")}
    SELECT {_VISITOR}, :site, {_STARTED} FROM n"""
SESSIONS = f"""
    INSERT INTO session (id, visitor_id, started_at, landing_page_url, referring_url, parameters) {_counted("leases")}
    SELECT {_id("k", "b", 26)}, {_VISITOR}, {_STARTED},
           'https://shop.example/boilers/' || (k % 997) || '?utm_source=google&utm_campaign=c' || (k % 89),
           'https://www.google.com/', '{{"utm_source": "google", "utm_campaign": "c' || (k % 89) || '"}}' FROM n"""
LEASES = f"""
    INSERT INTO lease (id, number, pool_id, visitor_id, session_id, choice, started_at, last_seen_at, expires_at,
                       ended_at)
    {_counted("leases")}
    SELECT {_id("k", "c", 26)}, {_number("k % :numbers")}, :pool, {_VISITOR}, {_id("k", "b", 26)}, 'idle', {_STARTED},
           {_STARTED} + :length / 2, {_STARTED} + :length,
           CASE WHEN k < :leases - :numbers THEN {_STARTED} + :length END FROM n"""
CALLS = f"""
    INSERT INTO call (id, customer_phone_number, tracking_phone_number, destination, start_time, answer_time, end_time,
                      talk_time, disposition, state, contested, lease_id, likelihood, attribution_reason, candidates,
                      late)
    {_counted("calls")}
    SELECT printf('%d.%d', :place, k), '+1646' || ({FIRST_NUMBER} + k % :callers),
           {_number(f"({_CALLED}) % :numbers")}, '{DESTINATION}', :start + {_CALLED} * :step + 300000,
           :start + {_CALLED} * :step + 305000, :start + {_CALLED} * :step + 400000, 95000, 'ANSWERED', 'active', 0,
           {_id(_CALLED, "c", 26)}, 1.0, 'The visitor''s lease was running.', '[]', 0 FROM n"""
