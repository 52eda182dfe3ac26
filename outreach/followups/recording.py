"""Writing meetings: the rows, the time that they take, and what is said in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range, insert

from outreach.accounts.models import User
from outreach.followups import rules
from outreach.followups.models import Followup, FollowupTime
from outreach.foundation import keyring
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Conflict
from outreach.foundation.sameness import sameness
from outreach.foundation.vault import DataKey

Row = dict[str, Any]

FOLLOWUP = cast("sa.Table", Followup.__table__)
_TIME = cast("sa.Table", FollowupTime.__table__)
_KIND = "followup"
# What is said in words of a meeting: what for, why it was not held, why it was moved.
TEXTS = ("purpose", "why_not", "why")
# Under which all that was said of a code's meeting is kept while it is a person's.
_AS_CODE = "as_code"


class SlotTaken(Conflict):
    """One of those who are to be there, or the person, is at another meeting then."""

    slug = "slot-taken"
    title = N_("Tiden är redan bokad")
    advice = N_("Någon av er har redan ett möte då. Välj en annan tid.")


_PERSON_IS_MET = N_("Personen har redan ett möte då. Välj en annan tid.")


class Whose(NamedTuple):
    """Whose meetings are meant: a participant's, else those of whoever holds a code.

    `but`: one of them that is being moved, and so is in nobody's way.
    """

    participant: UUID | None = None
    code: UUID | None = None
    but: UUID | None = None


def add(row: Row) -> bool:
    """Add a meeting whose id is new, without the time that it takes; tell whether it was added."""
    added = insert(FOLLOWUP).values(row).on_conflict_do_nothing(index_elements=["id"])
    return db.session.scalar(added.returning(FOLLOWUP.c.id)) is not None


def change(id: UUID, values: Mapping[str, Any]) -> Any:
    """Write over a meeting as a new version; return the row."""
    changed = (
        sa.update(FOLLOWUP)
        .where(FOLLOWUP.c.id == id)
        .values(**values, version=FOLLOWUP.c.version + 1)
        .returning(FOLLOWUP)
    )
    return db.session.execute(changed).one()


def take_time(
    *,
    followup: UUID,
    whose: Whose,
    workers: Collection[UUID],
    starts_at: datetime,
    ends_at: datetime,
) -> None:
    """Let a meeting take the time of its workers until the transaction says otherwise.

    One booking after the other for each person and worker, so that of two at once the second is
    told which times are left. Raises SlotTaken, with nothing written.
    """
    wait_for_whom([whose.participant or whose.code])
    if met(whose._replace(but=followup), begin=starts_at, end=ends_at):
        raise SlotTaken(_PERSON_IS_MET)
    wait_for(workers)
    if is_taken(workers=workers, starts_at=starts_at, ends_at=ends_at):
        raise SlotTaken
    during = Range(starts_at, ends_at)
    rows = [{"followup_id": followup, "worker_id": each, "during": during} for each in workers]
    db.session.execute(sa.insert(_TIME), rows)


def wait_for(workers: Collection[UUID]) -> None:
    """Let nobody else book these workers until the transaction ends; always in the same order."""
    # Whoever refers to one of the staff meanwhile is not kept waiting.
    in_turn = sa.select(User.id).where(User.id.in_(workers)).order_by(User.id)
    db.session.execute(in_turn.with_for_update(key_share=True))


def wait_for_whom(ids: Collection[UUID | None]) -> None:
    """Let nobody else book these people, or who holds these codes, until the transaction ends.

    Always in the same order, and before their workers.
    """
    for each in sorted(filter(None, ids)):
        held = sa.func.hashtextextended(f"meetings of {each}", 0)
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(held)))


def met(whose: Whose, *, begin: datetime, end: datetime) -> Sequence[Any]:
    """Return the meetings that are to be with somebody and touch the time, as they begin.

    Of as many as the actor may know of: the other committee's by a code are told to nobody here.
    """
    if whose.participant is not None:
        theirs = FOLLOWUP.c.participant_id == whose.participant
    else:
        by_code = FOLLOWUP.c.recognition_code_id == whose.code
        theirs = sa.and_(by_code, FOLLOWUP.c.participant_id.is_(None))
    wanted = (
        sa.select(FOLLOWUP.c.id, FOLLOWUP.c.starts_at, FOLLOWUP.c.ends_at, FOLLOWUP.c.place)
        .where(theirs, FOLLOWUP.c.state == rules.BOOKED, FOLLOWUP.c.id.is_distinct_from(whose.but))
        .where(FOLLOWUP.c.starts_at < end, FOLLOWUP.c.ends_at > begin)
    )
    return db.session.execute(wanted.order_by(FOLLOWUP.c.starts_at, FOLLOWUP.c.id)).all()


def is_taken(*, workers: Collection[UUID], starts_at: datetime, ends_at: datetime) -> bool:
    """Tell whether one of the workers is at a meeting that touches the time, as things stand."""
    during = Range(starts_at, ends_at)
    taken = sa.exists().where(_TIME.c.worker_id.in_(workers), _TIME.c.during.overlaps(during))
    return bool(db.session.scalar(sa.select(taken)))


def give_back_time(followups: Collection[UUID]) -> None:
    """Let meetings that will not be take nobody's time any more."""
    db.session.execute(sa.delete(_TIME).where(_TIME.c.followup_id.in_(followups)))


def taken(
    *, workers: Collection[UUID], begin: datetime, end: datetime
) -> dict[UUID, list[tuple[datetime, datetime]]]:
    """Return when each of the workers is at a meeting that touches the time."""
    wanted = sa.select(_TIME.c.worker_id, _TIME.c.during).where(
        _TIME.c.worker_id.in_(workers), _TIME.c.during.overlaps(Range(begin, end))
    )
    found: dict[UUID, list[tuple[datetime, datetime]]] = {worker: [] for worker in workers}
    for worker, during in db.session.execute(wanted):
        found[worker].append((during.lower, during.upper))
    return found


def written(texts: Mapping[str, str | None], key: DataKey | None, row: Any = None) -> Row:
    """Return the columns that keep what is said in words: sealed where there is a key.

    What a `row` said while it was a code's stays with it, for when it goes back.
    """
    said: Row = {name: texts[name] for name in TEXTS if texts.get(name)}
    if key is None:
        return {"sealed": None, "plain": said or None}
    kept = _opened(row, key).get(_AS_CODE) if row is not None else None
    said |= {_AS_CODE: kept} if kept else {}
    return {"sealed": key.seal(_KIND, said) if said else None, "plain": None}


def texts_of(row: Any, key: DataKey | None) -> dict[str, str | None]:
    """Return what was said in words; nothing of it without the key that it was sealed with."""
    said = (row.plain or {}) if row.sealed is None else _opened(row, key)
    return {name: said.get(name) for name in TEXTS}


def _opened(row: Any, key: DataKey | None) -> Row:
    if key is None or row.sealed is None:
        return {}
    return dict(key.open(_KIND, row.sealed))


def taken_over(row: Any, key: DataKey) -> Row:
    """Return the columns of a code's meeting that has become a person's, with their key.

    What was said in plain words is sealed, and kept a second time as it was.
    """
    said = row.plain or {}
    return {"plain": None, "sealed": key.seal(_KIND, said | {_AS_CODE: said}) if said else None}


def given_back(row: Any, key: DataKey) -> Row:
    """Return the columns of a person's meeting that is a code's again, as it was before."""
    return {"sealed": None, "plain": _opened(row, key).get(_AS_CODE), "reminder": "none"}


def emptied(key: DataKey) -> bytes:
    """Return what is kept of words that are to be forgotten: that there are none."""
    return key.seal(_KIND, {})


def digest(facts: Mapping[str, Any], key: DataKey | None, committee: str) -> bytes:
    """Return what tells a repeat, and nothing to whoever has no key.

    A participant's under their own; a code's under the product's, for there is none of a code.
    """
    said = sameness(facts)
    if key is not None:
        return key.digest(said)
    return keyring.digest_to_find_by(_KIND, committee, said.hex())
