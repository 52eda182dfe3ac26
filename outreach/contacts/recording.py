"""Writing contacts that came in: each once, with its audit entry, however many at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Insert, insert

from outreach.audit import trail
from outreach.contacts import linking
from outreach.contacts.models import Contact
from outreach.contacts.schemas import NewContactSchema
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import IdReuse, OutreachError
from outreach.foundation.sameness import sameness
from outreach.foundation.transaction import at_once
from outreach.participants.reading import Person
from outreach.sites import service as sites
from outreach.sites.codelists import CodeLists

Row = dict[str, Any]
Judge = Callable[[object], Row]
# Whether a contact that was there before is one that the sender may read.
Sees = Callable[[Mapping[str, Any]], bool]

_TABLE = cast("sa.Table", Contact.__table__)
# What a sending says, and so what makes two of them the same.
_ELSEWHERE = frozenset({"recognition_code", "participant_id", "note"})
_SAID = (
    *(name for name in NewContactSchema().fields if name not in _ELSEWHERE),
    "recognition_code_id",
)
_STORED = (
    *_SAID, "thread_id", "committee", "recorded_by", "received_at", "sameness",
)  # fmt: skip


def _with_audit(contacts: Insert) -> sa.Insert:
    """Return the statement that adds contacts whose ids are new, and an entry for each of them."""
    added = contacts.on_conflict_do_nothing(index_elements=["id"]).returning(_TABLE.c.id)
    return trail.beside(added.cte("added"), action="create", kind="contact")


# One round trip either way: for one contact, and for any number of them in one JSON text, so
# that the statement is the same, and prepared, however many they are.
_ONE = _with_audit(
    insert(_TABLE).from_select(
        _STORED,
        sa.select(*(sa.bindparam(name, type_=_TABLE.c[name].type) for name in _STORED)).where(
            sites.stands_at(sa.bindparam("revision", type_=sa.BigInteger))
        ),
    )
)
_SENT = (
    sa.func.json_to_recordset(sa.cast(sa.bindparam("rows", type_=sa.Text), sa.JSON))
    .table_valued(*(sa.column(name, _TABLE.c[name].type) for name in _STORED))
    .render_derived(name="sent", with_types=True)
)
_MANY = _with_audit(
    insert(_TABLE).from_select(_STORED, sa.select(*(_SENT.c[name] for name in _STORED)))
)
_KNOWN = linking.with_owners(
    sa.select(*(_TABLE.c[name] for name in (*_STORED, "version"))).where(
        _TABLE.c.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid)))
    )
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one contact that was sent: the version it stands at, or why not."""

    id: str | None
    version: int | None = None
    created: bool = False
    error: OutreachError | None = None


def new_row(
    facts: Mapping[str, Any],
    *,
    recorded_by: UUID,
    lists: CodeLists,
    owner: Person | None = None,
    named: bool = False,
) -> Row:
    """Return the whole row of a new contact: what was said, and what follows from it.

    The facts have the id of the code that was said, so that one code written two ways is one.
    `owner` is whose contact it is. `named`: the sending itself said who recorded it, so that a
    repeat must say the same.
    """
    said = {name: facts[name] for name in _SAID}
    if owner is not None:
        # What was noted is told by a digest that nobody can try without the person's key.
        note = owner.key.digest((facts["note"] or "").encode()).hex()
        said |= {"participant_id": owner.row.id, "note": note}
    on = clock.local(facts["occurred_at"]).date()
    return {
        **facts,
        "committee": lists.on(on).duties.get((facts["site"], facts["activity"])),
        "recorded_by": recorded_by,
        "recorder_named": named,
        "received_at": clock.now(),
        "sameness": sameness(said),
        # Whoever is known has no thread; what they say now, they say as themselves.
        "thread_id": facts["recognition_code_id"],
        "owner": owner,
    }


def record_one(*, by: Actor, row: Row, lists: CodeLists) -> bool:
    """Add a contact and its audit entry; return whether they were added.

    They are not when the id is known, nor when `lists`, by which the contact was judged, have
    changed: asking for that in the same statement spares asking for it beforehand.
    """
    stored = {name: row[name] for name in _STORED}
    return bool(at_once(_ONE, {**stored, **trail.values(by), "revision": lists.revision}))


def bind(rows: Iterable[Row]) -> None:
    """Let new contacts be their owners', with what was noted about them, sealed."""
    owned = [row for row in rows if row["owner"] is not None]
    linking.add_links([_link_of(row) for row in owned])
    linking.add_notes([_note_of(row) for row in owned if row["note"]])


def _link_of(row: Row) -> Row:
    return {
        "id": uuid4(),
        "contact_id": row["id"],
        "participant_id": row["owner"].row.id,
        "basis": "logged",
        "act_id": None,
        "linked_at": row["received_at"],
        "linked_by": row["recorded_by"],
        "undone_at": None,
        "undone_by": None,
    }


def _note_of(row: Row) -> Row:
    return {
        "contact_id": row["id"],
        "participant_id": row["owner"].row.id,
        "sealed": row["owner"].key.seal("note", row["note"]),
        "written_at": row["received_at"],
        "written_by": row["recorded_by"],
    }


def record_all(
    *,
    by: Actor,
    items: Sequence[object],
    judge: Judge,
    sees: Sees = lambda _: True,
    as_corrected: bool = False,
) -> list[Outcome]:
    """Add every item that `judge` makes a row of and whose id is new; return what became of each.

    `judge` raises what is wrong with an item. A known id with the same content is a repeat, also
    within the items; with another content, or by another recorder than the item names, it is
    refused as IdReuse, and so is every id of a contact that the actor may not know of, or does not
    see (`sees`). With `as_corrected` what a contact says since it was corrected is the same content
    too: a file that was handed out may be taken in again.
    """
    judged = [_judged(item, judge) for item in items]
    fresh = {row["id"]: row for row in reversed(judged) if isinstance(row, dict)}
    created = _insert(by, list(fresh.values()))
    bind([row for row in fresh.values() if row["id"] in created])
    standing = _standing(fresh.keys() - created, sees)
    outcomes = []
    for item, row in zip(items, judged, strict=True):
        if isinstance(row, OutreachError):
            outcomes.append(Outcome(_id_of(item), error=row))
        elif row is fresh[row["id"]] and row["id"] in created:
            outcomes.append(Outcome(str(row["id"]), 1, created=True))
        else:
            first = fresh[row["id"]] if row["id"] in created else standing.get(row["id"])
            outcomes.append(_repeat(row, first, as_corrected=as_corrected))
    return outcomes


def _judged(item: object, judge: Judge) -> Row | OutreachError:
    try:
        return judge(item)
    except OutreachError as error:
        return error


def _id_of(item: object) -> str | None:
    return str(item["id"])[:64] if isinstance(item, Mapping) and "id" in item else None


def _insert(by: Actor, rows: list[Row]) -> set[UUID]:
    if not rows:
        return set()
    added = db.session.execute(_MANY, {"rows": _written(rows)} | trail.values(by)).scalars()
    return {UUID(made) for made in added}


def _written(rows: list[Row]) -> str:
    return json.dumps([{name: row[name] for name in _STORED} for row in rows], default=_plain)


def _plain(value: object) -> str:
    return "\\x" + value.hex() if isinstance(value, bytes) else str(value)


def _standing(ids: Iterable[UUID], sees: Sees) -> dict[UUID, Row]:
    """Return what tells a repeat of those contacts that were there before, and are to be told."""
    wanted = list(ids)
    if not wanted:
        return {}
    known = (row._asdict() for row in db.session.execute(_KNOWN, {"ids": wanted}))
    return {row["id"]: row for row in known if sees(row)}


def _repeat(row: Row, known: Mapping[str, Any] | None, *, as_corrected: bool) -> Outcome:
    if known is None:
        return Outcome(str(row["id"]), error=IdReuse())
    version = known.get("version", 1)
    other = row["recorder_named"] and known["recorded_by"] != row["recorded_by"]
    same = known["sameness"] == row["sameness"]
    if not same and as_corrected and version > 1:
        same = sameness({name: known[name] for name in _SAID}) == row["sameness"]
    if other or not same:
        return Outcome(str(row["id"]), error=IdReuse())
    return Outcome(str(row["id"]), version)
