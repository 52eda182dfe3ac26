"""The disclosure gate: what is hidden, and that no single sum gives it away."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.indicators import tables
from outreach.indicators.counting import CountRow
from outreach.indicators.disclosure import hidden, of_too_few
from outreach.indicators.persons import Person
from outreach.indicators.tables import PERSONS, RESIDUAL, TABLES, TOTAL, Cell, Sum

_THRESHOLD = 5
_SITE_ACTIVITY, _SITE_MONTH, _GENDER_AGE, _, _PERSONS_SITE, *_others = TABLES
_VALUES = {
    "site": ("hagalund", "bagartorp"),
    "activity": ("open", "outreach"),
    "month": ("2026-01", "2026-02"),
    "gender": ("woman", "man"),
    "age_band": ("18-29", "30-44"),
    "route_in": ("own_initiative", "unknown"),
}


def _row(contacts: int, **said: str) -> CountRow:
    facts = {
        "month": "2026-01",
        "site": "hagalund",
        "activity": "open",
        "contact_type": "drop_in",
        "age_band": "30-44",
        "gender": "woman",
        "first_time": "no",
        "identity": "anonymous",
    } | said
    return CountRow(contacts=contacts, headcount=contacts, **facts)


def _world(
    rows: Iterable[CountRow], people: Iterable[Person] = ()
) -> tuple[dict[Cell, int], list[Sum]]:
    kept, persons = list(rows), list(people)
    counts: dict[Cell, int] = {}
    sums: list[Sum] = []
    for table in TABLES:
        things = persons if table.measure == PERSONS else kept
        counts |= tables.filled(table, things, _VALUES)
        sums += tables.sums(table, _VALUES)
    return counts, sums


_rows = st.lists(
    st.builds(
        _row,
        st.integers(1, 30),
        site=st.sampled_from(_VALUES["site"]),
        activity=st.sampled_from(_VALUES["activity"]),
        month=st.sampled_from(_VALUES["month"]),
        gender=st.sampled_from(["woman", "man", "other", "declined", "unknown"]),
        age_band=st.sampled_from(["18-29", "30-44", "unknown"]),
    ),
    max_size=12,
)


_people = st.lists(
    st.builds(
        Person,
        site=st.frozensets(st.sampled_from(_VALUES["site"]), min_size=1),
        gender=st.sampled_from(["woman", "man", "other"]),
        age_band=st.sampled_from(["18-29", "30-44", "unknown"]),
        identity=st.sampled_from([*["identified"] * 5, "protected"]),
    ),
    max_size=40,
)


def _possible_of_cover(
    each: Sum, counts: Mapping[Cell, int], gone: frozenset[Cell]
) -> list[set[int]]:
    """Return what a reader of one cover can still believe of each of its hidden numbers."""
    shown = [counts[part] for part in each.parts if part not in gone]
    unknown, total = len(each.parts) - len(shown), counts[each.total]
    least, most = max(shown, default=0), sum(shown)
    if each.total in gone:
        return [] if unknown else [set(range(max(1, least), most + 1))]
    # With the others at their largest, which is the total, the sum must reach the total.
    fits = {one for one in range(1, total + 1) if most + one + (unknown - 1) * total >= total}
    return [fits] * unknown


def _possible(each: Sum, counts: Mapping[Cell, int], gone: frozenset[Cell]) -> dict[Cell, set[int]]:
    """Return what a reader of one sum can still believe of each of its hidden parts."""
    unknown = [part for part in each.parts if part in gone]
    together = sum(counts[part] for part in unknown)
    top = together - len(unknown) + 1
    beliefs: dict[Cell, set[int]] = {part: set() for part in unknown}
    if len(unknown) == 1:
        beliefs[unknown[0]] = {together}
    elif len(unknown) == 2:
        for one in range(1, together):
            beliefs[unknown[0]].add(one)
            beliefs[unknown[1]].add(together - one)
    else:
        for part in unknown:
            beliefs[part] = set(range(1, top + 1))
    return beliefs


@settings(max_examples=40, deadline=None)
@given(_rows)
def test_every_count_below_the_threshold_is_hidden_and_no_zero_is(rows: list[CountRow]) -> None:
    counts, sums = _world(rows)

    gone = hidden(counts, sums, _THRESHOLD)

    assert {cell for cell, count in counts.items() if 0 < count < _THRESHOLD} <= gone
    assert not {cell for cell, count in counts.items() if count == 0} & gone


@settings(max_examples=40, deadline=None)
@given(_rows)
def test_no_single_sum_leaves_a_hidden_count_fewer_possibilities_than_the_threshold(
    rows: list[CountRow],
) -> None:
    counts, sums = _world(rows)

    gone = hidden(counts, sums, _THRESHOLD)

    for each in sums:
        if each.is_cover:
            continue
        if each.total in gone:
            shown = [part for part in each.parts if part not in gone]
            assert len(shown) < len(each.parts)
        else:
            for beliefs in _possible(each, counts, gone).values():
                assert len(beliefs) >= _THRESHOLD


@settings(max_examples=15, deadline=None)
@given(_rows, st.randoms())
def test_the_order_of_the_rows_does_not_matter(rows: list[CountRow], random: object) -> None:
    counts, sums = _world(rows)
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert hidden(counts, sums, _THRESHOLD) == hidden(_world(shuffled)[0], sums, _THRESHOLD)


def test_one_small_count_takes_the_next_smallest_beside_it_along() -> None:
    counts, sums = _world(
        [
            _row(3, site="hagalund", activity="open"),
            _row(20, site="hagalund", activity="outreach"),
            _row(9, site="bagartorp", activity="open"),
            _row(30, site="bagartorp", activity="outreach"),
        ]
    )

    gone = hidden(counts, sums, _THRESHOLD)

    inside = {
        at: tables.cell(_SITE_ACTIVITY, at) in gone
        for at in itertools.product(_VALUES["site"], _VALUES["activity"])
    }
    assert all(inside.values())
    assert tables.cell(_SITE_ACTIVITY, (TOTAL, TOTAL)) not in gone


def test_a_total_hidden_in_one_table_is_hidden_in_the_other() -> None:
    counts, sums = _world([_row(40, site="bagartorp"), _row(2, site="hagalund")])

    gone = hidden(counts, sums, _THRESHOLD)

    assert tables.cell(_SITE_ACTIVITY, ("hagalund", TOTAL)) == tables.cell(
        _SITE_MONTH, ("hagalund", TOTAL)
    )
    assert tables.cell(_SITE_MONTH, ("hagalund", TOTAL)) in gone
    assert tables.cell(_SITE_MONTH, ("bagartorp", TOTAL)) in gone


def test_a_residual_is_hidden_like_any_count() -> None:
    counts, sums = _world([_row(40), _row(30, gender="man"), _row(2, gender="other")])

    gone = hidden(counts, sums, _THRESHOLD)

    assert tables.cell(_GENDER_AGE, (RESIDUAL, TOTAL)) in gone
    assert tables.cell(_GENDER_AGE, ("man", TOTAL)) in gone


def test_nothing_is_hidden_where_every_count_is_large_or_nought() -> None:
    counts, sums = _world([_row(40), _row(30, gender="man", month="2026-02")])

    assert hidden(counts, sums, _THRESHOLD) == frozenset()


_AT_HAGALUND = tables.cell(_PERSONS_SITE, ("hagalund",))


@settings(max_examples=40, deadline=None)
@given(_people)
def test_parts_that_overlap_leave_as_many_possibilities_and_share_no_small_number(
    people: list[Person],
) -> None:
    counts, sums = _world([], people)

    gone = hidden(counts, sums, _THRESHOLD)

    assert {cell for cell, count in counts.items() if 0 < count < _THRESHOLD} <= gone
    (cover,) = (each for each in sums if each.is_cover and _AT_HAGALUND in each.parts)
    for beliefs in _possible_of_cover(cover, counts, gone):
        assert len(beliefs) >= _THRESHOLD
        assert cover.total in gone or beliefs >= set(range(1, _THRESHOLD))
    if gone.isdisjoint({cover.total, *cover.parts}):
        shared = sum(counts[part] for part in cover.parts) - counts[cover.total]
        assert shared == 0 or shared >= _THRESHOLD


def _persons(number: int, *sites: str) -> list[Person]:
    return [Person(frozenset(sites), "woman", "30-44", "identified")] * number


def test_how_many_came_to_both_places_is_a_number_like_any_other() -> None:
    few_at_both = _persons(9, "hagalund") + _persons(8, "bagartorp")
    at_both = ("hagalund", "bagartorp")

    few = hidden(*_world([], few_at_both + _persons(2, *at_both)), _THRESHOLD)
    many = hidden(*_world([], few_at_both + _persons(6, *at_both)), _THRESHOLD)

    assert few == {tables.cell(_PERSONS_SITE, (site,)) for site in at_both}
    assert many == frozenset()


def test_a_small_place_takes_another_along_only_where_the_total_would_tell_how_small() -> None:
    hagalund = _persons(9, "hagalund")
    bagartorp = tables.cell(_PERSONS_SITE, ("bagartorp",))

    elsewhere_too = _world([], hagalund + _persons(3, "hagalund", "bagartorp"))
    nowhere_else = _world([], hagalund + _persons(3, "bagartorp"))

    assert hidden(*elsewhere_too, _THRESHOLD) == {bagartorp}
    assert hidden(*nowhere_else, _THRESHOLD) == {
        bagartorp,
        tables.cell(_PERSONS_SITE, ("hagalund",)),
    }


def test_a_count_is_hidden_when_too_few_stand_behind_it_or_one_with_more_than_half() -> None:
    cell = Cell("contacts")
    shares = {
        (10, (5, 4)): False,  # two persons, and an anonymous contact that may be a third's
        (9, (5, 4)): True,  # two persons
        (9, (5,)): True,  # one with more than half, beside four who are anonymous
        (10, (5,)): False,  # one with half, beside five who are anonymous
        (10, (5, 3, 2)): False,
        (10, (6, 2, 2)): True,
        (10, ()): False,
        (0, (1,)): False,  # linked since the night that counted
    }

    for (count, own), is_hidden in shares.items():
        assert (cell in of_too_few({cell: count}, {cell: own})) is is_hidden, (count, own)


def test_what_is_hidden_for_another_reason_takes_the_next_along_as_well() -> None:
    counts, sums = _world([_row(40), _row(30, gender="man"), _row(20, gender="other")])
    women = tables.cell(_GENDER_AGE, ("woman", TOTAL))

    gone = hidden(counts, sums, _THRESHOLD, {women})

    assert women in gone
    assert tables.cell(_GENDER_AGE, (RESIDUAL, TOTAL)) in gone
    assert tables.cell(_GENDER_AGE, ("man", TOTAL)) not in gone
