"""Who waits to be heard of: nobody has met them for long, or it is to be asked how work goes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.contacts import linking
from outreach.enrolments import checks, rules
from outreach.enrolments.checks import CHECK, PERIOD
from outreach.enrolments.events import LongSilence
from outreach.enrolments.reading import MOST_SHOWN
from outreach.foundation import clock, events
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.participants import reading, responsibilities
from outreach.participants.reading import Glimpse
from outreach.shifts import public_holidays

Row = dict[str, Any]


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
    wanted = sa.select(PERIOD.c.id, PERIOD.c.participant_id, PERIOD.c.opened_on).where(
        PERIOD.c.closed_on.is_(None),
        PERIOD.c.participant_id.in_(responsibilities.within_reach(by=by)),
    )
    return {row.participant_id: row for row in db.session.execute(wanted)}


def _last_heard(opened: dict[UUID, Any]) -> dict[UUID, date]:
    """Return the day of each one's last contact, or the day on which the enrolment began."""
    last = linking.last_contacts(opened)
    return {who: max(row.opened_on, last.get(who, row.opened_on)) for who, row in opened.items()}


def month_checks(*, by: Actor) -> tuple[list[Row], bool]:
    """Return who began work more than a month ago, of whom nobody has said whether it lasted.

    Of those whom no check asks: OSA, what ended elsewhere, and what ended before checks were
    booked. Those whose enrolment the actor closed; for a supervisor, the unit's. In Swedish order
    of names, at most the 200 who began first; the second value tells whether there are more.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        began_on, reach = checks.BEGAN_ON, responsibilities.within_reach(by=by)
        asked = sa.exists().where(CHECK.c.enrolment_id == PERIOD.c.id, CHECK.c.day == rules.A_MONTH)
        wanted = (
            sa.select(
                PERIOD.c.id, PERIOD.c.participant_id, PERIOD.c.closing_result,
                began_on.label("began_on"),
            )
            .where(
                PERIOD.c.lasted_one_month == "pending",
                began_on <= rules.last_start_over(clock.today()),
                ~asked,
                sa.or_(PERIOD.c.closed_by == by.id, PERIOD.c.participant_id.in_(reach)),
            )
            .order_by(began_on, PERIOD.c.id)
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


def due_checks(*, by: Actor, on: date | None = None) -> tuple[list[Row], bool]:
    """Return the checks that the actor is to ask by a day, or today, what fell first first.

    Of those whom the actor is responsible for, for a supervisor the unit's, and of whoever has
    nobody any more, those whose enrolment the actor closed. Without those tried today, and those
    tried so often that they are set aside. A name is there where it may be read, each with an entry
    of its own. At most 200; the second value tells whether there are more.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        wanted = checks.ROW.where(*_due(by, on or clock.today()))
        wanted = wanted.order_by(CHECK.c.falls_on, CHECK.c.id).limit(MOST_SHOWN + 1)
        rows = checks.shown(db.session.execute(wanted).all())
        return _with_whom(by, rows[:MOST_SHOWN]), len(rows) > MOST_SHOWN


def how_many_due(*, by: Actor) -> int:
    """Return how many checks the actor is to ask by today."""
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        due = checks.ROW.where(*_due(by, clock.today())).subquery()
        return db.session.scalars(sa.select(sa.func.count()).select_from(due)).one()


def _due(by: Actor, on: date) -> tuple[sa.ColumnElement[bool], ...]:
    tried_on = CHECK.c.tried_on
    return (
        CHECK.c.answer.is_(None),
        CHECK.c.falls_on <= public_holidays.working_day_until(on),
        sa.or_(
            CHECK.c.day == rules.A_MONTH,
            PERIOD.c.lasted_one_month.is_distinct_from(rules.NO_MORE),
        ),
        sa.func.cardinality(tried_on) < rules.MOST_TRIES,
        ~tried_on.contains([clock.today()]),
        checks.waits_for(by),
    )


def said_today(*, by: Actor) -> list[Row]:
    """Return the checks of which the actor has said something today, the latest first, at most 200.

    So that a slip is taken back where it was made. As `due_checks` shows them.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        today = clock.start_of(clock.today())
        wanted = checks.ROW.where(
            CHECK.c.said_by == by.id, CHECK.c.said_at >= today, checks.waits_for(by)
        )
        wanted = wanted.order_by(CHECK.c.said_at.desc(), CHECK.c.id).limit(MOST_SHOWN)
        return _with_whom(by, checks.shown(db.session.execute(wanted).all()))


def checks_of(*, by: Actor, participant: UUID) -> list[Row]:
    """Return every check of a participant, as their days come; the reading is on the trail.

    As `due_checks` shows them. Raises as `participants.open_person` does.
    """
    with transaction(by=by):
        person = reading.open_person(by=by, id=participant)
        trail.record(by=by, action="read", kind="participant", id=participant, part="checks")
        name, case_number = person.identity.name, person.row.case_number
        whom = _whom(Glimpse(participant, case_number, name, reason_required=False))
        return [row | whom for row in checks.of_people([participant])]


def _with_whom(by: Actor, rows: list[Row]) -> list[Row]:
    people = reading.glimpses(by=by, ids={row["participant_id"] for row in rows})
    seen = {person.id: _whom(person) for person in people}
    return [row | seen[row["participant_id"]] for row in rows]


def _seen(person: Glimpse, enrolment: UUID) -> Row:
    return {"enrolment_id": enrolment} | _whom(person)


def _whom(person: Glimpse) -> Row:
    return {
        "participant_id": person.id,
        "case_number": person.case_number,
        "name": person.name,
        "reason_required": person.reason_required,
    }
