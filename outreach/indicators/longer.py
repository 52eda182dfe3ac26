"""What is answered for a longer listed period: what its months have told, put together.

The answer is made of the months' answers and of nothing else. Whoever has asked for the months
could have made it with pen and paper, so nobody learns more from it; and a contact that was
written or corrected after a month was answered changes neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain, product
from typing import Any

from outreach.indicators.pack import shown
from outreach.indicators.periods import Period
from outreach.indicators.tables import RESIDUAL, TOTAL

Told = Mapping[str, Any]


def joined(period: Period, months: Sequence[Told]) -> dict[str, Any]:
    """Return the answer of a period from the answers of all its months, the first month first.

    Each number is the sum of the months' own, and is shown exactly when each month shows its own.
    A month without the line or column (a place that came later, another month's column) had none
    of it, and said so by not having it: 0, shown. The answer is as old as the oldest month's.
    """
    return {
        "period": {"from": period.first.isoformat(), "to": period.last.isoformat()},
        "data_as_of": min((month["data_as_of"] for month in months), key=datetime.fromisoformat),
        "figures": [_figure(same) for same in _together(months, "figures")],
        "tables": [_table(same) for same in _together(months, "tables")],
    }


def _together(parts: Iterable[Told], name: str) -> Iterable[tuple[Any, ...]]:
    """Return what the parts have under a name, the first of each together, and so on."""
    return zip(*(part[name] for part in parts), strict=True)


def _figure(months: Sequence[Told]) -> dict[str, Any]:
    besides = [month["beside"] for month in months]
    return {
        **months[-1],
        **shown(_persons([month["value"] for month in months])),
        "beside": {name: _sum([each[name] for each in besides]) for name in besides[-1]},
    }


def _persons(numbers: Sequence[int | None]) -> int | None:
    """Return how many persons the months' numbers are together, None where they cannot tell.

    Persons do not add up: who came in two months is one. Nobody is identified yet, so every month
    says 0, and then there was nobody in the period either. Once there are persons, they are
    counted for the period itself, not from here.
    """
    return None if any(number != 0 for number in numbers) else 0


def _table(months: Sequence[Told]) -> dict[str, Any]:
    dimensions = [_dimension(same) for same in _together(months, "dimensions")]
    names = [dimension["name"] for dimension in dimensions]
    known = [
        {tuple(cell["key"][name] for name in names): cell["value"] for cell in month["cells"]}
        for month in months
    ]
    return {
        **months[-1],
        "dimensions": dimensions,
        "cells": [
            {
                "key": dict(zip(names, at, strict=True)),
                **shown(_sum([cells.get(at, 0) for cells in known])),
            }
            for at in product(*((*each["values"], RESIDUAL, TOTAL) for each in dimensions))
        ],
    }


def _dimension(months: Sequence[Told]) -> dict[str, Any]:
    """Return a dimension with every month's values; one that came later stands after the others."""
    values = dict.fromkeys(chain.from_iterable(month["values"] for month in months))
    return {"name": months[-1]["name"], "values": list(values)}


def _sum(numbers: Sequence[int | None]) -> int | None:
    """Return the sum of the numbers, None (hidden) where one of them is hidden."""
    told = [number for number in numbers if number is not None]
    return sum(told) if len(told) == len(numbers) else None
