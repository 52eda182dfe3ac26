"""What a meeting that was held becomes: a contact, so that nothing is entered twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from outreach.audit import trail
from outreach.contacts import meetings
from outreach.contacts.events import ContactTakenBack
from outreach.followups import recording, rules
from outreach.followups.recording import FOLLOWUP
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.sites import service as sites

_OPEN = {
    "state": rules.BOOKED,
    "attended": None,
    "happened": None,
    "outcome_at": None,
    "outcome_by": None,
    "contact_id": None,
}


def record(*, by: Actor, row: Any, said: Mapping[str, Any]) -> UUID:
    """Record the contact that a held meeting was, by whoever says so; return its id.

    What nobody asks about again is as at the last contact of whoever was met. A purpose is not a
    topic: without topics said, those of the last contact are meant.
    """
    on = clock.local(row.starts_at).date()
    duties = sites.code_lists().on(on).duties
    activity = "open" if (row.place, "open") in duties else "outreach"
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
        recording.change(each, _OPEN)
    trail.record_many(by=by, action="reopen", kind="followup", ids=sorted(ids))


def reopen_with_contact(event: ContactTakenBack) -> None:
    """Ask again what became of a meeting whose contact counts no more.

    Also where whoever took the contact back may not know of the person.
    """
    with transaction(by=system("followups")):
        held = sa.select(FOLLOWUP.c.id).where(FOLLOWUP.c.contact_id == event.contact)
        reopen(by=event.by, ids=list(db.session.scalars(held)))
