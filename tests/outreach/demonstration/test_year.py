"""The invented year: the same for the same day, with a rhythm that a town has."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

from outreach.demonstration import year
from outreach.foundation import clock

NOW = datetime.fromisoformat("2026-11-23T14:20:00+01:00")
SHIFTS = list(year.shifts(NOW))
CONTACTS = [contact for shift in SHIFTS for contact in shift.contacts]


def _at(contact: dict[str, str]) -> datetime:
    return clock.local(datetime.fromisoformat(contact["occurred_at"]))


def test_a_year_has_as_many_contacts_as_three_places_and_outreach_would() -> None:
    assert 6_000 <= len(CONTACTS) <= 9_000
    assert len({contact["id"] for contact in CONTACTS}) == len(CONTACTS)


def test_nothing_lies_ahead_and_the_first_lies_thirteen_months_back() -> None:
    instants = [_at(contact) for contact in CONTACTS]

    assert max(instants) <= NOW
    assert timedelta(days=380) < NOW - min(instants) < timedelta(days=400)
    assert all(first.entered_at <= second.entered_at for first, second in pairwise(SHIFTS))


def test_a_day_is_the_same_whenever_it_is_told_of() -> None:
    week_later = list(year.shifts(NOW + timedelta(days=7)))
    told = {contact["id"]: contact for shift in week_later for contact in shift.contacts}
    lasting = [contact for contact in CONTACTS if NOW - _at(contact) < timedelta(days=300)]

    assert all(told[contact["id"]] == contact for contact in lasting)


def test_summer_is_quiet_and_weekends_and_christmas_are_closed() -> None:
    months = Counter(_at(contact).month for contact in CONTACTS)
    days = {_at(contact).date() for contact in CONTACTS}

    assert months[7] < months[9] / 3
    assert all(day.weekday() < 5 and (day.month, day.day) != (12, 24) for day in days)


def test_what_goes_wrong_on_the_way_is_there() -> None:
    mendings = [mending for shift in SHIFTS for mending in shift.mendings]

    assert {mending.void_reason for mending in mendings} >= {None, "duplicate", "mistap"}
    assert any(shift.entered_at - shift.ends_at > timedelta(days=1) for shift in SHIFTS)
    assert Counter(contact["age_band"] for contact in CONTACTS)["16-17"] < 100
    kinds = {contact["contact_type"] for contact in CONTACTS}
    assert kinds >= {"drop_in", "outreach", "brief", "group", "phone"}
