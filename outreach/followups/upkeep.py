"""What becomes of meetings when the person does: known, parted from a code, gone."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts import service as accounts
from outreach.audit import trail
from outreach.enrolments.events import LongSilence
from outreach.followups import recording, rules
from outreach.followups.recording import FOLLOWUP
from outreach.foundation import clock, vault
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.identification.events import CodesRestored, CodeTaken
from outreach.participants import reading
from outreach.participants.events import DetailsForgotten, ParticipantRemoved

_AHEAD = FOLLOWUP.c.state == rules.BOOKED


def follow_code(event: CodeTaken) -> None:
    """Let the meetings of a code be those of the person who turned out to hold it.

    But not one whose worker may not know of the person: nothing of it is told to them, and the
    meeting stays as they know it.
    """
    committee = reading.committees_of([event.participant])[event.participant]
    may_know = list(accounts.colleagues(committee=committee))
    theirs = (
        sa.update(FOLLOWUP)
        .where(
            FOLLOWUP.c.recognition_code_id == event.code,
            FOLLOWUP.c.participant_id.is_(None),
            FOLLOWUP.c.workers.contained_by(may_know),
        )
        .values(participant_id=event.participant, version=FOLLOWUP.c.version + 1)
        .returning(FOLLOWUP.c.id)
    )
    moved = list(db.session.scalars(theirs))
    trail.record_many(by=event.by, action="link", kind="followup", ids=sorted(moved))


def give_back_to_codes(event: CodesRestored) -> None:
    """Let the meetings that were booked by these codes be the codes' again, as they were."""
    wanted = _booked_by(event.codes)
    _part(event.by, list(db.session.scalars(wanted)))


def _booked_by(codes: Collection[UUID]) -> sa.Select[Any]:
    return sa.select(FOLLOWUP.c.id).where(
        FOLLOWUP.c.recognition_code_id.in_(codes), FOLLOWUP.c.participant_id.is_not(None)
    )


def _part(by: Actor, ids: Collection[UUID], *, to: UUID | None = None) -> None:
    """Let meetings be nobody's who is known: under the code that they had, or a new one."""
    code = {"recognition_code_id": to} if to else {}
    with transaction(by=system("followups")):
        for each in ids:
            recording.change(each, {"participant_id": None, "sealed": None, **code})
    trail.record_many(by=by, action="unlink", kind="followup", ids=sorted(ids))


def leave_with_person(event: ParticipantRemoved) -> None:
    """Keep the meetings of whoever went back to a code by the new code; call off all others.

    What was said in words goes with the person's key. What has been stays, and tells of nobody.
    """
    with transaction(by=system("followups")):
        theirs = sa.select(FOLLOWUP.c.id, FOLLOWUP.c.state).where(
            FOLLOWUP.c.participant_id == event.participant
        )
        rows = db.session.execute(theirs).all()
        ahead = [row.id for row in rows if row.state == rules.BOOKED]
        if event.code is not None:
            _part(event.by, ahead, to=event.code)
        else:
            _call_off(event.by, ahead)
        db.session.execute(
            sa.update(FOLLOWUP)
            .where(FOLLOWUP.c.participant_id == event.participant)
            .values(sealed=None, version=FOLLOWUP.c.version + 1)
        )


def _call_off(by: Actor, ids: Collection[UUID]) -> None:
    ended = {
        "state": rules.CANCELLED_BY_PARTICIPANT,
        "happened": False,
        "outcome_at": clock.now(),
        "outcome_by": accounts.recorder_id(by),
    }
    recording.give_back_time(ids)
    for each in ids:
        recording.change(each, ended)
    trail.record_many(by=by, action="outcome", kind="followup", ids=sorted(ids))


def forget_words(event: DetailsForgotten) -> None:
    """Empty what a person's meetings say in words; when and where they were stays."""
    emptied = (
        sa.update(FOLLOWUP)
        .where(FOLLOWUP.c.participant_id == event.participant, FOLLOWUP.c.sealed.is_not(None))
        .values(
            sealed=vault.key_of(event.participant).seal("followup", {}),
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
