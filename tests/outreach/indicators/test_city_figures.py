"""The figures that others count: added, never averaged; told only where no part points out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from outreach.foundation.periods import Period
from outreach.indicators.city_figures import Given, latest_year, with_city_figures
from outreach.indicators.shares import Share, share_told

_THRESHOLD = 5
_AUGUST = Period(date(2026, 1, 1), date(2026, 8, 31))


def _year(year: int) -> Period:
    return Period(date(year, 1, 1), date(year, 12, 31))


def _unit(part: int, whole: int, unit: str = "Unga", period: Period = _AUGUST) -> Given:
    return Given("KN1", period, "Brev", unit=unit, share=Share(part, whole))


def _count(value: int, unit: str | None = None) -> Given:
    return Given("KN2", _AUGUST, "Brev", unit=unit, value=Decimal(value))


def _kolada(figure: str, measure: str, year: int, value: str | None) -> Given:
    number = None if value is None else Decimal(value)
    return Given(figure, _year(year), "Kolada", measure=measure, value=number)


def _answer(part: int = 10, whole: int = 23, *, is_hidden: bool = False) -> dict[str, Any]:
    ours = share_told(Share(part, whole), is_gated=True, is_hidden=is_hidden)
    return {"figures": [{"code": "SN4", **ours}]}


def _told(
    *given: Given,
    answer: dict[str, Any] | None = None,
    period: Period = _AUGUST,
    threshold: int | None = _THRESHOLD,
) -> dict[str, Any]:
    found = with_city_figures(answer or _answer(), period, given, threshold)
    return {each["code"]: each for each in found["figures"] if each["code"] != "SN4"}


def test_nothing_given_is_nothing_told() -> None:
    assert _told() == {}
    assert _told(_unit(30, 60, period=_year(2025))) == {}


def test_the_share_of_all_units_is_their_sum_and_never_the_mean_of_their_percents() -> None:
    figure = _told(_unit(30, 60), _unit(12, 40, "Etableringen"))["KN1"]

    assert (figure["numerator"], figure["denominator"], figure["percent"]) == (52, 123, "42.3")
    assert (figure["status"], figure["sources"]) == ("ok", ["Brev"])
    assert {unit: share["percent"] for unit, share in figure["units"].items()} == {
        "Jobbfabriken Vuxna": "43.5", "Etableringen": "30.0", "Unga": "50.0",
    }  # fmt: skip


@pytest.mark.parametrize("given", [(_unit(3, 60),), (_unit(57, 60),), (_unit(6, 9),)])
def test_a_single_other_unit_that_points_somebody_out_hides_the_sum(given: tuple[Given]) -> None:
    figure = _told(*given)["KN1"]

    # Nor the denominators: the sum's less ours is theirs.
    for share in (figure, figure["units"]["Unga"]):
        assert (share["status"], share["numerator"], share["denominator"]) == ("hidden", None, None)


def test_of_several_units_one_small_one_hides_the_parts_and_not_the_sum() -> None:
    figure = _told(_unit(3, 60), _unit(12, 40, "Etableringen"))["KN1"]

    assert (figure["numerator"], figure["denominator"]) == (25, 123)
    for unit in ("Unga", "Etableringen"):
        share = figure["units"][unit]
        assert (share["numerator"], share["denominator"]) == (None, None)


def test_where_our_own_share_is_hidden_so_is_the_sum_for_the_others_are_known() -> None:
    figure = _told(_unit(30, 60), answer=_answer(is_hidden=True))["KN1"]

    assert (figure["status"], figure["numerator"], figure["denominator"]) == ("hidden", None, 83)
    assert figure["units"]["Unga"]["numerator"] == 30


def test_without_our_own_share_there_is_no_sum() -> None:
    assert _told(_unit(30, 60), answer={"figures": []}) == {}


def test_whoever_may_see_all_is_told_all() -> None:
    figure = _told(_unit(3, 4), threshold=None)["KN1"]

    assert (figure["numerator"], figure["denominator"]) == (13, 27)
    assert figure["units"]["Unga"]["numerator"] == 3


def test_counts_of_several_units_are_added_and_a_small_sum_is_hidden() -> None:
    assert _told(_count(310), _count(42, "Fritid"))["KN2"]["value"] == 352
    assert _told(_count(4))["KN2"] == {
        "code": "KN2", "definition_version": 1, "sources": ["Brev"],
        "value": None, "status": "hidden",
    }  # fmt: skip
    assert _told(_count(0))["KN2"]["value"] == 0
    assert _told(_count(4), threshold=None)["KN2"]["value"] == 4


def test_a_figure_of_koladas_is_its_latest_whole_year_that_has_a_value() -> None:
    figure = _told(
        _kolada("KN5", "N00973", 2024, "38"),
        _kolada("KN5", "N00973", 2025, None),
        _kolada("KN5", "N00973", 2026, "44"),
    )["KN5"]

    assert (figure["value"], figure["year"], figure["status"]) == (38.0, 2024, "ok")
    assert figure["series"] == [
        {
            "measure": "N00973",
            "values": [{"year": 2024, "value": 38.0}, {"year": 2025, "value": None}],
        }
    ]


def test_years_that_cannot_be_compared_are_never_one_line() -> None:
    told = _told(
        _kolada("KN3", "N03937", 2022, "5.0"),
        _kolada("KN3", "N03937", 2023, "5.4"),
        _kolada("KN4", "N00914", 2021, "79.2"),
        _kolada("KN4", "N02243", 2021, "81.0"),
        _kolada("KN4", "N02243", 2022, "82.0"),
    )

    lines = {
        code: [
            (each["measure"], [value["year"] for value in each["values"]])
            for each in told[code]["series"]
        ]
        for code in ("KN3", "KN4")
    }
    assert lines == {
        "KN3": [("N03937", [2022]), ("N03937", [2023])],
        "KN4": [("N00914", [2021]), ("N02243", [2021, 2022])],
    }


def test_of_two_measures_of_one_year_the_later_is_told() -> None:
    old, new = _kolada("KN4", "N00914", 2021, "79.2"), _kolada("KN4", "N02243", 2021, "81.0")

    assert latest_year([old, new], _AUGUST) == latest_year([new, old], _AUGUST) == new


def test_where_there_is_no_value_there_is_none_which_is_not_0() -> None:
    figure = _told(_kolada("KN3", "N03937", 2025, None))["KN3"]

    assert (figure["value"], figure["status"], figure["year"]) == (None, "none", None)


def test_koladas_years_are_told_for_the_periods_of_the_committees_alone() -> None:
    month = Period(date(2026, 8, 1), date(2026, 8, 31))

    assert _told(_kolada("KN3", "N03937", 2025, "6.1"), period=month) == {}


def test_a_share_of_an_older_report_is_told_as_its_percent() -> None:
    given = Given("KN5", _year(2025), "Rapport", measure="N00973", share=Share(1, 3))

    assert _told(given)["KN5"]["value"] == 33.3
