"""The statements over enrolments and handoffs: who came, who left, what was last said of them.

Everything here runs in the caller's transaction, which must act as the system, as in `cube.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from outreach.contacts.models import Contact, ContactLink
from outreach.enrolments.models import Enrolment
from outreach.enrolments.rules import IN_ERROR
from outreach.foundation import clock
from outreach.foundation.database import db
from outreach.foundation.periods import Period
from outreach.handoffs.models import Handoff
from outreach.indicators import cube
from outreach.indicators.amg import Stay
from outreach.indicators.closings import Closing
from outreach.indicators.counting import UNCOUNTED
from outreach.indicators.routes import Arrival
from outreach.participants.models import Participant
from outreach.reported.models import AmgEnrolment


def closings_until(last: date) -> list[Closing]:
    """Return every enrolment that has ended up to a day, as it stands now."""
    cube.require_everybody()
    query = (
        sa.select(
            Participant.statistical_key, Enrolment.id, Enrolment.closed_on,
            Enrolment.closing_result, Enrolment.start_date, Enrolment.funded,
            Enrolment.lasted_one_month,
        )
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(Enrolment.closed_on <= last)
    )  # fmt: skip
    return [Closing(*cast("Any", row)) for row in db.session.execute(query)]


def last_genders(keys: Collection[UUID], last: date) -> dict[UUID, str]:
    """Return the gender that each key's last contact up to a day said; none: not among them.

    Of several keys that are one person's the caller takes the latest: they come in the order of
    time, the last one last.
    """
    cube.require_everybody()
    wanted = sa.func.any(sa.cast(list(keys), sa.ARRAY(sa.Uuid)))
    latest = (
        sa.select(
            Participant.statistical_key, Contact.occurred_at, Contact.id, Contact.gender
        )
        .ext(distinct_on(Participant.statistical_key))
        .join(ContactLink, ContactLink.participant_id == Participant.id)
        .join(Contact, Contact.id == ContactLink.contact_id)
        .where(Participant.statistical_key == wanted, Contact.local_day <= last)
        .where(Contact.voided_at.is_(None), ContactLink.undone_at.is_(None))
        .where(Contact.contact_type.not_in(UNCOUNTED))
        .order_by(Participant.statistical_key, Contact.occurred_at.desc(), Contact.id.desc())
        .subquery()
    )  # fmt: skip
    in_time = sa.select(latest.c.statistical_key, latest.c.gender).order_by(
        latest.c.occurred_at, latest.c.id
    )
    return {row.statistical_key: row.gender for row in db.session.execute(in_time)}


def routes_in(period: Period) -> list[tuple[UUID, str]]:
    """Return the ways of all enrolments that overlap a period, each with whose it is."""
    cube.require_everybody()
    query = (
        sa.select(Participant.statistical_key, Enrolment.route_in)
        .join(Enrolment, Enrolment.participant_id == Participant.id)
        .where(Enrolment.opened_on <= period.last)
        .where(sa.or_(Enrolment.closed_on.is_(None), Enrolment.closed_on >= period.first))
        .where(Enrolment.closing_result.is_distinct_from(IN_ERROR))
    )
    return [(key, route) for key, route in db.session.execute(query)]


def arrivals_in(period: Period) -> list[Arrival]:
    """Return every enrolment that was opened in a period, and every handoff to us sent in it.

    One that was registered in error never was.
    """
    cube.require_everybody()
    key = Participant.statistical_key
    opened = (
        sa.select(key, Enrolment.opened_on, Enrolment.route_in, Enrolment.origin)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(Enrolment.opened_on.between(period.first, period.last))
        .where(Enrolment.closing_result.is_distinct_from(IN_ERROR))
    )
    sent = (
        sa.select(key, Handoff.sent_at, Handoff.origin, Handoff.started_at.is_not(None))
        .join(Participant, Participant.id == Handoff.participant_id)
        .where(Handoff.direction == "in", *_sent_in(period))
    )
    came = [
        Arrival(whose, on, route, origin, is_enrolment=True)
        for whose, on, route, origin in db.session.execute(opened)
    ]
    for row in db.session.execute(sent):
        whose, at, origin, has_started = cast("Any", row)
        on = clock.local(at).date()
        came.append(
            Arrival(whose, on, "handed_off", origin, is_enrolment=False, has_started=has_started)
        )
    return came


def stays_at_the_unit() -> list[Stay]:
    """Return every enrolment that the labour market unit has reported."""
    cube.require_everybody()
    told = sa.select(
        AmgEnrolment.person_key, AmgEnrolment.start_on, AmgEnrolment.end_on, AmgEnrolment.unit,
        AmgEnrolment.exit_result, AmgEnrolment.main_income_after, AmgEnrolment.supplement,
    )  # fmt: skip
    return [Stay(*row) for row in db.session.execute(told)]


def taken_on_by(teams: Collection[str], period: Period) -> set[UUID]:
    """Return the keys of everybody whom one of the teams took on in a period."""
    cube.require_everybody()
    first, after = clock.span(period.first, period.last)
    query = (
        sa.select(Participant.statistical_key)
        .join(Handoff, Handoff.participant_id == Participant.id)
        .where(Handoff.direction == "out", Handoff.team.in_(teams), Handoff.state != "declined")
        .where(Handoff.decided_at >= first, Handoff.decided_at < after)
    )
    return set(db.session.scalars(query))


def handed_over_to(teams: Collection[str], period: Period) -> set[UUID]:
    """Return the keys of everybody who was handed over to one of the teams in a period."""
    cube.require_everybody()
    query = (
        sa.select(Participant.statistical_key)
        .join(Handoff, Handoff.participant_id == Participant.id)
        .where(Handoff.direction == "out", Handoff.team.in_(teams), *_sent_in(period))
    )
    return set(db.session.scalars(query))


def _sent_in(period: Period) -> tuple[sa.ColumnElement[bool], ...]:
    first, after = clock.span(period.first, period.last)
    return Handoff.sent_at >= first, Handoff.sent_at < after
