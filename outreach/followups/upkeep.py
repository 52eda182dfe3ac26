"""What becomes of meetings when the person does: known, parted from a code, gone."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts import service as accounts
from outreach.audit import trail
from outreach.enrolments.events import LongSilence
from outreach.followups import recording, reminders, rules
from outreach.followups.recording import FOLLOWUP
from outreach.foundation import clock, vault
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.identification.events import CodesRestored, CodeTaken
from outreach.participants import reading
from outreach.participants.events import (
    DetailsForgotten,
    ParticipantRemoved,
    ProtectionChanged,
    ReachChanged,
)

_BY = system("followups")
_AHEAD = FOLLOWUP.c.state == rules.BOOKED


def follow_code(event: CodeTaken) -> None:
    """Let the meetings of a code be those of the person who turned out to hold it.

    But not the other committee's, nor of a protected person one whose worker is not named: they
    stay as those know them, and nothing of it is told to anybody.
    """
    person = reading.row_of(event.by, event.participant)
    theirs = sa.select(FOLLOWUP).where(
        FOLLOWUP.c.recognition_code_id == event.code,
        FOLLOWUP.c.participant_id.is_(None),
        FOLLOWUP.c.committee == person.owner_committee,
    )
    if person.protected:
        theirs = theirs.where(FOLLOWUP.c.workers.contained_by(person.named_workers))
    key = vault.key_of(event.participant)
    moved = db.session.execute(theirs.order_by(FOLLOWUP.c.id).with_for_update()).all()
    for row in moved:
        taken_over = recording.taken_over(row, key)
        recording.change(row.id, {"participant_id": event.participant, **taken_over})
    trail.record_many(by=event.by, action="link", kind="followup", ids=[row.id for row in moved])


def give_back_to_codes(event: CodesRestored) -> None:
    """Let the meetings that were booked by these codes be the codes' again, as they were."""
    with transaction(by=_BY):
        wanted = sa.select(FOLLOWUP).where(
            FOLLOWUP.c.recognition_code_id.in_(event.codes), FOLLOWUP.c.participant_id.is_not(None)
        )
        rows = db.session.execute(wanted.order_by(FOLLOWUP.c.id).with_for_update()).all()
        keys = vault.keys_of({row.participant_id for row in rows})
        for row in rows:
            before = recording.given_back(row, keys[row.participant_id])
            recording.change(row.id, {"participant_id": None, **before})
        reminders.forget([row.id for row in rows])
        trail.record_many(
            by=event.by, action="unlink", kind="followup", ids=[row.id for row in rows]
        )


def leave_with_person(event: ParticipantRemoved) -> None:
    """Keep the meetings of whoever went back to a code by the new code; call off all others.

    What was said in words goes with the person's key, and by which code they were once met. What
    has been stays, and tells of nobody.
    """
    with transaction(by=_BY):
        theirs = FOLLOWUP.c.participant_id == event.participant
        held = sa.select(FOLLOWUP.c.id).where(theirs, _AHEAD).order_by(FOLLOWUP.c.id)
        ahead = list(db.session.scalars(held.with_for_update()))
        every = db.session.scalars(sa.select(FOLLOWUP.c.id).where(theirs)).all()
        if event.code is not None:
            _keep_by(event.by, ahead, event.code)
        else:
            call_off(event.by, ahead)
        # No page may lead from a code, or from nobody, to a number that was written to.
        reminders.forget(every)
        nothing = {"sealed": None, "plain": None, "recognition_code_id": None}
        left = sa.update(FOLLOWUP).where(theirs)
        db.session.execute(left.values(**nothing, version=FOLLOWUP.c.version + 1))


def _keep_by(by: Actor, ids: Collection[UUID], code: UUID) -> None:
    """Let meetings go on under a code that nobody has seen before, without what came before."""
    kept = {
        "participant_id": None,
        "recognition_code_id": code,
        "sealed": None,
        "reminder": "none",
        # Where they were moved from is the person's, and nobody is told that there was one.
        "supersedes": None,
    }
    for each in ids:
        recording.change(each, kept)
    trail.record_many(by=by, action="unlink", kind="followup", ids=list(ids))


def call_off(by: Actor, ids: Collection[UUID]) -> None:
    """Call off meetings that are to be, for the person: their time is free, and nobody is told why.

    For features above, too; those that are over stay as they are. Needs a `transaction(by=…)`.
    """
    held = sa.select(FOLLOWUP.c.id).where(FOLLOWUP.c.id.in_(ids), _AHEAD).order_by(FOLLOWUP.c.id)
    ids = list(db.session.scalars(held.with_for_update()))
    ended = {
        "state": rules.CANCELLED_BY_PARTICIPANT,
        "happened": False,
        "outcome_at": clock.now(),
        "outcome_by": accounts.recorder_id(by),
    }
    recording.give_back_time(ids)
    reminders.drop(ids)
    for each in ids:
        recording.change(each, ended)
    trail.record_many(by=by, action="outcome", kind="followup", ids=list(ids))


def remind_as_wished(event: ReachChanged | ProtectionChanged) -> None:
    """Let the reminders of what is to be follow how somebody may be reached from now on."""
    reminders.replan(event.participant)


def forget_words(event: DetailsForgotten) -> None:
    """Empty what a person's meetings say in words; when and where they were stays."""
    emptied = (
        sa.update(FOLLOWUP)
        .where(FOLLOWUP.c.participant_id == event.participant)
        .values(
            sealed=recording.emptied(vault.key_of(event.participant)),
            plain=None,
            version=FOLLOWUP.c.version + 1,
        )
        .returning(FOLLOWUP.c.id)
    )
    ids = list(db.session.scalars(emptied))
    trail.record_many(by=event.by, action="forget", kind="followup", ids=sorted(ids))


def excuse_booked(event: LongSilence) -> None:
    """Say of whom it is no silence: they are to be met."""
    wanted = sa.select(FOLLOWUP.c.participant_id).where(
        FOLLOWUP.c.participant_id.in_(event.participants),
        _AHEAD,
        FOLLOWUP.c.ends_at > clock.now(),
    )
    event.excuse(each for each in db.session.scalars(wanted) if each is not None)
