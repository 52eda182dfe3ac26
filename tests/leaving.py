"""Who left and how they went on: the rows of it, and a second counting, one person at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from outreach.contacts.models import Contact, ContactLink
from outreach.enrolments.models import Enrolment
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.identification.models import ParticipantJoin
from outreach.participants.models import Participant
from outreach.reported.models import AmgEnrolment
from tests.builders import uuid7

_STOCKHOLM = ZoneInfo("Europe/Stockholm")
_WORK = {"work_unsupported", "work_supported", "own_business"}
_STUDIES = {"studies_funded", "education_other"}
_HANDED_OFF = {"handed_off_internal", "handed_off_external"}
_FURTHEST = ["work", "education", "placement", "osa", "handed_off", "other", "dead"]


@dataclass
class Left:
    """What is to be told of a period."""

    everybody: int = 0
    gone_on: int = 0
    comparable: int = 0
    took_part: int = 0
    participants: int = 0
    later: int = 0
    cells: Counter[tuple[str, str]] = field(default_factory=Counter)


def ended(by: Actor, person: UUID, on: date, result: str, **said: Any) -> None:
    """Let an enrolment of somebody have ended, as the use cases leave the row."""
    row = {
        "id": uuid7(),
        "participant_id": person,
        "opened_on": on - timedelta(days=60),
        "opened_by": by.id,
        "route_in": "own_initiative",
        "closed_on": on,
        "closed_by": by.id,
        "closing_result": result,
        "sameness": b"",
    }
    with transaction(by=system("test")) as session:
        session.add(Enrolment(**(row | said)))


def left_said(first: date, last: date) -> Left:
    """Return what the rows say of everybody who left from a day to a day, both included."""
    with transaction(by=system("test")):
        people = {each.id: each for each in db.session.scalars(sa.select(Participant))}
        pairs = [
            {each.participant_id, each.other_id}
            for each in db.session.scalars(sa.select(ParticipantJoin))
            if not each.undone_at
        ]
        links = [each for each in db.session.scalars(sa.select(ContactLink)) if not each.undone_at]
        contacts = {each.id: each for each in db.session.scalars(sa.select(Contact))}
        enrolments = list(db.session.scalars(sa.select(Enrolment)))
    found, waiting = Left(), set(people)
    while waiting:
        one = {waiting.pop()}
        while more := {end for pair in pairs if pair & one for end in pair} - one:
            one |= more
        waiting -= one
        met = [contacts[each.contact_id] for each in links if each.participant_id in one]
        own = [each for each in enrolments if each.participant_id in one]
        is_protected = any(people[each].protected for each in one)
        _count(found, own, met, (first, last), is_protected=is_protected)
    return found


def _count(
    found: Left,
    own: list[Enrolment],
    met: list[Contact],
    days: tuple[date, date],
    *,
    is_protected: bool,
) -> None:
    first, last = days
    counting = [
        each
        for each in met
        if each.voided_at is None
        and each.contact_type not in {"brief", "third_party"}
        and _day(each) <= last
    ]
    participates = any(each.contact_type != "phone" and first <= _day(each) for each in counting)
    found.participants += participates
    over = [
        each
        for each in own
        if each.closed_on
        and each.closed_on <= last
        and each.closing_result != "registered_in_error"
    ]
    if not over:
        return
    latest = max(each.closed_on for each in over if each.closed_on)
    if latest < first:
        return
    on_that_day = [each for each in over if each.closed_on == latest]
    final = min(on_that_day, key=lambda each: (_FURTHEST.index(_way(each)), -each.id.int))
    way = _way(final)
    if way == "dead":
        return
    went = way in {"work", "education", "placement"}
    lasted = way == "work" and final.lasted_one_month == "yes"
    paid = way == "education" and (final.closing_result == "studies_funded" or bool(final.funded))
    before = any(
        _way(each) == "handed_off" and each.closed_on and each.closed_on < latest for each in over
    )
    found.everybody += 1
    found.gone_on += went
    found.comparable += lasted or paid
    found.took_part += went and participates
    found.later += went and before
    gender = max(counting, key=lambda each: (each.occurred_at, each.id)).gender if counting else ""
    across = gender if gender in {"woman", "man"} and not is_protected else "residual"
    down = "residual" if is_protected else way
    for place in ((down, across), (down, "total"), ("total", across), ("total", "total")):
        found.cells[place] += 1


def _way(enrolment: Enrolment) -> str:
    result = enrolment.closing_result or ""
    way = (
        "work" if result in _WORK
        else "education" if result in _STUDIES
        else "placement" if result == "work_placement"
        else "osa" if result == "osa_employment"
        else "handed_off" if result in _HANDED_OFF
        else "dead" if result == "deceased"
        else "other"
    )  # fmt: skip
    begins = enrolment.start_date or enrolment.closed_on
    is_late = bool(
        begins and enrolment.closed_on and begins - enrolment.closed_on > timedelta(days=30)
    )
    return "other" if is_late and way in {"work", "education", "placement"} else way


def _day(contact: Contact) -> date:
    return contact.occurred_at.astimezone(_STOCKHOLM).date()


def told_cells(answer: dict[str, object]) -> Counter[tuple[str, str]]:
    """Return the cells of the table as an answer tells them."""
    tables = answer["tables"]
    assert isinstance(tables, list)
    [table] = [each for each in tables if each["id"] == "closings_group_gender"]
    return Counter(
        {
            (cell["key"]["group"], cell["key"]["gender"]): cell["value"]
            for cell in table["cells"]
            if cell["value"]
        }
    )


def stays_said(first: date, last: date) -> dict[str, int]:
    """Return what the labour market unit's rows say of a period: SN1, SN2, what is beside them."""
    with transaction(by=system("test")):
        rows = list(db.session.scalars(sa.select(AmgEnrolment)))
    keys = {row.person_key for row in rows}
    own = {key: [row for row in rows if row.person_key == key] for key in keys}
    found = dict.fromkeys(("SN1", "enrolments", "new", "SN2", "left", "unknown"), 0)
    for stays in own.values():
        there = [
            each
            for each in stays
            if each.start_on <= last and (each.end_on is None or each.end_on >= first)
        ]
        found["SN1"] += bool(there)
        found["enrolments"] += len(there)
        found["new"] += bool(there) and all(each.start_on >= first for each in there)
        exits = [each for each in stays if each.end_on and first <= each.end_on <= last]
        if not exits:
            continue
        final = max(exits, key=lambda each: (each.end_on, each.start_on, each.exit_result or ""))
        assert final.end_on
        back = final.end_on + timedelta(days=30)
        if any(
            each is not final
            and each.start_on <= back
            and (each.end_on is None or each.end_on > final.end_on)
            for each in stays
        ):
            continue
        found["left"] += 1
        if final.exit_result not in _WORK | {"studies_funded"}:
            continue
        if final.supplement or final.main_income_after == "financial_assistance":
            continue
        if final.main_income_after in {None, "unknown", "declined"}:
            found["unknown"] += 1
        else:
            found["SN2"] += 1
    return found
