"""The picture of a day says what each list and duty says of it."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from outreach.sites.codelists import Choice, CodeLists, Duty

_days = st.dates(date(2025, 1, 1), date(2025, 1, 20))
_ends = st.one_of(st.none(), _days, st.just(date.max))


@given(st.lists(st.tuples(_days, _ends), max_size=4), st.lists(st.tuples(_days, _ends), max_size=4))
def test_a_days_picture_agrees_with_every_list_and_duty(
    codes: list[tuple[date, date | None]], duties: list[tuple[date, date | None]]
) -> None:
    lists = CodeLists(
        1,
        {"topic": [Choice(str(place), "", "", *valid) for place, valid in enumerate(codes)]},
        [Duty("hagalund", str(place), "KN", *valid) for place, valid in enumerate(duties)],
    )

    for day in (date(2024, 12, 30) + timedelta(days=number) for number in range(30)):
        held = lists.on(day)
        assert held.codes("topic") == {
            str(place) for place in range(len(codes)) if lists.has("topic", str(place), day)
        }
        assert held.duties.keys() == {
            ("hagalund", str(place))
            for place in range(len(duties))
            if lists.committee("hagalund", str(place), day)
        }
    assert lists.on(date(2025, 1, 1)).codes("unheard-of") == frozenset()


def test_the_open_activity_comes_first_whatever_the_order_of_the_duties() -> None:
    begin = date(2025, 1, 1)
    duties = [Duty("hagalund", activity, "KN", begin) for activity in ("outreach", "open")]

    for order in (duties, duties[::-1]):
        assert CodeLists(1, {}, order).activities("hagalund", begin) == ("open", "outreach")


def test_nobody_is_identified_where_the_committee_says_so_or_where_nothing_is_held() -> None:
    begin, turn = date(2025, 1, 1), date(2025, 6, 1)
    lists = CodeLists(
        1,
        {},
        [
            Duty("hagalund", "open", "KN", begin),
            Duty("hagalund", "outreach", "SN", begin, turn - timedelta(days=1)),
            Duty("hagalund", "outreach", "SN", turn, identity_recorded=False),
        ],
    )

    assert lists.may_identify("hagalund", "open", begin)
    assert lists.may_identify("hagalund", "outreach", turn - timedelta(days=1))
    assert not lists.may_identify("hagalund", "outreach", turn)
    assert not lists.may_identify("hagalund", "open", begin - timedelta(days=1))
    assert not lists.may_identify("bagartorp", "open", begin)
