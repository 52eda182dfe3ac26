"""A tablet's line: its operations are numbered 1, 2, 3 …, and each has come, or is known lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.foundation import clock
from outreach.foundation.database import Instant, db
from outreach.foundation.errors import N_, Conflict
from outreach.sync.models import SyncEpoch, SyncInbox, SyncLoss, SyncPosition

_EPOCH = cast("sa.Table", SyncEpoch.__table__)
_POSITION = cast("sa.Table", SyncPosition.__table__)
_INBOX = cast("sa.Table", SyncInbox.__table__)
_LOSS = cast("sa.Table", SyncLoss.__table__)


class Gap(Conflict):
    """What comes before has not come yet."""

    slug = "gap"
    title = N_("Något som skrevs tidigare saknas")
    advice = N_("Skicka från det första numret som saknas. Inget är borta.")


def _gap(expected: int) -> Gap:
    return Gap(members={"expected": expected})


class EpochConflict(Conflict):
    """A number that stood for another operation: this is not the storage that counted so far."""

    slug = "epoch-conflict"
    title = N_("Plattan räknar om från ett gammalt läge")
    advice = N_("Börja en ny räkning och skicka allt som väntar. Inget är borta.")


@dataclass(frozen=True, slots=True)
class Line:
    """Whose line it is, and which life of the tablet's storage counts in it."""

    device: UUID
    epoch: UUID


@dataclass(frozen=True, slots=True)
class Item:
    """A place in the line with what came there; without an `op_id` it is lost."""

    seq: int
    op_id: UUID | None
    key_id: int = 0
    sealed: bytes = b""
    sha256: bytes = b""


@dataclass(frozen=True, slots=True)
class Known:
    """An operation that had come before, and what became of it."""

    op_id: UUID | None
    device_id: UUID | None
    sealed_sha256: bytes | None
    server_seq: int | None
    code: str | None
    reason: str | None
    entity_rev: int | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Claim:
    """What an item found at its place: it is next, or what stands there already.

    `server_seq` is None for a next one whose operation had come before, at another place.
    """

    is_next: bool
    server_seq: int | None


@dataclass(frozen=True, slots=True)
class Heard:
    """What a line was found to be: refused as it is numbered, or the tablet's first of another."""

    refusal: Conflict | None
    begins_anew: bool


def listen(line: Line, items: Sequence[Item], *, pending: int) -> Heard:
    """Let the line be known, with how much of it the tablet says to have; return what it is.

    When it is another than the tablet counted in before, what that had told of and never sent is
    lost, unless the numbering itself was refused: then the same comes again in this line.
    """
    told = items[0].seq + max(pending, len(items)) - 1 if items else 0
    before = _EPOCH.alias()
    ended = sa.select(before.c.ended_at).where(
        before.c.device_id == line.device, before.c.epoch == line.epoch
    )
    begun = insert(_EPOCH).values(
        device_id=line.device, epoch=line.epoch, told_seq=told, began_at=clock.now()
    )
    beginning = begun.on_conflict_do_update(
        index_elements=["device_id", "epoch"],
        set_={
            "told_seq": sa.func.greatest(_EPOCH.c.told_seq, begun.excluded.told_seq),
            "ended_at": None,
        },
    ).returning(
        _EPOCH.c.last_seq,
        sa.literal_column("xmax = 0").label("fresh"),
        # As it was before: a storage that was put back goes on in a line that had ended.
        ended.scalar_subquery().label("ended_at"),
    )
    row = db.session.execute(beginning).one()
    begins_anew = (row.fresh or row.ended_at is not None) and _end_others(line)
    return Heard(_fault(line, items, row.last_seq), begins_anew)


def _fault(line: Line, items: Sequence[Item], last_seq: int) -> Conflict | None:
    expected = min(items[0].seq, last_seq + 1) if items else 0
    for place, item in enumerate(items):
        if item.seq != expected + place:
            return _gap(expected + place)
    known = {item.seq: item.op_id for item in items if item.seq <= last_seq}
    if known and _is_other(line, known):
        db.session.execute(_of(line, sa.update(_EPOCH)).values(refused_at=clock.now()))
        return EpochConflict()
    return None


def _is_other(line: Line, known: dict[int, UUID | None]) -> bool:
    """Tell whether a number stands for another operation than the one that came with it.

    One that was lost since it came, and is told so, is the same.
    """
    wanted = sa.select(_POSITION.c.seq, _POSITION.c.op_id).where(
        _POSITION.c.device_id == line.device,
        _POSITION.c.epoch == line.epoch,
        _POSITION.c.seq.in_(known),
    )
    return any(
        known[row.seq] is not None and known[row.seq] != row.op_id
        for row in db.session.execute(wanted)
    )


def _end_others(line: Line) -> bool:
    """End the lines in which the tablet counted before; tell whether there was one."""
    now = clock.now()
    others = (
        sa.update(_EPOCH)
        .where(
            _EPOCH.c.device_id == line.device,
            _EPOCH.c.epoch != line.epoch,
            _EPOCH.c.ended_at.is_(None),
        )
        .values(ended_at=now)
        .returning(_EPOCH.c.epoch, _EPOCH.c.last_seq, _EPOCH.c.told_seq, _EPOCH.c.refused_at)
    )
    ended = db.session.execute(others).all()
    for row in ended:
        if row.refused_at is None and row.told_seq > row.last_seq:
            _lose(Line(line.device, row.epoch), row.last_seq + 1, row.told_seq, "never_arrived")
    return bool(ended)


def _of(line: Line, statement: Any) -> Any:
    return statement.where(_EPOCH.c.device_id == line.device, _EPOCH.c.epoch == line.epoch)


# All that a next operation takes, in one round trip: the line is held until the transaction ends,
# so that whoever sends the same at the same moment waits, and then finds it there.
_CLAIM = sa.text(
    """
    WITH moved AS (
        UPDATE sync_epoch SET last_seq = :seq
        WHERE device_id = :device AND epoch = :epoch AND last_seq = :seq - 1
        RETURNING last_seq
    ), placed AS (
        INSERT INTO sync_position (device_id, epoch, seq, op_id, received_at)
        SELECT :device, :epoch, last_seq, :op, :now FROM moved
    ), received AS (
        INSERT INTO sync_inbox
            (op_id, device_id, batch_id, key_id, sealed_sha256, received_at, transported_by)
        SELECT :op, :device, :batch, :key, :sha256, :now, :carrier FROM moved
        WHERE :op IS NOT NULL
        ON CONFLICT (op_id) DO NOTHING
        RETURNING server_seq
    )
    SELECT EXISTS (SELECT FROM moved) AS is_next, (SELECT server_seq FROM received) AS server_seq
    """
).bindparams(
    sa.bindparam("seq", type_=sa.BigInteger),
    *(sa.bindparam(name, type_=sa.Uuid) for name in ("device", "epoch", "op", "batch", "carrier")),
    sa.bindparam("key", type_=sa.Integer),
    sa.bindparam("sha256", type_=sa.LargeBinary),
    sa.bindparam("now", type_=Instant),
)


def claim(line: Line, item: Item, *, batch: UUID, carrier: UUID | None) -> Claim:
    """Let an item take its place in the line if it is the next; return what it found.

    The transaction under way holds the line from here on.
    """
    row = db.session.execute(
        _CLAIM,
        {
            "seq": item.seq,
            "device": line.device,
            "epoch": line.epoch,
            "op": item.op_id,
            "batch": batch,
            "carrier": carrier,
            "key": item.key_id,
            "sha256": item.sha256,
            "now": clock.now(),
        },
    ).one()
    return Claim(row.is_next, row.server_seq)


_STANDING = (
    _INBOX.c.device_id, _INBOX.c.sealed_sha256, _INBOX.c.server_seq, _INBOX.c.code,
    _INBOX.c.reason, _INBOX.c.entity_rev, _INBOX.c.settled_at,
)  # fmt: skip


def standing_at(line: Line, item: Item) -> Known:
    """Return what came at the item's place before. Raises EpochConflict, Gap.

    One that is lost by now is as it was when it came.
    """
    wanted = (
        sa.select(_POSITION.c.op_id, *_STANDING)
        .join_from(_POSITION, _INBOX, _INBOX.c.op_id == _POSITION.c.op_id, isouter=True)
        .where(
            _POSITION.c.device_id == line.device,
            _POSITION.c.epoch == line.epoch,
            _POSITION.c.seq == item.seq,
        )
    )
    row = db.session.execute(wanted).one_or_none()
    if row is None:
        last = db.session.scalar(_of(line, sa.select(_EPOCH.c.last_seq)))
        raise _gap((last or 0) + 1)
    if item.op_id is not None and row.op_id != item.op_id:
        raise EpochConflict
    return Known(*row)


def known(op_id: UUID) -> Known:
    """Return an operation that has come."""
    wanted = sa.select(_INBOX.c.op_id, *_STANDING).where(_INBOX.c.op_id == op_id)
    return Known(*db.session.execute(wanted).one())


def lose(line: Line, seq: int, kind: str) -> None:
    """Keep that what should stand at a place will not come any more, or cannot be read."""
    longer = (
        sa.update(_LOSS)
        .where(
            _LOSS.c.device_id == line.device,
            _LOSS.c.epoch == line.epoch,
            _LOSS.c.kind == kind,
            _LOSS.c.last_seq == seq - 1,
            _LOSS.c.seen_at.is_(None),
        )
        .values(last_seq=seq)
    )
    if cast("Any", db.session.execute(longer)).rowcount == 0:
        _lose(line, seq, seq, kind)


def _lose(line: Line, first: int, last: int, kind: str) -> None:
    told = {"device_id": line.device, "epoch": line.epoch, "first_seq": first, "last_seq": last}
    same = sa.exists().where(*(_LOSS.c[name] == value for name, value in told.items()))
    if db.session.scalar(sa.select(same)):
        return
    db.session.execute(
        sa.insert(_LOSS).values(
            id=uuid4(),
            **told,
            kind=kind,
            noticed_at=clock.now(),
        )
    )


def last_seq(line: Line) -> int:
    """Return the number of the last operation that has come in the line."""
    return db.session.scalar(_of(line, sa.select(_EPOCH.c.last_seq))) or 0


def refuse_all_lines() -> None:
    """Let no line's end be told as a loss: what was to come in it comes again in another."""
    going_on = sa.update(_EPOCH).where(_EPOCH.c.ended_at.is_(None))
    db.session.execute(going_on.values(refused_at=clock.now()))
