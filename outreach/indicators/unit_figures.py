"""What is told of the labour market unit's own enrolments: SN1 and SN2.

All of it is counts of the people behind the same rows, so it is gated as one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from outreach.foundation.periods import Period
from outreach.indicators.amg import Stay, discharged_in, enrolled_in
from outreach.indicators.definitions import SN1, SN2
from outreach.indicators.disclosure import hidden
from outreach.indicators.nearness import concealed, worked_out
from outreach.indicators.tables import Cell, Sum, shown


def _cell(measure: str, **narrowed: str) -> Cell:
    return Cell(measure, frozenset(narrowed.items()))


_PERSONS, _STAYS, _LEFT = _cell("enrolled"), _cell("enrolments"), _cell("discharged")
_NEW, _THERE_BEFORE = (_cell("enrolled", new=each) for each in ("yes", "no"))
_AGAIN = _cell("enrolments", again="yes")
_LIVING, _UNKNOWN, _OTHERWISE = (
    _cell("discharged", lives=each) for each in ("on_their_own", "unknown", "otherwise")
)
_STAYING = _cell("enrolled", left="no")
_FROM_US = _cell("from_us")

SUMS = (
    Sum(_PERSONS, (_NEW, _THERE_BEFORE)),
    Sum(_STAYS, (_PERSONS, _AGAIN)),
    Sum(_LEFT, (_LIVING, _UNKNOWN, _OTHERWISE)),
    # Whoever left in the period was enrolled in it.
    Sum(_PERSONS, (_LEFT, _STAYING)),
)
_NEVER = (_THERE_BEFORE, _AGAIN, _OTHERWISE, _STAYING)


class UnitFigures:
    """Everything that was counted of the unit's enrolments, before anything is hidden.

    `from_us` is how many of our own were taken on by the unit in the period.
    """

    def __init__(self, stays: Iterable[Stay], period: Period, *, from_us: int) -> None:
        kept = list(stays)
        enrolled, discharged = enrolled_in(kept, period), discharged_in(kept, period)
        # Nothing told is no nought: the unit has not reported the period.
        self.is_reported = enrolled.enrolments > 0
        self.counts = {
            _PERSONS: enrolled.persons, _STAYS: enrolled.enrolments,
            _NEW: enrolled.new, _THERE_BEFORE: enrolled.persons - enrolled.new,
            _AGAIN: enrolled.enrolments - enrolled.persons,
            _LEFT: discharged.left, _LIVING: discharged.persons, _UNKNOWN: discharged.unknown,
            _OTHERWISE: discharged.left - discharged.persons - discharged.unknown,
            _STAYING: enrolled.persons - discharged.left,
            _FROM_US: from_us,
        }  # fmt: skip

    def hidden(self, threshold: int, *, near: Collection[Cell] = ()) -> frozenset[Cell]:
        """Return the cells that may not be shown (`disclosure.hidden`)."""
        return hidden(self.counts, SUMS, threshold, near, never=_NEVER, figures=(_PERSONS, _LIVING))

    def figures(self, concealed: Collection[Cell]) -> list[dict[str, Any]]:
        """Return SN1 and SN2 as an answer tells them."""

        def number(cell: Cell) -> int | None:
            return None if cell in concealed else self.counts[cell]

        def figure(definition: Any, cell: Cell, beside: Mapping[str, Cell]) -> dict[str, Any]:
            return {
                "code": definition.code,
                "definition_version": definition.version,
                **(shown(number(cell)) if self.is_reported else {"value": None, "status": "none"}),
                "beside": {name: number(each) for name, each in beside.items()},
            }

        of_theirs = {"enrolments": _STAYS, "new": _NEW} if self.is_reported else {}
        left = {"left": _LEFT, "unknown": _UNKNOWN} if self.is_reported else {}
        return [
            figure(SN1, _PERSONS, of_theirs | {"from_us": _FROM_US}),
            figure(SN2, _LIVING, left),
        ]


def with_unit_figures(
    answer: Mapping[str, Any],
    figures: UnitFigures,
    threshold: int | None,
    earlier: Iterable[Mapping[Cell, int]] = (),
) -> dict[str, Any]:
    """Return an answer of a period with what the unit reports of it.

    `threshold` None hides nothing. `earlier` are the numbers told of other periods that overlap
    this one (`numbers_told`), which these are held against.
    """
    gone = concealed(figures.counts, figures.hidden, threshold, earlier)
    return {**answer, "figures": [*answer["figures"], *figures.figures(gone)]}


_BESIDE = {
    "enrolments": _STAYS, "new": _NEW, "from_us": _FROM_US, "left": _LEFT, "unknown": _UNKNOWN,
}  # fmt: skip


def in_answer(answer: Mapping[str, Any]) -> dict[Cell, int | None]:
    """Return every number that an answer has of the unit's enrolments, None where it hides it."""
    told: dict[Cell, int | None] = {}
    for figure in answer["figures"]:
        if figure["code"] in {SN1.code, SN2.code}:
            if figure["status"] != "none":
                told[_PERSONS if figure["code"] == SN1.code else _LIVING] = figure["value"]
            told |= {_BESIDE[name]: number for name, number in figure["beside"].items()}
    return told


def numbers_told(answer: Mapping[str, Any]) -> dict[Cell, int]:
    """Return what is told of the unit's enrolments in an answer, and whatever follows from it."""
    return worked_out(in_answer(answer), SUMS)
