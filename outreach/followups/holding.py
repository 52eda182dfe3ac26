"""What a meeting that was held becomes: a contact, so that nothing is entered twice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from outreach.audit import trail
from outreach.contacts import meetings
from outreach.contacts.events import ContactTakenBack
from outreach.followups import recording, rules
from outreach.followups.events import MeetingChanged
from outreach.followups.recording import FOLLOWUP
from outreach.foundation import clock, events
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault
from outreach.foundation.transaction import transaction
from outreach.participants import reading
from outreach.sites import service as sites

_OPEN = {
    "state": rules.BOOKED,
    "attended": None,
    "happened": None,
    "outcome_at": None,
    "outcome_by": None,
    "contact_id": None,
}


def activity_at(place: str, on: date) -> str:
    """Return which activity a meeting at a place belongs to: the open one, where there is one."""
    duties = sites.code_lists().on(on).duties
    return "open" if (place, "open") in duties else "outreach"


def place_faults(facts: Mapping[str, Any], *, known: bool) -> Iterator[Fault]:
    """Yield that nobody who is known is met at a place whose activity records no identity."""
    place, starts_at = facts.get("place"), facts.get("starts_at")
    if not known or place is None or starts_at is None:
        return
    lists, on = sites.code_lists(), clock.local(starts_at).date()
    if lists.has("site", place, on) and not lists.may_identify(place, activity_at(place, on), on):
        yield Fault("/place", N_("Där antecknas inte vem någon är. Välj en annan plats."))


def record(*, by: Actor, row: Any, said: Mapping[str, Any]) -> UUID:
    """Record the contact that a held meeting was, by whoever says so; return its id.

    What nobody asks about again is as at the last contact of whoever was met. A purpose is not a
    topic: without topics said, those of the last contact are meant.
    """
    activity = activity_at(row.place, clock.local(row.starts_at).date())
    given = {
        "id": str(uuid4()),
        "site": row.place,
        "activity": activity,
        "contact_type": rules.contact_type(row.place, activity, said["contact_type"]),
        # Somebody who came early was met before it was time.
        "occurred_at": min(row.starts_at, clock.now()).isoformat(),
        "talk_language": row.language,
        "minutes": row.minutes,
        "topics": said["topics"],
    }
    return meetings.record_meeting(
        by=by,
        given=given,
        participant=row.participant_id,
        code=None if row.participant_id else row.recognition_code_id,
    )


def reopen(*, by: Actor, ids: Collection[UUID]) -> None:
    """Let what became of meetings be unsaid: each waits for its outcome again."""
    for each in ids:
        row = recording.change(each, _OPEN)
        events.announce(MeetingChanged(by, each, rules.BOOKED, row.starts_at))
    trail.record_many(by=by, action="reopen", kind="followup", ids=sorted(ids))


def reopen_with_contact(event: ContactTakenBack) -> None:
    """Ask again what became of a meeting whose contact counts no more.

    Also where whoever took the contact back may not know of the person. Of whoever is no longer
    known nothing is asked: the meeting only lets go of its contact.
    """
    with transaction(by=system("followups")):
        held = sa.select(FOLLOWUP.c.id, FOLLOWUP.c.participant_id).where(
            FOLLOWUP.c.contact_id == event.contact
        )
        for row in db.session.execute(held.with_for_update()).all():
            whose = row.participant_id
            if whose is not None and whose not in reading.committees_of([whose]):
                recording.change(row.id, {"contact_id": None})
            else:
                reopen(by=event.by, ids=[row.id])
