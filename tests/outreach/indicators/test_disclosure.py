"""The disclosure gate: what is hidden, and that no single sum gives it away."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.indicators import tables
from outreach.indicators.definitions import CountRow
from outreach.indicators.disclosure import hidden
from outreach.indicators.tables import RESIDUAL, TABLES, TOTAL, Cell, Sum

_THRESHOLD = 5
_SITE_ACTIVITY, _SITE_MONTH, _GENDER_AGE, _ = TABLES
_VALUES = {
    "site": ("hagalund", "bagartorp"),
    "activity": ("open", "outreach"),
    "month": ("2026-01", "2026-02"),
    "gender": ("woman", "man"),
    "age_band": ("18-29", "30-44"),
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


def _world(rows: Iterable[CountRow]) -> tuple[dict[Cell, int], list[Sum]]:
    kept = list(rows)
    counts: dict[Cell, int] = {}
    sums: list[Sum] = []
    for table in TABLES:
        counts |= tables.filled(table, kept, _VALUES)
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


@settings(max_examples=300, deadline=None)
@given(_rows)
def test_every_count_below_the_threshold_is_hidden_and_no_zero_is(rows: list[CountRow]) -> None:
    counts, sums = _world(rows)

    gone = hidden(counts, sums, _THRESHOLD)

    assert {cell for cell, count in counts.items() if 0 < count < _THRESHOLD} <= gone
    assert not {cell for cell, count in counts.items() if count == 0} & gone


@settings(max_examples=300, deadline=None)
@given(_rows)
def test_no_single_sum_leaves_a_hidden_count_fewer_possibilities_than_the_threshold(
    rows: list[CountRow],
) -> None:
    counts, sums = _world(rows)

    gone = hidden(counts, sums, _THRESHOLD)

    for each in sums:
        if each.total in gone:
            shown = [part for part in each.parts if part not in gone]
            assert len(shown) < len(each.parts)
        else:
            for beliefs in _possible(each, counts, gone).values():
                assert len(beliefs) >= _THRESHOLD


@settings(max_examples=100, deadline=None)
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
