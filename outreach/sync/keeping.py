"""What a person must look at, or what waits: kept sealed, each under a key of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.foundation import clock, payloads
from outreach.foundation.database import db
from outreach.foundation.errors import Fault
from outreach.foundation.transaction import after_commit
from outreach.sync.models import SyncKept

_TABLE = cast("sa.Table", SyncKept.__table__)


@dataclass(frozen=True, slots=True)
class Content:
    """What is kept of an operation: what it said, and what was wrong with it.

    `said` is None when nothing could be read; `unopened` is then what was sent, as it came.
    """

    said: object
    faults: tuple[Fault, ...] = ()
    unopened: str | None = None
    # How far the tablet's times are moved, and what its clock was worth.
    moved_seconds: float = 0.0
    skew_seconds: int = 0
    clock_wrong: bool = False

    def written(self) -> dict[str, Any]:
        """Return the content as JSON says it."""
        told = [[fault.pointer, fault.detail, _plain(fault.values)] for fault in self.faults]
        return {
            "said": self.said,
            "faults": told,
            "unopened": self.unopened,
            "moved_seconds": self.moved_seconds,
            "skew_seconds": self.skew_seconds,
            "clock_wrong": self.clock_wrong,
        }

    @property
    def body(self) -> Mapping[str, Any] | None:
        """What the operation said of its subject, None when that cannot be read."""
        body = self.said.get("body") if isinstance(self.said, Mapping) else None
        return body if isinstance(body, Mapping) else None


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {
        name: value if isinstance(value, (int, str)) else str(value)
        for name, value in values.items()
    }


def _read(written: Mapping[str, Any]) -> Content:
    return Content(
        said=written["said"],
        faults=tuple(Fault(*fault) for fault in written["faults"]),
        unopened=written["unopened"],
        moved_seconds=written["moved_seconds"],
        skew_seconds=written["skew_seconds"],
        clock_wrong=written["clock_wrong"],
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """One operation that somebody must look at."""

    op_id: UUID
    device_id: UUID
    kind: str
    reason: str
    site: str
    type: str | None = None
    author_id: UUID | None = None
    entity_id: UUID | None = None
    captured_at: datetime | None = None


def keep(kept: Kept, content: Content, *, id: UUID | None = None) -> None:
    """Keep an operation for somebody to look at; one with an id that is there is kept already.

    The key is in the vault before this is in the database.
    """
    kept_id = id or uuid4()
    there = sa.exists().where(_TABLE.c.id == kept_id)
    if id is not None and db.session.scalar(sa.select(there)):
        return
    row = {
        "id": kept_id,
        **{name: getattr(kept, name) for name in Kept.__slots__},
        "kept_at": clock.now(),
        "sealed": payloads.seal(kept_id, content.written()),
    }
    db.session.execute(insert(_TABLE).values(row).on_conflict_do_nothing(index_elements=["id"]))


def held(op_id: UUID) -> sa.Row[Any] | None:
    """Return the row of an operation that waits for others, held for the transaction."""
    wanted = sa.select(_TABLE).where(
        _TABLE.c.op_id == op_id, _TABLE.c.kind == "held", _TABLE.c.decided_at.is_(None)
    )
    return db.session.execute(wanted.with_for_update()).one_or_none()


def contents(rows: Iterable[sa.Row[Any]]) -> dict[UUID, Content]:
    """Return what the rows say, by their ids; what was purged is missing."""
    sealed = {row.id: bytes(row.sealed) for row in rows if row.sealed is not None}
    return {kept: _read(written) for kept, written in payloads.opened(sealed).items()}


def waiting(*, type: str) -> list[tuple[sa.Row[Any], Content]]:
    """Return what somebody must look at of one type of operation, with what it says."""
    wanted = sa.select(_TABLE).where(_TABLE.c.type == type, _TABLE.c.decided_at.is_(None))
    rows = db.session.execute(wanted.with_for_update()).all()
    said = contents(rows)
    return [(row, said[row.id]) for row in rows if row.id in said]


def turn(row: sa.Row[Any], *, kind: str, reason: str, content: Content) -> None:
    """Let what waited be for a person to look at, with what turned out to be wrong with it."""
    db.session.execute(
        sa.update(_TABLE)
        .where(_TABLE.c.id == row.id)
        .values(
            kind=kind,
            reason=reason,
            sealed=payloads.seal(row.id, content.written()),
            version=_TABLE.c.version + 1,
        )
    )


def settle(ids: Sequence[UUID], *, decision: str, by: UUID | None = None) -> None:
    """Purge contents, because they are applied or discarded; their keys go with the commit."""
    db.session.execute(
        sa.update(_TABLE)
        .where(_TABLE.c.id.in_(ids))
        .values(
            sealed=None,
            decided_at=clock.now(),
            decided_by=by,
            decision=decision,
            version=_TABLE.c.version + 1,
        )
    )
    after_commit(lambda: payloads.destroy(ids))


def having_content(ids: list[UUID]) -> set[UUID]:
    """Return which of the ids are contents that somebody must look at still."""
    wanted = sa.select(_TABLE.c.id).where(_TABLE.c.id.in_(ids), _TABLE.c.sealed.is_not(None))
    return set(db.session.scalars(wanted))
