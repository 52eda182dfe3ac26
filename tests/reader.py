"""Somebody who has read answers and calculates: a second list of how numbers hang together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from outreach.indicators.attack import Range, ranges
from outreach.indicators.tables import Cell, Relation

_OVERLAP = {"persons_site", "persons_route_in"}
# What nobody has read anywhere, but can name: those of several places, whoever was not new.
_SEVERAL, _NOT_NEW = "several lines", "not for the first time"


class Reader:
    """What is known from some answers, and beside it, for the test alone, the real numbers."""

    def __init__(self) -> None:
        self.shown: dict[Cell, int] = {}
        self.least: dict[Cell, int] = {}
        self.real: dict[Cell, int] = {}
        self.relations: list[Relation] = []

    def read(self, answer: Mapping[str, Any], raw: Mapping[str, Any]) -> None:
        """Read a month's answer whole."""
        period = _period(answer)
        for table, own in zip(answer["tables"], raw["tables"], strict=True):
            self._table(period, table, own)
        for name, told in answer["figures"][0]["beside"].items():
            self._number(_beside(period, name), told, raw["figures"][0]["beside"][name])
        self._beside(period)
        self._between(period, raw)

    def read_persons(self, answer: Mapping[str, Any], raw: Mapping[str, Any]) -> Cell:
        """Read an answer's number of persons alone."""
        cell = _cell(_period(answer), "persons")
        self._number(cell, answer["figures"][0]["value"], raw["figures"][0]["value"])
        return cell

    def knows(self, *terms: tuple[Cell, int], is_equal: bool = False) -> None:
        """Know a relation, where it holds of the real numbers."""
        relation = Relation(terms, is_equal)
        if relation.holds(self.real):
            self.relations.append(relation)

    def left(self, cell: Cell, *terms: tuple[Cell, int]) -> None:
        """Name what is left between numbers, where that is not less than nought."""
        real = sum(times * self.real[each] for each, times in terms)
        if real >= 0:
            self.real[cell], self.least[cell] = real, 0
            self.relations.append(Relation((*terms, (cell, -1))))

    def beliefs(self) -> dict[Cell, Range]:
        """Return what can be believed of each number that must not be known."""
        found = ranges(self.shown, self.least, self.relations)
        return {
            cell: range_
            for cell, range_ in found.items()
            if (self.real[cell] > 0 if _is_of_an_answer(cell) else 0 < self.real[cell] < 5)
        }

    def _number(self, cell: Cell, told: int | None, real: int, least: int = 1) -> None:
        self.real[cell] = real
        if told is None:
            self.least[cell] = min(least, self.least.get(cell, 1))
        else:
            self.shown[cell] = told

    def _table(self, period: str, table: Mapping[str, Any], raw: Mapping[str, Any]) -> None:
        names = [each["name"] for each in table["dimensions"]]
        inside = [each for each in table["cells"] if set(each["key"].values()) != {"total"}]
        least = int(any(each["value"] is not None for each in inside))
        lines: defaultdict[tuple[str, frozenset[Any]], list[Cell]] = defaultdict(list)
        for told, own in zip(table["cells"], raw["cells"], strict=True):
            cell = _cell(period, table["measure"], **told["key"])
            is_figure = told not in inside
            self._number(cell, told["value"], own["value"], 1 if is_figure else least)
            for name in names:
                if told["key"][name] != "total":
                    lines[name, frozenset((told["key"] | {name: "total"}).items())].append(cell)
        for (_, key), parts in lines.items():
            total = _cell(period, table["measure"], **dict(key))
            if table["id"] in _OVERLAP:
                several = _cell(period, _SEVERAL, table=table["id"])
                self.left(several, *((part, 1) for part in parts), (total, -1))
                for part in parts:
                    self.knows((total, 1), (part, -1))
            else:
                self.knows(*((part, 1) for part in parts), (total, -1), is_equal=True)

    def _beside(self, period: str) -> None:
        contacts = _beside(period, "contacts")
        kinds = [_beside(period, f"{name}_contacts") for name in ("identified", "anonymous")]
        self.knows(*((kind, 1) for kind in kinds), (contacts, -1), is_equal=True)
        self.left(_cell(period, _NOT_NEW), (contacts, 1), (_beside(period, "first_time"), -1))

    def _between(self, period: str, raw: Mapping[str, Any]) -> None:
        known = _beside(period, "identified_contacts")
        self.knows((known, 1), (_cell(period, "persons"), -1))
        tables = {table["id"]: [cell["key"] for cell in table["cells"]] for table in raw["tables"]}
        for key in (*tables["persons_gender_age"], *tables["persons_site"]):
            persons = _cell(period, "persons", **key)
            self.knows((_cell(period, "contacts", **key), 1), (persons, -1))
            if "site" in key:
                self.knows((_cell(period, "visitors", **key), 1), (persons, -1))
        for key in tables["visitors_site_month"]:
            contacts = _cell(period, "contacts", **key)
            self.knows((contacts, 500), (_cell(period, "visitors", **key), -1))
        contacts, visitors = (_cell(period, name) for name in ("contacts", "visitors"))
        unnoted = _cell(period, "contacts", gender="residual", age_band="residual")
        self.knows((contacts, 1), (unnoted, 499), (visitors, -1))
        self.knows((contacts, 1), (_cell(period, _NOT_NEW), 499), (visitors, -1))
        for chain in self._protected(period):
            for few, many in pairwise(chain):
                self.knows((many, 1), (few, -1))
        guarded = _cell(period, "persons", site="residual")
        by_way = _cell(period, "persons", route_in="residual")
        self.knows((guarded, 1), (by_way, -1), is_equal=True)
        for key in (*tables["persons_site"], *tables["persons_route_in"]):
            if not {"residual", "total"} & set(key.values()):
                here = _cell(period, "persons", **key)
                self.knows((_cell(period, "persons"), 1), (here, -1), (guarded, -1))

    def _protected(self, period: str) -> Iterator[list[Cell]]:
        """Yield counts that are each at most the next: those of people in the total alone."""
        visitors, contacts = (
            _cell(period, name, site="residual") for name in ("visitors", "contacts")
        )
        yield [visitors, contacts, _beside(period, "identified_contacts")]
        for measure in ("contacts", "persons"):
            yield [
                _cell(period, measure, site="residual"),
                _cell(period, measure, gender="residual", age_band="residual"),
            ]


def _period(answer: Mapping[str, Any]) -> str:
    return "..".join(answer["period"].values())


def _cell(period: str, measure: str, **key: str) -> Cell:
    pairs = {name: place for name, place in key.items() if place != "total"}
    return Cell(measure, frozenset((pairs | {"period": period}).items()))


def _beside(period: str, name: str) -> Cell:
    return (
        _cell(period, name)
        if name in {"contacts", "visitors"}
        else _cell(period, "contacts", beside=name)
    )


def _is_of_an_answer(cell: Cell) -> bool:
    return cell.measure in {"contacts", "visitors", "persons"}
