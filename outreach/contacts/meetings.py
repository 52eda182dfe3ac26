"""What booked meetings make of contacts: one that was held, and one at which it was booked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.contacts import recognition_codes, recording
from outreach.contacts.judging import Judging, intake_of_any_age
from outreach.contacts.models import Contact, ContactLink
from outreach.contacts.schemas import NewContactSchema
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction

_NEW = NewContactSchema()
_CONTACT = cast("sa.Table", Contact.__table__)
_LINK = cast("sa.Table", ContactLink.__table__)
# What is as it was at the last contact of whoever was met, and what is said where there was none.
_AS_LAST_TIME = ("age_band", "gender", "topics")
_NEVER_MET = {"age_band": "unknown", "gender": "unknown", "topics": ["other_support"]}


def record_meeting(
    *, by: Actor, given: Mapping[str, Any], participant: UUID | None, code: UUID | None
) -> UUID:
    """Record the contact that a booked meeting was, of any age and at any site; return its id.

    Whose it is was settled when it was booked: nobody is opened for it. What is not given is as at
    the last contact of whoever was met. Raises RuleBroken.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        last = _last_said(by, participant, code)
        said = {name: value for name, value in given.items() if value is not None}
        whole = {
            **last,
            "first_time": "no",
            "result": "information_given",
            **said,
            "participant_id": participant and str(participant),
            "recognition_code": _text_of(code),
        }
        judging = Judging.of(system("meetings"), [whole], intake_of_any_age())
        facts = judging.facts(_NEW, whole)
        lists, owner = judging.intake.lists, judging.people.owner(facts)
        row = recording.new_row(facts, recorded_by=by.id, lists=lists, owner=owner)
        recording.record_one(by=by, row=row, lists=lists)
        recording.bind([row])
        return facts["id"]  # type: ignore[no-any-return]


def _text_of(code: UUID | None) -> str | None:
    made = recognition_codes.made_code(id=code) if code else None
    return made["code"] if made else None


def _last_said(by: Actor, participant: UUID | None, code: UUID | None) -> dict[str, Any]:
    """Return what the last contact said of whoever was met, as far as the actor may read it.

    Of a code every caseworker is told the age and the gender, and what it was about only where the
    contact itself may be read.
    """
    told = _thread_said(code) if code else {}
    wanted = sa.select(*(_CONTACT.c[name] for name in _AS_LAST_TIME)).where(
        _CONTACT.c.voided_at.is_(None),
        _CONTACT.c.topics != [],
        sa.or_(_CONTACT.c.site.in_(sorted(by.sites)), _CONTACT.c.recorded_by == by.id),
    )
    if participant is not None:
        mine = _LINK.c.contact_id == _CONTACT.c.id, _LINK.c.participant_id == participant
        wanted = wanted.join(_LINK, sa.and_(*mine, _LINK.c.undone_at.is_(None)))
    else:
        wanted = wanted.where(_CONTACT.c.thread_id == code)
    latest = wanted.order_by(_CONTACT.c.occurred_at.desc(), _CONTACT.c.id.desc()).limit(1)
    found = db.session.execute(latest).one_or_none()
    return {**_NEVER_MET, **(found._asdict() if found else {}), **told}


def _thread_said(code: UUID) -> dict[str, Any]:
    thread = recognition_codes.code_thread(id=code, limit=1)
    return {name: thread[0][name] for name in ("age_band", "gender")} if thread else {}
