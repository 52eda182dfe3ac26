"""Who waits to be heard of: nobody has met them for long, or nobody has asked how work went."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.contacts import linking
from outreach.enrolments import rules
from outreach.enrolments.events import LongSilence
from outreach.enrolments.models import Enrolment
from outreach.enrolments.reading import MOST_SHOWN
from outreach.foundation import clock, events
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.participants import reading, responsibilities
from outreach.participants.reading import Glimpse

Row = dict[str, Any]

_TABLE = cast("sa.Table", Enrolment.__table__)


def without_contact(*, by: Actor, days: int = rules.SILENT_DAYS) -> tuple[list[Row], bool]:
    """Return whom nobody has met for so many days, of those whom the actor looks after.

    One's own caseload; for a supervisor, the unit. Those of whom somebody knows that something is
    going on (`LongSilence`) are left out. In Swedish order of names, at most the 200 who have
    waited longest; the second value tells whether there are more. Nothing is ever closed for it.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        opened = _open_enrolments(by)
        heard = _last_heard(opened)
        today = clock.today()
        waiting = sorted(silent_among(heard, days=days), key=lambda who: (heard[who], who))
        people = reading.glimpses(by=by, ids=waiting[:MOST_SHOWN])
        found = [
            _seen(person, opened[person.id].id)
            | {"last_heard_on": heard[person.id], "days": (today - heard[person.id]).days}
            for person in people
        ]
        return found, len(waiting) > MOST_SHOWN


def silent_among(heard: Mapping[UUID, date], *, days: int = rules.SILENT_DAYS) -> set[UUID]:
    """Return those who were last heard of so many days ago, without whom something is going on.

    For the use cases of this and higher features; `heard` is the day of each.
    """
    today = clock.today()
    silent = {who for who, day in heard.items() if rules.is_silent(day, today, days)}
    silence = LongSilence(frozenset(silent))
    events.announce(silence)
    return silent - silence.excused


def _open_enrolments(by: Actor) -> dict[UUID, Any]:
    wanted = sa.select(_TABLE.c.id, _TABLE.c.participant_id, _TABLE.c.opened_on).where(
        _TABLE.c.closed_on.is_(None),
        _TABLE.c.participant_id.in_(responsibilities.within_reach(by=by)),
    )
    return {row.participant_id: row for row in db.session.execute(wanted)}


def _last_heard(opened: dict[UUID, Any]) -> dict[UUID, date]:
    """Return the day of each one's last contact, or the day on which the enrolment began."""
    last = linking.last_contacts(opened)
    return {who: max(row.opened_on, last.get(who, row.opened_on)) for who, row in opened.items()}


def month_checks(*, by: Actor) -> tuple[list[Row], bool]:
    """Return who began work more than a month ago, of whom nobody has said whether it lasted.

    Those whose enrolment the actor closed; for a supervisor, the unit's. In Swedish order of names,
    at most the 200 who began first; the second value tells whether there are more.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        began_on = sa.func.coalesce(_TABLE.c.start_date, _TABLE.c.closed_on)
        reach = responsibilities.within_reach(by=by)
        wanted = (
            sa.select(
                _TABLE.c.id, _TABLE.c.participant_id, _TABLE.c.closing_result,
                began_on.label("began_on"),
            )
            .where(
                _TABLE.c.lasted_one_month == "pending",
                began_on <= rules.last_start_over(clock.today()),
                sa.or_(_TABLE.c.closed_by == by.id, _TABLE.c.participant_id.in_(reach)),
            )
            .order_by(began_on, _TABLE.c.id)
            .limit(MOST_SHOWN + 1)
        )  # fmt: skip
        rows = db.session.execute(wanted).all()
        shown = rows[:MOST_SHOWN]
        people = reading.glimpses(by=by, ids={row.participant_id for row in shown})
        found = [
            _seen(person, row.id) | {"closing_result": row.closing_result, "began_on": row.began_on}
            for person in people
            for row in shown
            if row.participant_id == person.id
        ]
        return found, len(rows) > MOST_SHOWN


def _seen(person: Glimpse, enrolment: UUID) -> Row:
    return {
        "enrolment_id": enrolment,
        "participant_id": person.id,
        "case_number": person.case_number,
        "name": person.name,
        "reason_required": person.reason_required,
    }
