"""What fits together of two changes of one thing."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from outreach.sync.conflicts import merged

_NAMES = ("gender", "minutes", "topics")
_values = st.sampled_from([None, 1, 2, 3])
_facts = st.fixed_dictionaries(dict.fromkeys(_NAMES, _values))
_changes = st.dictionaries(st.sampled_from(_NAMES), _values)

Facts = dict[str, Any]


@given(base=_facts, wanted=_changes)
def test_a_change_of_what_nobody_else_touched_is_all_of_it(base: Facts, wanted: Facts) -> None:
    merge = merged(base, base, wanted)

    assert base | merge.changes == base | wanted
    assert (merge.clashes, merge.others) == ((), False)


@given(base=_facts, mine=_changes, theirs=_changes)
def test_nothing_that_somebody_else_changed_is_ever_overwritten(
    base: Facts, mine: Facts, theirs: Facts
) -> None:
    present = base | theirs
    merge = merged(base, present, mine)

    touched = {name for name in _NAMES if present[name] != base[name]}
    assert touched.isdisjoint(merge.changes)
    assert set(merge.clashes) <= touched
    # Whatever is neither written nor told to clash is already so, or was never meant to change.
    for name in mine.keys() - merge.changes.keys() - set(merge.clashes):
        assert mine[name] in (present[name], base[name])


@given(base=_facts, mine=_changes, theirs=_changes)
def test_changes_that_do_not_clash_come_to_the_same_in_either_order(
    base: Facts, mine: Facts, theirs: Facts
) -> None:
    first, second = merged(base, base | theirs, mine), merged(base, base | mine, theirs)

    assert first.clashes == second.clashes or set(first.clashes) == set(second.clashes)
    if not first.clashes:
        assert base | theirs | first.changes == base | mine | second.changes


@given(base=_facts, both=_changes)
def test_the_same_change_twice_is_no_clash(base: Facts, both: Facts) -> None:
    merge = merged(base, base | both, both)

    assert (merge.changes, merge.clashes) == ({}, ())


def test_two_values_for_one_field_clash() -> None:
    merge = merged({"gender": "woman"}, {"gender": "man"}, {"gender": "other"})

    assert (merge.changes, merge.clashes, merge.others) == ({}, ("gender",), True)


def test_a_list_in_another_order_is_the_same() -> None:
    merge = merged({"topics": ["cv", "job"]}, {"topics": ["job", "cv"]}, {"topics": ["cv", "job"]})

    assert (merge.changes, merge.clashes, merge.others) == ({}, (), False)


def test_without_a_base_every_difference_clashes() -> None:
    merge = merged(None, {"gender": "man", "minutes": 5}, {"gender": "woman", "minutes": 5})

    assert (merge.changes, merge.clashes) == ({}, ("gender",))
