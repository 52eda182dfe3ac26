"""Handoffs as they are shown: to the sender as far as agreed, to the receiver as it was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts import service as accounts
from outreach.accounts.permissions import CASEWORKER, RECEIVER, SUPERVISOR
from outreach.consents.rules import BACK
from outreach.foundation import clock, settings, vault
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.vault import DataKey
from outreach.handoffs import awaiting, lifecycle, rules, snapshots
from outreach.handoffs.lifecycle import Side, Standing
from outreach.handoffs.recording import EVENT, HANDOFF, MESSAGE, SNAPSHOT, Row
from outreach.participants.reading import Person
from outreach.shifts.public_holidays import is_off

_SAID_OF_MEETING = (
    sa.select(sa.func.max(EVENT.c.at))
    .where(EVENT.c.handoff_id == HANDOFF.c.id, EVENT.c.action == "first-meeting")
    .scalar_subquery()
)
# With what may be told back, and until when; neither where nobody had to be asked. And for which
# side it waits.
ROW = (
    sa.select(
        HANDOFF,
        SNAPSHOT.c.back,
        SNAPSHOT.c.valid_to,
        SNAPSHOT.c.consent_id.label("told_by"),
        SNAPSHOT.c.made_by.label("sent_by"),
        _SAID_OF_MEETING.label("first_meeting_said_at"),
        awaiting.FOR_THE_SENDER.label("waits_for_sender"),
        awaiting.FOR_THE_RECEIVER.label("waits_for_receiver"),
    )
    .select_from(HANDOFF)
    .outerjoin(SNAPSHOT, SNAPSHOT.c.handoff_id == HANDOFF.c.id)
)
_EVERYTHING = frozenset(BACK)
_TOLD_WITH = {"acceptance": "decided_at", "progress": "started_at", "outcome": "ended_at"}


def row_of(id: UUID, *, lock: bool = False) -> Any:
    """Return the row of a handoff that the actor may know of, or None."""
    if lock:
        db.session.execute(sa.select(HANDOFF.c.id).where(HANDOFF.c.id == id).with_for_update())
    return db.session.execute(ROW.where(HANDOFF.c.id == id)).one_or_none()


def standing_of(row: Any) -> Standing:
    """Return how a handoff really stands."""
    return Standing(row.state, row.turn)


def sides_of(by: Actor, row: Any) -> frozenset[Side]:
    """Return on which side of a handoff the actor stands; on neither, it is not theirs.

    Of somebody who comes to us, ours is the receiver, and writes down what the sender says.
    """
    found: set[Side] = set()
    if by.has(CASEWORKER, SUPERVISOR) and row.committee == by.committee:
        found |= {"sender"} if row.direction == "out" else {"sender", "receiver"}
    if by.has(RECEIVER) and row.direction == "out" and row.team == by.team and row.sent_at:
        found |= {"receiver"}
    return frozenset(found)


def told_to(side: Side, row: Any) -> Standing:
    """Return how a handoff stands as far as a side may know."""
    standing = standing_of(row)
    if side == "receiver":
        return standing
    return lifecycle.as_told(standing, _told(row), started=row.started_at is not None)


def _told(row: Any) -> frozenset[lifecycle.Told]:
    days = {kind: _day(getattr(row, column)) for kind, column in _TOLD_WITH.items()}
    on = cast("Mapping[lifecycle.Told, date | None]", days)
    return rules.told_back(row.back or (), row.valid_to, on=on)


def _may_hear(row: Any, kind: lifecycle.Told, day: date | None) -> bool:
    """Tell whether the sender may be told what comes about on a day."""
    return kind in rules.told_back(row.back or (), row.valid_to, on={kind: day})


def _day(at: datetime | None) -> date | None:
    return clock.local(at).date() if at else None


def common(side: Side, row: Any) -> Row:
    """Return what a list shows of a handoff to a side: never the team, nor a word of the person."""
    told = told_to(side, row)
    # Where an act is not to be told, it is as if it had not been.
    as_it_was = told != standing_of(row)
    since = row.turn_since
    if as_it_was:
        since = {"sent": row.sent_at, "accepted": row.decided_at}.get(told.state, row.started_at)
    # That nobody has answered tells as much as an answer does: only while one may be told.
    may_know = side == "receiver" or _may_hear(row, "acceptance", clock.today())
    waits = told == lifecycle.SENT and row.direction == "out" and may_know
    return {
        "id": row.id,
        "direction": row.direction,
        "case_number": row.case_number,
        "state": told.state,
        "turn": told.turn,
        "turn_since": since,
        "sent_at": row.sent_at,
        "seen_at": row.seen_at,
        "overdue": waits
        and rules.is_overdue(
            clock.local(since).date(),
            clock.today(),
            most=settings.whole_number("HANDOFF_PATIENCE_DAYS"),
            is_off=is_off,
        ),
        "first_meeting": _first_meeting(side, row),
        "waits": row.waits_for_sender if side == "sender" else row.waits_for_receiver,
        "version": row.version,
    }


def _first_meeting(side: Side, row: Any) -> Row | None:
    if row.first_meeting is None:
        return None
    if side not in ("receiver", row.first_meeting_by) and not _may_hear(
        row, "progress", _day(row.first_meeting_said_at)
    ):
        return None
    return {"state": row.first_meeting, "at": row.first_meeting_at}


# What a team sees of a handoff that it is to know no more of, besides how it stands.
_NO_MORE: Row = {
    "missing": [], "reason": None, "outcome": None, "decided_at": None, "started_at": None,
    "first_meeting": None, "history": [], "back": [], "valid_to": None,
}  # fmt: skip


def for_the_sender(row: Any, person: Person) -> Row:
    """Return a handoff in full for one who may read the person, as far as they may be told."""
    standing = lifecycle.as_told(standing_of(row), _told(row), started=row.started_at is not None)
    sides: list[Side] = ["sender"] if row.direction == "out" else ["sender", "receiver"]
    shown = common("sender", row) | _parts("sender", row, person.key)
    return shown | {
        "participant_id": person.row.id,
        "name": person.identity.name,
        # Which is chosen for the next sending, or by which it was told.
        "consent_id": row.consent_id
        if lifecycle.after(standing, "send")
        else row.told_by or row.consent_id,
        "note_ids": row.note_ids,
        "created_by": _named(row.created_by),
        "can": list(lifecycle.possible(standing, sides)),
    }


def for_the_receiver(row: Any) -> Row:
    """Return a handoff in full for the team that it was sent to: just what was sent, no more.

    After a withdrawal only that it was withdrawn.
    """
    keys = vault.keys_of([row.participant_id])
    key = keys.get(row.participant_id)
    shown = common("receiver", row) | _parts("receiver", row, key)
    told = shown["snapshot"] or {}
    # What the sender chooses for the next time is no business of the team's.
    shown["fields"] = list(told)
    if row.shielded or row.state == "withdrawn":
        shown |= _NO_MORE
    return shown | {
        "participant_id": None,
        "name": told.get("name"),
        "consent_id": None,
        "note_ids": [],
        "created_by": _named(row.created_by),
        "can": list(lifecycle.possible(standing_of(row), ["receiver"])),
    }


def _parts(side: Side, row: Any, key: DataKey | None) -> Row:
    """Return what a side may know besides what lists show: the words, the facts, the history."""
    return _facts(side, row) | {
        "fields": row.fields,
        "back": row.back or [],
        "valid_to": row.valid_to,
        "missing": row.missing,
        "created_at": row.created_at,
        **_as_sent(row, key),
        "messages": _messages(row.id, key),
        "history": _history(side, row),
    }


def _facts(side: Side, row: Any) -> Row:
    """Return to whom it was, what was answered and what came of it, as far as a side may know."""
    told, kinds = told_to(side, row), _EVERYTHING if side == "receiver" else _told(row)
    with_a_reason = told.state in ("declined", "not_completed", "withdrawn")
    return {
        "team": row.team,
        "committee": row.committee,
        "origin": row.origin,
        "decided_at": row.decided_at if "acceptance" in kinds else None,
        "started_at": row.started_at if "progress" in kinds else None,
        "ended_at": row.ended_at if told.turn is None else None,
        "reason": row.reason if with_a_reason else None,
        "outcome": row.outcome if told.state == "completed" else None,
    }


def teams_under_way(participant: UUID) -> set[str]:
    """Return the teams to which a person is being handed over, as far as the sender may know."""
    wanted = ROW.where(HANDOFF.c.participant_id == participant, HANDOFF.c.direction == "out")
    rows = db.session.execute(wanted).all()
    return {row.team for row in rows if told_to("sender", row).turn is not None}


def of_person(person: Person) -> list[Row]:
    """Return every handoff of somebody who is opened, as far as the sender may know, latest first.

    As lists show them, and besides `team`, `origin`, `outcome`, `reason` and the `fields` that were
    sent: for a person's own page, whose reader knows them. Writes no entry.
    """
    theirs = ROW.where(HANDOFF.c.participant_id == person.row.id)
    latest = theirs.order_by(HANDOFF.c.created_at.desc(), HANDOFF.c.id.desc())
    return [
        common("sender", row)
        | _facts("sender", row)
        | {
            "name": person.identity.name,
            "fields": row.fields if row.sent_at else [],
            "created_at": row.created_at,
        }
        for row in db.session.execute(latest)
    ]


def _as_sent(row: Any, key: DataKey | None) -> Row:
    """Return what was sent, by whom and what for; None where the side may not see it (any more)."""
    wanted = sa.select(SNAPSHOT.c.sealed).where(SNAPSHOT.c.handoff_id == row.id)
    kept = db.session.scalar(wanted) if key is not None else None
    if kept is None or key is None:
        return {"snapshot": None, "purpose": None, "sent_by": None}
    return {
        "snapshot": snapshots.opened(key, kept),
        "purpose": snapshots.purpose_of(key, kept),
        "sent_by": _named(row.sent_by),
    }


def names_sent(rows: Sequence[Any]) -> dict[UUID, str]:
    """Return the names that were sent with handoffs which the actor may still see, by their ids."""
    wanted = sa.select(SNAPSHOT.c.handoff_id, SNAPSHOT.c.sealed).where(
        SNAPSHOT.c.handoff_id.in_([row.id for row in rows])
    )
    whose = {row.id: row.participant_id for row in rows}
    kept = {row.handoff_id: row.sealed for row in db.session.execute(wanted)}
    keys = vault.keys_of({whose[each] for each in kept})
    names = {
        each: snapshots.opened(keys[whose[each]], sealed).get("name")
        for each, sealed in kept.items()
        if whose[each] in keys
    }
    return {each: name for each, name in names.items() if name}


def _messages(id: UUID, key: DataKey | None) -> list[Row]:
    wanted = sa.select(MESSAGE).where(MESSAGE.c.handoff_id == id)
    rows = db.session.execute(wanted.order_by(MESSAGE.c.written_at, MESSAGE.c.id)).all()
    staff = accounts.names_of({row.written_by for row in rows})
    if key is None:
        return []
    return [
        {
            "id": row.id,
            "side": row.side,
            "written_by": {"id": row.written_by, "name": staff[row.written_by]},
            "written_at": row.written_at,
            "text": text_of(row, key),
        }
        for row in rows
    ]


def message_of(handoff: UUID, id: UUID) -> Any:
    """Return the row of a handoff's message, or None."""
    wanted = sa.select(MESSAGE).where(MESSAGE.c.handoff_id == handoff, MESSAGE.c.id == id)
    return db.session.execute(wanted).one_or_none()


def text_of(message: Any, key: DataKey) -> str:
    """Return what a message says."""
    return str(key.open("handoff message", message.sealed))


def _history(side: Side, row: Any) -> list[Row]:
    """Return all that was done, in order; to the sender what the receiver did only as agreed."""
    wanted = sa.select(EVENT).where(EVENT.c.handoff_id == row.id).order_by(EVENT.c.id)
    events = [each for each in db.session.execute(wanted) if _may_know(side, row, each)]
    staff = accounts.names_of({each.by for each in events})
    return [
        {
            "at": each.at,
            "by": {"id": each.by, "name": staff[each.by]},
            "side": each.side,
            "action": each.action,
            **_as_told_then(side, row, each)._asdict(),
        }
        for each in events
    ]


def _as_told_then(side: Side, row: Any, event: Any) -> Standing:
    standing = Standing(event.state, event.turn)
    if side == "receiver":
        return standing
    return lifecycle.as_told(standing, _told(row), started=row.started_at is not None)


def by_whom(id: UUID, action: str) -> UUID | None:
    """Return who did something with a handoff last, or None."""
    wanted = sa.select(EVENT.c.by).where(EVENT.c.handoff_id == id, EVENT.c.action == action)
    found: UUID | None = db.session.scalar(wanted.order_by(EVENT.c.id.desc()).limit(1))
    return found


_NEEDS: Mapping[str, lifecycle.Told] = {
    "accept": "acceptance", "decline": "acceptance", "start": "progress", "complete": "outcome",
    "not-complete": "outcome", "first-meeting": "progress",
}  # fmt: skip


def _may_know(side: Side, row: Any, event: Any) -> bool:
    if side == "receiver" or event.side == "sender" or event.action not in _NEEDS:
        return True
    return _may_hear(row, _NEEDS[event.action], _day(event.at))


def _named(id: UUID) -> Row:
    return {"id": id, "name": accounts.names_of([id])[id]}
