"""What becomes of handoffs when what they rest on does: a consent, the person, what is known."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from outreach.audit import trail
from outreach.consents.events import ConsentGiven, ConsentWithdrawn
from outreach.enrolments.events import LongSilence
from outreach.foundation import clock, vault
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.handoffs import lifecycle, reading, recording, snapshots, telling
from outreach.handoffs.recording import HANDOFF, MESSAGE, SNAPSHOT
from outreach.identification.events import UndoAsked
from outreach.participants.events import (
    DetailsForgotten,
    ParticipantRemoved,
    ParticipantRestricted,
    ProtectionChanged,
)

_BY = system("handoffs")
_OPEN = HANDOFF.c.turn.is_not(None)
# Another team has been told; of whoever comes to us from one, none has.
_TOLD = sa.and_(HANDOFF.c.direction == "out", HANDOFF.c.sent_at.is_not(None))


def stop_with_consent(event: ConsentWithdrawn) -> None:
    """Withdraw what rests on a consent that was taken back: the team sees nothing more of it."""
    with transaction(by=_BY):
        told_by = sa.select(SNAPSHOT.c.handoff_id).where(SNAPSHOT.c.consent_id == event.consent_id)
        rests = sa.or_(HANDOFF.c.consent_id == event.consent_id, HANDOFF.c.id.in_(told_by))
        _withdraw(event.by, rests, reason="consent")
        # What has ended stays as it ended; what was told goes all the same.
        ended = sa.update(HANDOFF).where(HANDOFF.c.id.in_(told_by))
        since = sa.func.coalesce(HANDOFF.c.recalled_at, clock.now())
        db.session.execute(ended.values(taken_back=True, recalled_at=since))


def go_on_with_consent(event: ConsentGiven) -> None:
    """Let what is under way rest on a newer yes to the same team, where it covers what was sent."""
    if event.valid_from > clock.today():
        return
    with transaction(by=_BY):
        wanted = sa.select(HANDOFF.c.id, SNAPSHOT.c.sealed).where(
            SNAPSHOT.c.handoff_id == HANDOFF.c.id,
            HANDOFF.c.participant_id == event.participant_id,
            HANDOFF.c.team == event.to_team,
            HANDOFF.c.committee == event.from_committee,
            _TOLD,
            _OPEN,
        )
        held = wanted.order_by(HANDOFF.c.id).with_for_update()
        rows = db.session.execute(held).all()
        keys, may = vault.keys_of({event.participant_id} if rows else ()), set(event.categories)
        told = {row.id: snapshots.opened(keys[event.participant_id], row.sealed) for row in rows}
        ids = [each for each, what in told.items() if set(what) <= may]
        for each in ids:
            recording.change(each, {"consent_id": event.consent_id})
        kept = sa.update(SNAPSHOT).where(SNAPSHOT.c.handoff_id.in_(ids))
        db.session.execute(
            kept.values(consent_id=event.consent_id, back=list(event.back), valid_to=event.valid_to)
        )
        trail.record_many(by=event.by, action="renew", kind="handoff", ids=ids)


def leave_with_person(event: ParticipantRemoved) -> None:
    """Withdraw what is under way for whoever is no longer known here.

    What was sent and written opens with the person's key, and goes with it.
    """
    with transaction(by=_BY):
        _withdraw(event.by, HANDOFF.c.participant_id == event.participant, reason="person")


def rest_with_person(event: ParticipantRestricted) -> None:
    """Withdraw what is under way for whoever has asked to be erased; teams see no more of it."""
    _shield(event.by, event.participant, shielded=True)


def shield(event: ProtectionChanged) -> None:
    """Let no team see who it was of whoever is protected now; what is under way is withdrawn."""
    _shield(event.by, event.participant, shielded=event.protected)


def _shield(by: Actor, person: UUID, *, shielded: bool) -> None:
    with transaction(by=_BY):
        theirs = HANDOFF.c.participant_id == person
        if shielded:
            _withdraw(by, theirs, reason="person", but_drafts=True)
        # What is sent from now on is chosen by what may be told from now on.
        told = HANDOFF.c.sent_at.is_not(None)
        turned = sa.update(HANDOFF).where(theirs, told, HANDOFF.c.shielded != shielded)
        db.session.execute(turned.values(shielded=shielded))


def forget_words(event: DetailsForgotten) -> None:
    """Empty what was sent and written about a person; that it was, and what came of it, stays."""
    with transaction(by=_BY):
        theirs = sa.select(HANDOFF.c.id).where(HANDOFF.c.participant_id == event.participant)
        ids = sorted(db.session.scalars(theirs.with_for_update()))
        key = vault.key_of(event.participant)
        emptied: tuple[tuple[Any, bytes], ...] = (
            (SNAPSHOT, snapshots.sealed(key, {})),
            (MESSAGE, key.seal("handoff message", "")),
        )
        for table, nothing in emptied:
            written = sa.update(table).where(table.c.handoff_id.in_(ids))
            db.session.execute(written.values(sealed=nothing))
        trail.record_many(by=event.by, action="forget", kind="handoff", ids=ids)


def excuse_underway(event: LongSilence) -> None:
    """Say of whom it is no silence: another team has been asked, or is with them."""
    wanted = sa.select(HANDOFF.c.participant_id).where(
        HANDOFF.c.participant_id.in_(event.participants), _TOLD, _OPEN
    )
    event.excuse(db.session.scalars(wanted))


def hinder_undo(event: UndoAsked) -> None:
    """Say that an identification cannot be undone: another team has been told who it is."""
    sent = sa.exists().where(HANDOFF.c.participant_id == event.participant, _TOLD)
    if db.session.scalar(sa.select(sent)):
        event.hindered.add("handoff")


def _withdraw(by: Actor, which: Any, *, reason: str, but_drafts: bool = False) -> None:
    wanted = sa.select(HANDOFF).where(which, _OPEN).order_by(HANDOFF.c.id).with_for_update()
    if but_drafts:
        wanted = wanted.where(HANDOFF.c.sent_at.is_not(None))
    rows = db.session.execute(wanted).all()
    moved = [
        row for row in rows if lifecycle.after(reading.standing_of(row), "withdraw") is not None
    ]
    for row in moved:
        recording.move(
            by, row, side="sender", action="withdraw", to=lifecycle.WITHDRAWN, reason=reason
        )
    telling.tell(moved, action="withdraw")
    trail.record_many(by=by, action="withdraw", kind="handoff", ids=[row.id for row in rows])
