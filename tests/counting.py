"""The daily counts, and a second counting in plain Python over plain rows to hold them against."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from outreach.contacts.models import Contact, ContactLink
from outreach.enrolments.models import Enrolment
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.foundation.periods import Period
from outreach.foundation.transaction import transaction
from outreach.identification.models import ParticipantJoin
from outreach.indicators import service
from outreach.indicators.models import daily_counts
from outreach.participants.models import Participant

_STOCKHOLM = ZoneInfo("Europe/Stockholm")
_KEY = ("site", "activity", "contact_type", "age_band", "gender", "first_time")

_APART = {"woman", "man", "18-29", "30-44"}
_PARTICIPATION = {"drop_in", "booked", "outreach", "group", "digital"}

Counts = Counter[tuple[Any, ...]]


def counted() -> Counts:
    """Return what the cube says, cell by cell."""
    db.session.rollback()
    found: Counts = Counter()
    for row in db.session.execute(sa.select(daily_counts)):
        key = (row.local_day, *(getattr(row, name) for name in _KEY), row.identity)
        assert (*key, "contacts") not in found, "a combination comes once a day"
        for measure in ("contacts", "headcount", "minutes"):
            found[*key, measure] = getattr(row, measure)
    return found


def said() -> Counts:
    """Return what the contacts say, counted one at a time."""
    db.session.rollback()
    identities = _identities()
    found: Counts = Counter()
    for contact in db.session.scalars(sa.select(Contact)).yield_per(1_000):
        if contact.voided_at is not None:
            continue
        day = contact.occurred_at.astimezone(_STOCKHOLM).date()
        identity = identities.get(contact.id, "anonymous")
        key = (day, *(getattr(contact, name) for name in _KEY), identity)
        found[*key, "contacts"] += 1
        found[*key, "headcount"] += contact.headcount
        found[*key, "minutes"] += contact.minutes or 0
    db.session.expunge_all()
    return found


def _identities() -> dict[UUID, str]:
    """Return what somebody's contacts are counted as."""
    with transaction(by=system("test")):
        people = db.session.execute(sa.select(Participant.id, Participant.protected)).all()
        links = db.session.execute(
            sa.select(ContactLink.contact_id, ContactLink.participant_id, ContactLink.undone_at)
        ).all()
    protected = {person.id for person in people if person.protected}
    return {
        link.contact_id: "protected" if link.participant_id in protected else "identified"
        for link in links
        if link.undone_at is None
    }


def persons_told(period: Period) -> Counter[tuple[str, ...]]:
    """Return the cells of persons as the product answers them for a period, with nothing hidden."""
    answer = service.figures(by=system("test"), period=period, threshold=5, raw=True)
    return Counter(
        {
            _place(cell["key"]): cell["value"]
            for table in answer["tables"]
            if table["measure"] == "persons"
            for cell in table["cells"]
            if cell["value"]
        }
    )


def _place(key: dict[str, str]) -> tuple[str, ...]:
    """Return where a cell is; one of a single dimension says which."""
    return tuple(key.values()) if len(key) > 1 else (*key, *key.values())


def persons_said() -> Counter[tuple[str, ...]]:
    """Return the cells of persons over all time, counted by going from one person to the next."""
    with transaction(by=system("test")):
        pairs = [
            {join.participant_id, join.other_id}
            for join in db.session.scalars(sa.select(ParticipantJoin))
            if join.undone_at is None
        ]
        links = [each for each in db.session.scalars(sa.select(ContactLink)) if not each.undone_at]
        contacts = {each.id: each for each in db.session.scalars(sa.select(Contact))}
        people = {each.id: each for each in db.session.scalars(sa.select(Participant))}
        enrolments = list(db.session.scalars(sa.select(Enrolment)))
    found: Counter[tuple[str, ...]] = Counter()
    left = set(people)
    while left:
        one = {left.pop()}
        while more := {end for pair in pairs if pair & one for end in pair} - one:
            one |= more
        left -= one
        own = [contacts[each.contact_id] for each in links if each.participant_id in one]
        is_protected = any(people[each].protected for each in one)
        ways = {
            each.route_in
            for each in enrolments
            if each.participant_id in one and each.closing_result != "registered_in_error"
        }
        found.update(_cells_of(own, ways, is_protected=is_protected))
    return found


def _cells_of(own: list[Contact], ways: set[str], *, is_protected: bool) -> set[tuple[str, ...]]:
    """Return the cells, totals too, that one person is counted in."""
    counting = [
        each
        for each in own
        if each.voided_at is None and each.contact_type not in {"brief", "third_party"}
    ]
    places = {each.site for each in counting if each.contact_type in _PARTICIPATION}
    if not places:
        return set()
    last = max(counting, key=lambda each: (each.occurred_at, each.id))
    gender, age = (
        said if said in _APART and not is_protected else "residual"
        for said in (last.gender, last.age_band)
    )
    return {
        *(("site", place) for place in ({"residual"} if is_protected else places)),
        *(("route_in", way) for way in ({"residual"} if is_protected else ways or {"unknown"})),
        ("site", "total"),
        ("route_in", "total"),
        *((one, other) for one in (gender, "total") for other in (age, "total")),
    }


Cells = Counter[tuple[str, ...]]
# Which tables count contacts or visitors, and by what: written out, so that nothing is shared.
_TABLES = {
    "contacts_site_activity": ("site", "activity"),
    "contacts_site_month": ("site", "month"),
    "contacts_gender_age": ("gender", "age_band"),
    "visitors_site_month": ("site", "month"),
}


def contacts_told(period: Period) -> Cells:
    """Return the cells of contacts and visitors as the product answers them, and what is beside."""
    answer = service.figures(by=system("test"), period=period, threshold=5, raw=True)
    found: Cells = Counter()
    for table in answer["tables"]:
        if table["id"] in _TABLES:
            for cell in table["cells"]:
                found[(table["id"], *cell["key"].values())] = cell["value"]
    (beside,) = (each["beside"] for each in answer["figures"] if each["code"] == "SN3")
    return +(found + Counter({("beside", name): number for name, number in beside.items()}))


def contacts_said(period: Period) -> Cells:
    """Return the same, counted from one contact to the next."""
    db.session.rollback()
    identities, found = _identities(), Counter[tuple[str, ...]]()
    for contact in db.session.scalars(sa.select(Contact).where(Contact.voided_at.is_(None))):
        day = contact.occurred_at.astimezone(_STOCKHOLM).date()
        if not period.first <= day <= period.last:
            continue
        identity = identities.get(contact.id, "anonymous")
        visitors = contact.headcount if contact.contact_type in _PARTICIPATION else 0
        is_contact = contact.contact_type not in {"brief", "third_party"}
        places = _places(contact, f"{day:%Y-%m}", is_protected=identity == "protected")
        for table, names in _TABLES.items():
            amount = visitors if table.startswith("visitors") else int(is_contact)
            first, second = (places[name] for name in names)
            for key in product({first, "total"}, {second, "total"}):
                found[(table, *key)] += amount
        found["beside", "visitors"] += visitors
        if is_contact:
            kind = "anonymous_contacts" if identity == "anonymous" else "identified_contacts"
            found.update({("beside", kind): 1, ("beside", "contacts"): 1})
            found["beside", "first_time"] += contact.first_time == "yes"
    db.session.expunge_all()
    return +found


def _places(contact: Contact, month: str, *, is_protected: bool) -> dict[str, str]:
    """Return on which line of each dimension a contact stands."""
    said = {
        "site": contact.site,
        "activity": contact.activity,
        "month": month,
        "gender": contact.gender if contact.gender in {"woman", "man"} else "residual",
        "age_band": contact.age_band if contact.age_band != "unknown" else "residual",
    }
    return dict.fromkeys(said, "residual") if is_protected else said
