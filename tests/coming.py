"""Who came from the social services committee and how: a second counting, person by person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from outreach.enrolments.models import Enrolment
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.handoffs.models import Handoff
from outreach.identification.models import ParticipantJoin
from outreach.participants.models import Participant

_STOCKHOLM = ZoneInfo("Europe/Stockholm")
_WAYS = ["referred", "assigned", "handed_off", "signposted"]


@dataclass
class Came:
    """What is to be told of a period."""

    routes: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys((*_WAYS, "own_initiative", "outreach"), 0)
    )
    events: int = 0
    started: int = 0
    towards: int = 0


def came_said(first: date, last: date) -> Came:
    """Return what the rows say of everybody who came from a day to a day, both included."""
    with transaction(by=system("test")):
        people = set(db.session.scalars(sa.select(Participant.id)))
        pairs = [
            {each.participant_id, each.other_id}
            for each in db.session.scalars(sa.select(ParticipantJoin))
            if not each.undone_at
        ]
        enrolments = [
            each
            for each in db.session.scalars(sa.select(Enrolment))
            if first <= each.opened_on <= last and each.closing_result != "registered_in_error"
        ]
        handoffs = [
            each
            for each in db.session.scalars(sa.select(Handoff))
            if each.sent_at and first <= _day(each.sent_at) <= last
        ]
    found = Came()
    while people:
        one = {people.pop()}
        while more := {end for pair in pairs if pair & one for end in pair} - one:
            one |= more
        people -= one
        _count(
            found,
            [each for each in enrolments if each.participant_id in one],
            [each for each in handoffs if each.participant_id in one],
        )
    return found


def _count(found: Came, enrolments: list[Enrolment], handoffs: list[Handoff]) -> None:
    opened = [each for each in enrolments if _is_of_sn(each.origin) and each.route_in in _WAYS]
    came = [each for each in handoffs if each.direction == "in" and _is_of_sn(each.origin)]
    ways = [each.route_in for each in opened] + ["handed_off" for _ in came]
    if ways:
        found.routes[min(ways, key=_WAYS.index)] += 1
        found.started += bool(opened) or any(each.started_at for each in came)
    found.events += len(opened)
    for handoff in came:
        assert handoff.sent_at
        day = _day(handoff.sent_at)
        month = timedelta(days=30)
        found.events += not any(timedelta(0) <= each.opened_on - day <= month for each in opened)
    for way in ("own_initiative", "outreach"):
        found.routes[way] += any(each.route_in == way for each in enrolments)
    teams = {"osa", "jobbteamet", "arbetsmarknadsgruppen", "ekonomiskt_bistand"}
    found.towards += any(each.direction == "out" and each.team in teams for each in handoffs)


def _is_of_sn(origin: str | None) -> bool:
    return origin is not None and origin.startswith("sn_")


def _day(at: datetime) -> date:
    return at.astimezone(_STOCKHOLM).date()
