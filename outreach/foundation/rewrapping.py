"""All that the ring's keys wrap, wrapped anew by the newest: people, tablets, what waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from outreach.foundation import exchange, keyring, payloads, vault
from outreach.foundation.keyring import Ring

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class _Wrapped:
    """A table whose rows hold a key wrapped by the ring, and how one is wrapped anew."""

    id: sa.Column[Any]
    anew: Callable[[Ring, int, Any], bytes]

    @property
    def table(self) -> Any:
        return self.id.table


def _person(ring: Ring, number: int, row: Any) -> bytes:
    return vault.wrap(ring, number, vault.unwrap(ring, row))


def _payload(ring: Ring, number: int, row: Any) -> bytes:
    key = payloads.unwrap(ring, row.payload_id, row.ring, bytes(row.wrapped))
    return payloads.wrap(ring, number, key)


def _tablet(ring: Ring, number: int, row: Any) -> bytes:
    secret = exchange.unwrap(ring, row.ring, bytes(row.public), bytes(row.wrapped))
    return exchange.wrap(ring, number, bytes(row.public), secret)


_ALL = (
    _Wrapped(vault.DATA_KEY.c.person_id, _person),
    _Wrapped(vault.PAYLOAD_KEY.c.payload_id, _payload),
    _Wrapped(vault.TABLET_KEY.c.id, _tablet),
)


def rings() -> dict[int, int]:
    """Return how many keys are wrapped by each key of the ring that wraps any."""
    found: Counter[int] = Counter()
    with vault.reading() as connection:
        for each in _ALL:
            table = each.table
            counted = sa.select(table.c.ring, sa.func.count()).where(table.c.wrapped.is_not(None))
            found.update(
                {row[0]: row[1] for row in connection.execute(counted.group_by(table.c.ring))}
            )
    return dict(found)


def behind() -> int:
    """Return how many keys are wrapped by another key of the ring than the newest."""
    newest = keyring.ring().newest
    return sum(many for number, many in rings().items() if number != newest)


def rewrap(*, at_most: int = _BATCH) -> int:
    """Wrap some keys that are behind with the ring's newest key; return how many, 0 at the end.

    Each call is kept whole by itself, so that whoever was stopped goes on where they were.
    Every key opens all the while: those that read know every key of the ring. Raises
    RingKeyMissingError when one of them does not.
    """
    for each in _ALL:
        if many := _rewrap(each, at_most):
            return many
    return 0


def _rewrap(wrapped: _Wrapped, at_most: int) -> int:
    table, newest = wrapped.table, keyring.ring().newest
    older = (
        sa.select(table)
        .where(table.c.ring != newest, table.c.wrapped.is_not(None))
        .limit(at_most)
        .with_for_update()
    )
    anew = (
        sa.update(table)
        .where(wrapped.id == sa.bindparam("whose"))
        .values(ring=sa.bindparam("number"), wrapped=sa.bindparam("anew"))
    )
    with vault.writing() as connection:
        rows = connection.execute(older).all()
        ring = keyring.ring()
        changes = [
            {
                "whose": getattr(row, wrapped.id.name),
                "number": newest,
                "anew": wrapped.anew(ring, newest, row),
            }
            for row in rows
        ]
        if changes:
            connection.execute(anew, changes)
    return len(rows)
