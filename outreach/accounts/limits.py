"""How many requests one person, machine or address may make, counted by all processes together.

The count is Valkey's. A process takes several requests of a large limit at a time and spends them
from memory until the window ends, so that most requests ask nobody. Nobody ever gets more than
the limit; what one process has taken and not spent is what somebody may get less: a sixtieth of
the limit for each process. A window ends to the nearest second.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from flask import Flask
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage, Storage

from outreach.foundation.errors import TooMany

log = structlog.get_logger(__name__)

_T = TypeVar("_T")

# A store that is away must cost a request a moment, not its answer …
_PATIENCE_SECONDS = 0.5
# … and is left alone for a while before it is asked again.
_AWAY_SECONDS = 10.0
# The part of a limit that a process takes at a time; a small limit is counted one by one.
_PARTS = 60
# More people than ever work at once; windows that are over are forgotten beyond that.
_REMEMBERED = 10_000


class _Lease:
    """What this process may still spend of a limit's window, and when that window ends."""

    __slots__ = ("ends", "left")

    def __init__(self, left: int, ends: float) -> None:
        self.left = left
        self.ends = ends


class Limiter:
    """Counts requests; one for the process."""

    def __init__(self) -> None:
        self._store: Storage = MemoryStorage()
        # Limits are kept in memory while Valkey is away: a guard must not become the outage.
        self._meanwhile: Storage = MemoryStorage()
        self._away_until = 0.0
        self._leases: dict[str, _Lease] = {}
        self._lock = threading.Lock()

    def init_app(self, app: Flask) -> None:
        """Count in the application's Valkey."""
        self._leases.clear()
        self._store = RedisStorage(
            app.config["REDIS_URL"],
            wrap_exceptions=True,
            socket_connect_timeout=_PATIENCE_SECONDS,
            socket_timeout=_PATIENCE_SECONDS,
        )

    def count(self, said: str, *whose: str) -> None:
        """Count one request. Raises TooMany, with how long to wait, beyond the limit."""
        item = parsed(said)
        key = item.key_for(*whose)
        now = time.time()
        with self._lock:
            lease = self._leases.get(key)
            if lease is not None and lease.left > 0 and lease.ends > now:
                lease.left -= 1
                return
        lease = self._taken(item, key)
        if lease.left < 0:
            raise TooMany(retry_after=max(1, math.ceil(lease.ends - now)))
        with self._lock:
            if (other := self._leases.get(key)) and other.ends > now:
                lease.left += other.left  # two threads took at the same time
            if len(self._leases) >= _REMEMBERED:
                self._leases = {k: kept for k, kept in self._leases.items() if kept.ends > now}
            self._leases[key] = lease

    def require_room(self, said: str, *whose: str) -> None:
        """Raise TooMany, with how long to wait, when a small limit is used up already."""
        item = parsed(said)
        key = item.key_for(*whose)
        counted, ends = self._asked(lambda store: (store.get(key), store.get_expiry(key)))
        if counted >= item.amount:
            raise TooMany(retry_after=max(1, math.ceil(ends - time.time())))

    def _taken(self, item: RateLimitItem, key: str) -> _Lease:
        """Return a lease of which this request is already spent; less than 0 left: refused."""
        return self._asked(lambda store: self._taken_from(store, item, key))

    def _asked(self, ask: Callable[[Storage], _T]) -> _T:
        """Return what Valkey says, or while it is away what this process remembers."""
        now = time.time()
        if now >= self._away_until:
            try:
                return ask(self._store)
            except StorageError as error:
                log.warning("limits_unreachable", kind=type(error.storage_error).__name__)
                self._away_until = now + _AWAY_SECONDS
        return ask(self._meanwhile)

    @staticmethod
    def _taken_from(store: Storage, item: RateLimitItem, key: str) -> _Lease:
        wanted = max(1, item.amount // _PARTS)
        counted = store.incr(key, item.get_expiry(), amount=wanted)
        # The last ones of a window may be fewer than were asked for.
        ours = min(wanted, item.amount - (counted - wanted))
        return _Lease(ours - 1, store.get_expiry(key))


_parsed: dict[str, RateLimitItem] = {}


def parsed(said: str) -> RateLimitItem:
    """Return the limit that the words mean; the configuration knows but a few."""
    if said not in _parsed:
        _parsed[said] = parse(said)
    return _parsed[said]
