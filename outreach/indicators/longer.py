"""What is answered for a longer listed period: what its months have told, put together.

Of contacts and visitors the answer is made of the months' answers and of nothing else. Whoever has
asked for the months could have made it with pen and paper, so nobody learns more from it; and a
contact that was written or corrected after a month was answered changes neither.

Persons do not add up: who came in two months is one. So they are counted for the period itself,
and their number is told only when it can stand beside the numbers told of every listed period
inside it (`may_be_told`), and gives away nothing that the months hide in their tables
(`weighing.py`). By place, gender and age they are not told at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain, product
from typing import Any

from outreach.foundation.periods import Period
from outreach.indicators.periods import (
    ways_through,
)
from outreach.indicators.tables import PERSONS, RESIDUAL, TOTAL, shown

Told = Mapping[str, Any]


def joined(period: Period, months: Sequence[Told], persons: Told) -> dict[str, Any]:
    """Return the answer of a period from the answers of all its months, the first month first.

    Each number is the sum of the months' own, and is shown exactly when each month shows its own.
    A month without the line or column (a place that came later, another month's column) had none
    of it, and said so by not having it: 0, shown. The answer is as old as the oldest month's.

    Persons are those of `persons`, an answer of the period itself; nothing else is taken from it.
    """
    (figure,) = persons["figures"]
    besides = [month["figures"][0]["beside"] for month in months]  # SN3 comes first everywhere
    return {
        "period": {"from": period.first.isoformat(), "to": period.last.isoformat()},
        "data_as_of": min((month["data_as_of"] for month in months), key=datetime.fromisoformat),
        "figures": [
            {
                **figure,
                "beside": {name: _sum([each[name] for each in besides]) for name in besides[-1]},
            }
        ],
        "tables": [
            table if table["measure"] == PERSONS else _table(_named(table["id"], months))
            for table in persons["tables"]
        ],
    }


def _named(id: str, months: Sequence[Told]) -> list[Told]:
    """Return every month's table of that id."""
    return [next(each for each in month["tables"] if each["id"] == id) for month in months]


def may_be_told(
    period: Period, persons: int, told: Mapping[Period, int | None], threshold: int
) -> bool:
    """Tell whether a period's number of persons may stand beside those told of periods inside it.

    `told` are the other listed periods inside that have been answered, None: hidden there.
    Two things can be worked out, and are counts of persons themselves: who came in the period but
    not in one inside it, and who came in several of those that it is laid out of. Each must be 0
    or at least the threshold, as any count. Where one part is hidden, the others must leave no more
    than one of the period to it: else the reader would know that it is not smaller.
    """
    if 0 < persons < threshold:
        return False
    new = [persons - number for number in told.values() if number is not None]
    again = []
    for way in ways_through(period, told):
        numbers = [told[part] for part in way]
        known = [number for number in numbers if number is not None]
        if len(known) == len(numbers):
            again.append(sum(known) - persons)
        elif len(known) == len(numbers) - 1 and persons - sum(known) > 1:
            return False
    return all(number == 0 or number >= threshold for number in (*new, *again))


def of_persons(answer: Told, *, is_told: bool) -> dict[str, Any]:
    """Return an answer of a longer period with nothing in it of persons but their number.

    That too is hidden unless `is_told`. Where nobody took part, nobody did on any line.
    """
    (figure,) = answer["figures"]
    number = figure["value"] if is_told else None
    return {
        **answer,
        "figures": [{**figure, **shown(number)}],
        "tables": [
            {**table, "cells": [_withheld(cell, number) for cell in table["cells"]]}
            if table["measure"] == PERSONS
            else table
            for table in answer["tables"]
        ],
    }


def _withheld(cell: Told, number: int | None) -> dict[str, Any]:
    is_total = all(place == TOTAL for place in cell["key"].values())
    return {**cell, **shown(number if is_total or number == 0 else None)}


def _table(months: Sequence[Told]) -> dict[str, Any]:
    same = zip(*(month["dimensions"] for month in months), strict=True)
    dimensions = [_dimension(each) for each in same]
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
