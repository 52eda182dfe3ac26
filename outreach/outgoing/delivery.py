"""Handing over what is due: each one once, however the worker, the network or the carrier fails.

In three steps, each whole by itself: it is written down that a message is being handed over; it is
handed over; it is written down what came of it. Whoever is stopped between them leaves a row that
says so. When the carrier has had its time it is asked what it has taken, and until that is settled
nothing more goes that way. A carrier that cannot be asked is never given a message twice: the row
then says that nobody knows.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
import structlog

from outreach.foundation import clock, keyring
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.outgoing import recording, rules
from outreach.outgoing.carriers import (
    Accepted,
    Busy,
    Carrier,
    Message,
    Missing,
    NoAnswer,
    Refused,
)
from outreach.outgoing.configured import carrier_of, is_on
from outreach.outgoing.recording import OUTGOING

log = structlog.get_logger(__name__)

# Any number no other advisory lock uses: one at a time hands over.
_LOCK = 7_204_118_365


class DeliveryOverdue(LookupError):
    """What was to go out has waited for a worker for an hour: none is at work, perhaps."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """Nothing is to be sent, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: the person may not be disturbed before then."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Kind:
    """How messages of a kind are put together, from what they are about, as things stand now."""

    # By a channel, for what expires then.
    compose: Callable[[UUID, str, datetime], Message | Withheld | Later]
    # Where the channel leads, whatever may be sent; None where it leads nowhere.
    address: Callable[[UUID, str], str | None]


_kinds: dict[str, Kind] = {}


def connect(table: Mapping[str, Kind]) -> None:
    """Say how messages of each kind are put together; the table stands in `application.py`."""
    _kinds.clear()
    _kinds.update(table)


def deliver_due() -> Counter[str]:
    """Hand over all that is due; return how many ended how. Another at work: none.

    Whatever a carrier does is written in the rows; only the database's errors are raised.
    """
    done: Counter[str] = Counter()
    with _only_one() as is_alone:
        if is_alone():
            for channel in rules.CHANNELS:
                _Run(channel, carrier_of(channel), is_alone, done).go()
    return +done


def require_delivered() -> None:
    """Raise DeliveryOverdue when messages have been due so long that nobody can be at work."""
    late = sa.exists().where(
        OUTGOING.c.state == rules.WAITING,
        OUTGOING.c.due_at < clock.now() - rules.ASKED_FOR - rules.LONGEST_PAUSE,
        OUTGOING.c.expires_at > clock.now(),
    )
    if any(map(is_on, rules.CHANNELS)) and db.session.scalar(sa.select(late)):
        raise DeliveryOverdue


@contextmanager
def _only_one() -> Iterator[Callable[[], bool]]:
    """Give a question whether this is the only one that hands over: so while the block lasts.

    The place is held by a connection of its own, and is free the moment that one is gone.
    """
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()
        alone = bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_LOCK))))

        def is_alone() -> bool:
            # Asked of the very connection: one that broke raises.
            return alone and connection.scalar(sa.select(1)) == 1

        try:
            yield is_alone
        finally:
            if alone:
                # A connection that broke has given it back already.
                with suppress(sa.exc.DBAPIError):
                    connection.execute(sa.select(sa.func.pg_advisory_unlock(_LOCK)))


class _Handed(NamedTuple):
    """One that is being handed over: the row as it stands, and what is said."""

    row: Any
    message: Message


@dataclass(slots=True)
class _Run:
    """One channel, once through."""

    channel: str
    carrier: Carrier | None
    is_alone: Callable[[], bool]
    done: Counter[str]
    seen: set[UUID] = field(default_factory=set)

    def go(self) -> None:
        """End what is too late, settle what hangs, and hand over what is due."""
        why = rules.GAVE_UP if self.carrier else rules.CHANNEL_OFF
        with transaction():
            late = recording.expire(clock.now(), channel=self.channel, why=why)
        self.done[rules.NOT_SENT] += late
        if self._settle() and self.carrier is not None:
            self._hand_over_all(self.carrier)

    def _hand_over_all(self, carrier: Carrier) -> None:
        busy, until = 0, time.monotonic() + rules.LONGEST_RUN.total_seconds()
        while busy < rules.MOST_BUSY and time.monotonic() < until and self.is_alone():
            before = len(self.seen)
            handed = self._claim()
            if handed is None:
                if len(self.seen) == before:
                    return
                continue
            state = _after(handed.row, _sent(carrier, handed))
            self.done[state] += 1
            if state == rules.HANDED_OVER:
                return
            busy = busy + 1 if state == rules.WAITING else 0

    def _claim(self) -> _Handed | None:
        """Write down that the next message is being handed over; None: it is not to be sent now."""
        try:
            with transaction():
                row = recording.next_due(
                    clock.now(), channel=self.channel, state=rules.WAITING, seen=sorted(self.seen)
                )
                if row is None:
                    return None
                self.seen.add(row.id)
                return self._composed(row)
        except Exception:
            # One that cannot be put together must not hold up all the others.
            log.exception("message_not_composed")
            return None

    def _composed(self, row: Any) -> _Handed | None:
        composed = _kinds[row.kind].compose(row.about, row.channel, row.expires_at)
        if isinstance(composed, Later):
            recording.put_off(row, due_at=composed.at)
        elif isinstance(composed, Withheld):
            recording.end(row, rules.NOT_SENT, why=composed.why)
            self.done[rules.NOT_SENT] += 1
        else:
            recording.hand_over(row, addressed=_digest(row.id, composed.to))
            return _Handed(recording.row_of(row.id), composed)
        return None

    def _settle(self) -> bool:
        """Find out what came of messages without an answer; tell whether all are settled."""
        before, seen = clock.now() - rules.SETTLED_AFTER, set[UUID]()
        while True:
            with transaction():
                row = recording.next_due(
                    before, channel=self.channel, state=rules.HANDED_OVER, seen=sorted(seen)
                )
            if row is None:
                break
            seen.add(row.id)
            self.done[_settled(row, self.carrier)] += 1
        with transaction():
            return not recording.hangs(self.channel)


def _sent(carrier: Carrier, handed: _Handed) -> Accepted | Refused | Busy | NoAnswer:
    try:
        return carrier.send(handed.row.id, handed.message)
    except Exception:
        # Against its promise: whether it was sent before that, nobody can say.
        log.exception("carrier_failed")
        return NoAnswer()


def _digest(id: UUID, address: str) -> bytes:
    return keyring.digest_to_find_by("outgoing", str(id), address)


def _after(row: Any, outcome: Accepted | Refused | Busy | NoAnswer) -> str:
    """Write down what came of handing a message over; return the state that it has now."""
    with transaction():
        match outcome:
            case Accepted(receipt):
                recording.end(row, rules.SENT, receipt=receipt)
                return rules.SENT
            case Refused(receipt):
                recording.end(row, rules.NOT_SENT, why=rules.REFUSED, receipt=receipt)
                return rules.NOT_SENT
            case Busy():
                return _try_again(row)
            case NoAnswer():
                return rules.HANDED_OVER


def _try_again(row: Any, *, lost: int = 0) -> str:
    due_at = clock.now() + rules.again_after(row.tries)
    if recording.try_again(row, due_at=due_at, lost=row.lost + lost):
        return rules.WAITING
    recording.end(row, rules.NOT_SENT, why=rules.REPLACED)
    return rules.NOT_SENT


def _settled(row: Any, carrier: Carrier | None) -> str:
    """Ask the carrier whether it has taken a message, and write down what it said."""
    try:
        found = _looked_for(row, carrier)
    except Exception:
        log.exception("message_not_settled")
        found = NoAnswer()
    is_over = clock.now() >= min(row.expires_at, row.handed_over_at + rules.ASKED_FOR)
    if isinstance(found, NoAnswer) and not is_over:
        return rules.HANDED_OVER
    if isinstance(found, Accepted | Refused):
        return _after(row, found)
    if isinstance(found, Missing) and row.lost < rules.MOST_LOST:
        with transaction():
            return _try_again(row, lost=1)
    # A carrier that never knows of what it got, or cannot be asked: nobody knows.
    with transaction():
        recording.end(row, rules.UNCERTAIN, why=rules.NO_ANSWER)
    return rules.UNCERTAIN


def _looked_for(
    row: Any, carrier: Carrier | None
) -> Accepted | Refused | Missing | NoAnswer | None:
    """Return what the carrier knows of a message; None: it cannot be asked."""
    if carrier is None or not carrier.remembers:
        return None
    with transaction():
        to = _kinds[row.kind].address(row.about, row.channel)
    # To whom it went is not kept: it can be asked about only while that is still the address.
    if to is None or _digest(row.id, to) != row.addressed:
        return None
    return carrier.look_for(to, since=row.handed_over_at, known=_are_receipts)


def _are_receipts(found: Collection[str]) -> set[str]:
    with transaction():
        return recording.are_receipts(found)
