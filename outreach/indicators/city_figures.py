"""What is told of the figures that are counted elsewhere: KN1 to KN5, where they are given.

They are told as they stand when somebody asks, not kept with the period: another unit's number may
come weeks after the period is over, and be put right later. A frozen report is what keeps them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from outreach.foundation.periods import Period
from outreach.indicators.definitions import KN1, KN2, KN3, KN4, KN5, SN4, Definition
from outreach.indicators.periods import is_cumulative
from outreach.indicators.shares import FEWEST, Share, share_told, together
from outreach.indicators.tables import shown
from outreach.reported.measures import OUR_UNIT, breaks_before

_FROM_KOLADA = (KN3, KN4, KN5)


@dataclass(frozen=True, slots=True)
class Given:
    """One value as it was given: by which unit or measure, for which period, and where from."""

    figure: str
    period: Period
    source: str
    unit: str | None = None
    measure: str | None = None
    value: Decimal | None = None
    share: Share | None = None


def with_city_figures(
    answer: Mapping[str, Any],
    period: Period,
    given: Sequence[Given],
    threshold: int | None,
) -> dict[str, Any]:
    """Return an answer of a period with the figures of which something is given for it.

    `threshold` None hides nothing.
    """
    found = [
        _shares(answer, _of(KN1, period, given), threshold),
        _count(_of(KN2, period, given), threshold),
        *(_from_kolada(each, period, given) for each in _FROM_KOLADA),
    ]
    return {**answer, "figures": [*answer["figures"], *(each for each in found if each)]}


def _of(definition: Definition, period: Period, given: Iterable[Given]) -> list[Given]:
    return [each for each in given if each.figure == definition.code and each.period == period]


def _head(definition: Definition, given: Iterable[Given]) -> dict[str, Any]:
    return {
        "code": definition.code,
        "definition_version": definition.version,
        "sources": sorted({each.source for each in given}),
    }


def _shares(
    answer: Mapping[str, Any], others: Sequence[Given], threshold: int | None
) -> dict[str, Any] | None:
    """Return KN1: ours, which SN4 tells, and what the other units have given.

    Whoever is told the sum and the others' numbers has ours: so it is told where ours is, and
    where no part of it is so small that it points somebody out.
    """
    ours = next((each for each in answer["figures"] if each["code"] == SN4.code), None)
    if not others or ours is None:
        return None
    parts = {each.unit or "": each.share for each in others if each.share is not None}
    theirs = together(*parts.values())
    told = threshold is None or all(_may_be_told(each, threshold) for each in parts.values())
    theirs_told = threshold is None or _may_be_told(theirs, threshold)
    sum_told = ours["status"] != "hidden" and theirs_told
    own = Share(ours["numerator"] or 0, ours["denominator"] or 0)
    units = {
        # Of a unit that is not told nothing is: the sum's denominator less the others' is its own.
        unit: share_told(share, is_gated=threshold is not None, is_of_hidden=not told)
        for unit, share in sorted(parts.items())
    }
    return {
        **_head(KN1, others),
        **share_told(
            together(own, theirs),
            is_gated=threshold is not None,
            is_hidden=not sum_told,
            is_of_hidden=ours["denominator"] is None or not theirs_told,
        ),
        "units": {OUR_UNIT: {name: ours[name] for name in _OF_A_SHARE}, **units},
    }


_OF_A_SHARE = ("value", "numerator", "denominator", "percent", "status")


def _may_be_told(share: Share, threshold: int) -> bool:
    """Tell whether a share of people somewhere else points nobody out."""
    rest = share.denominator - share.numerator
    small = any(0 < each < threshold for each in (share.numerator, rest))
    return share.denominator >= FEWEST and not small


def _count(given: Sequence[Given], threshold: int | None) -> dict[str, Any] | None:
    """Return KN2: what the units have given, added."""
    if not given:
        return None
    number = sum(int(each.value or 0) for each in given)
    is_small = threshold is not None and 0 < number < threshold
    return {**_head(KN2, given), **shown(None if is_small else number)}


def _from_kolada(
    definition: Definition, period: Period, given: Iterable[Given]
) -> dict[str, Any] | None:
    """Return a figure of Kolada's: its latest whole year within reach of the period, and all."""
    own = [each for each in given if each.figure == definition.code]
    if not own or not is_cumulative(period):
        return None
    latest = latest_year(own, period)
    return {
        **_head(definition, own),
        "value": None if latest is None else _percent(latest),
        "status": "none" if latest is None else "ok",
        "year": None if latest is None else latest.period.last.year,
        "series": list(_series(own, period)),
    }


def latest_year(given: Iterable[Given], period: Period) -> Given | None:
    """Return the latest that has a value, of what was over when the period was; None for none.

    Of two measures of one year the later one counts.
    """
    over = [each for each in given if each.period.last <= period.last]
    told = [each for each in over if _percent(each) is not None]
    return max(told, key=lambda each: (each.period.last, each.measure or ""), default=None)


def _series(given: Iterable[Given], period: Period) -> Iterator[dict[str, Any]]:
    """Yield the years that can be compared with each other, the earliest first, line by line."""
    over = [each for each in given if each.period.last <= period.last]
    for (measure, _), own in groupby(sorted(over, key=_line), key=lambda each: _line(each)[:2]):
        values = [{"year": each.period.last.year, "value": _percent(each)} for each in own]
        yield {"measure": measure, "values": values}


def _line(each: Given) -> tuple[str, int, Period]:
    """Return on which line a value stands (measure, breaks before it), and where on it."""
    measure = each.measure or ""
    return measure, breaks_before(measure, each.period.last.year), each.period


def _percent(each: Given) -> float | None:
    if each.share is not None:
        percent = each.share.percent
        return None if percent is None else float(percent)
    return None if each.value is None else float(each.value)
