"""The breakdowns: where a row is counted, and that every line adds up."""

from __future__ import annotations

from dataclasses import replace

from outreach.indicators import tables
from outreach.indicators.counting import CountRow
from outreach.indicators.persons import Person
from outreach.indicators.tables import PERSONS, RESIDUAL, TABLES, TOTAL

_VALUES = {
    "site": ("hagalund", "bagartorp"),
    "activity": ("open", "outreach"),
    "month": ("2026-01",),
    "gender": ("woman", "man"),
    "age_band": ("18-29", "30-44"),
    "route_in": ("own_initiative", "unknown"),
}
_WOMAN = CountRow(
    "2026-01", "hagalund", "open", "drop_in", "30-44", "woman", "no", "anonymous", 7, 7
)
_BY_ID = {table.id: table for table in TABLES}
_OF_ROWS = [table for table in TABLES if table.measure != PERSONS]


def test_other_declined_and_unknown_are_only_in_the_total() -> None:
    for gender in ("other", "declined", "unknown"):
        assert tables.places_of("gender", replace(_WOMAN, gender=gender)) == {RESIDUAL}
    assert tables.places_of("age_band", replace(_WOMAN, age_band="unknown")) == {RESIDUAL}
    assert tables.places_of("site", replace(_WOMAN, gender="other")) == {"hagalund"}


def test_a_protected_person_is_only_in_the_total_of_every_dimension() -> None:
    protected = replace(_WOMAN, identity="protected")

    assert {tables.places_of(name, protected) for name in _VALUES} == {frozenset({RESIDUAL})}


def test_brief_and_third_party_contacts_are_in_no_table() -> None:
    rows = [replace(_WOMAN, contact_type=kind) for kind in ("brief", "third_party")]

    for table in _OF_ROWS:
        assert set(tables.filled(table, rows, _VALUES).values()) == {0}


def test_a_group_is_one_contact_and_as_many_visitors_as_came() -> None:
    group = replace(_WOMAN, contact_type="group", contacts=1, headcount=9)

    contacts = tables.filled(_BY_ID["contacts_site_month"], [group], _VALUES)
    visitors = tables.filled(_BY_ID["visitors_site_month"], [group], _VALUES)

    assert contacts[tables.cell(_BY_ID["contacts_site_month"], (TOTAL, TOTAL))] == 1
    assert visitors[tables.cell(_BY_ID["visitors_site_month"], (TOTAL, TOTAL))] == 9


def test_a_phone_call_is_a_contact_but_no_visitor() -> None:
    call = replace(_WOMAN, contact_type="phone")

    contacts = tables.filled(_BY_ID["contacts_site_month"], [call], _VALUES)
    visitors = tables.filled(_BY_ID["visitors_site_month"], [call], _VALUES)

    assert max(contacts.values()) == 7
    assert max(visitors.values()) == 0


def test_every_sum_of_every_table_adds_up() -> None:
    rows = [
        _WOMAN,
        replace(_WOMAN, gender="other", contacts=2),
        replace(_WOMAN, site="bagartorp", activity="outreach", contacts=11, age_band="unknown"),
    ]

    for table in _OF_ROWS:
        counts = tables.filled(table, rows, _VALUES)
        for each in tables.sums(table, _VALUES):
            assert counts[each.total] == sum(counts[part] for part in each.parts)


def test_a_person_is_at_every_place_where_they_took_part_and_once_in_the_total() -> None:
    both = Person(frozenset({"hagalund", "bagartorp"}), "woman", "30-44", "identified")
    people = [both, replace(both, site=frozenset({"hagalund"})), replace(both, gender="other")]
    by_site, by_gender = _BY_ID["persons_site"], _BY_ID["persons_gender_age"]

    counts = tables.filled(by_site, people, _VALUES) | tables.filled(by_gender, people, _VALUES)

    assert [counts[tables.cell(by_site, (at,))] for at in ("hagalund", "bagartorp", TOTAL)] == [
        3, 2, 3,
    ]  # fmt: skip
    assert counts[tables.cell(by_gender, ("woman", "30-44"))] == 2
    assert counts[tables.cell(by_gender, (RESIDUAL, TOTAL))] == 1


def test_a_protected_person_is_at_no_place_of_any_table() -> None:
    both = Person(frozenset({"hagalund", "bagartorp"}), "woman", "30-44", "protected")

    for table in (_BY_ID["persons_site"], _BY_ID["persons_gender_age"]):
        counts = tables.filled(table, [both], _VALUES)
        shown = {cell for cell, count in counts.items() if count}
        assert {place for cell in shown for _, place in cell.narrowed} == {RESIDUAL}


def test_only_persons_by_place_and_by_way_in_overlap() -> None:
    covers = {
        (table.id, each.total.narrowed)
        for table in TABLES
        for each in tables.sums(table, _VALUES)
        if each.is_cover
    }

    assert covers == {("persons_site", frozenset()), ("persons_route_in", frozenset())}
