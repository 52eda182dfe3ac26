"""What is told of those who left: SN4 with its variants and parts, and the table by gender.

All of it is counts of the same people, so it hangs together and is gated as one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from outreach.indicators import tables
from outreach.indicators.closings import GONE_ON, PARTS, Outcomes
from outreach.indicators.definitions import SN3, SN4
from outreach.indicators.disclosure import hidden
from outreach.indicators.knowledge import EVERYBODY
from outreach.indicators.nearness import concealed, worked_out
from outreach.indicators.shares import FEWEST, Share, share_told
from outreach.indicators.tables import CLOSINGS, LEFT, PERSONS, RESIDUAL, Cell, Sum

_EITHER = ("yes", "no")


def _cell(**narrowed: str) -> Cell:
    return Cell(CLOSINGS, frozenset(narrowed.items()))


def _either(name: str, **narrowed: str) -> Sum:
    """Return that everybody so narrowed is one thing or is not."""
    return Sum(_cell(**narrowed), tuple(_cell(**narrowed, **{name: each}) for each in _EITHER))


ALL, ON, COMPARABLE = _cell(), _cell(gone_on="yes"), _cell(comparable="yes")
TOOK_PART, LATER = (_cell(gone_on="yes", **{name: "yes"}) for name in ("took_part", "before"))
# Of those who took part, whoever did not both leave and go on.
_OTHERS = Cell(PERSONS, frozenset({("gone_on", "other")}))

# How the numbers beside the table hang together with it and with each other.
SUMS = (
    _either("gone_on"),
    _either("comparable"),
    _either("comparable", gone_on="yes"),
    _either("took_part", gone_on="yes"),
    _either("before", gone_on="yes"),
    _either("comparable", group="work"),
    _either("comparable", group="education"),
    _either("gone_on", group=RESIDUAL),
    _either("comparable", group=RESIDUAL, gone_on="yes"),
    Sum(
        ON, (*(_cell(group=part) for part in sorted(GONE_ON)), _cell(group=RESIDUAL, gone_on="yes"))
    ),
    Sum(
        COMPARABLE,
        (
            *(_cell(group=part, comparable="yes") for part in ("work", "education")),
            _cell(group=RESIDUAL, gone_on="yes", comparable="yes"),
        ),
    ),
    Sum(COMPARABLE, (_cell(comparable="yes", gone_on="yes"),)),
    Sum(EVERYBODY, (TOOK_PART, _OTHERS)),
)
# Beside the table these stand in an answer; what else is in the sums can only be worked out.
_TOLD_BESIDE = frozenset({ALL, ON, COMPARABLE, TOOK_PART, LATER, EVERYBODY})


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody who left in a period, as the counts place them (rules R6 and R8)."""

    group: str
    gender: str
    identity: str
    gone_on: str
    comparable: str
    took_part: str
    before: str

    def is_in(self, cell: Cell) -> bool:
        """Tell whether they are counted in a cell."""
        return all(
            place in tables.places_of(name, self)
            if name in LEFT.dimensions
            else getattr(self, name) == place
            for name, place in cell.narrowed
        )


class Leavers:
    """Everything that was counted of those who left in a period, before anything is hidden.

    `genders` are those of everybody's last contact up to the period's last day, `took_part` is who
    took part in it (SN3's persons), `apart` the genders that have a line of their own.
    """

    def __init__(
        self,
        outcomes: Outcomes,
        *,
        genders: Mapping[UUID, str],
        protected: Collection[UUID],
        took_part: Collection[UUID],
        apart: Iterable[str],
    ) -> None:
        self.values = {"group": PARTS, "gender": tuple(apart)}
        people = [
            Leaver(
                group=closing.part,
                gender=genders.get(key, "unknown"),
                identity="protected" if key in protected else "identified",
                gone_on=_said(key in outcomes.gone_on),
                comparable=_said(closing.is_comparable),
                took_part=_said(key in took_part),
                before=_said(key in outcomes.handed_off_before),
            )
            for key, closing in outcomes.last.items()
        ]
        self.counts = tables.filled(LEFT, people, self.values)
        for cell in {cell for each in SUMS for cell in (each.total, *each.parts)}:
            if cell.measure == CLOSINGS:
                self.counts[cell] = sum(one.is_in(cell) for one in people)
        self.counts[EVERYBODY] = len(took_part)
        self.counts[_OTHERS] = len(took_part) - self.counts[TOOK_PART]

    @property
    def sums(self) -> list[Sum]:
        """Every sum that a reader can make."""
        return [*tables.sums(LEFT, self.values), *SUMS]

    def hidden(
        self, threshold: int, *, near: Collection[Cell] = (), persons_hidden: bool = False
    ) -> frozenset[Cell]:
        """Return the cells that may not be shown (`disclosure.hidden`).

        `near` are those too near to what was told before (`nearness.py`). The number of persons is
        told, or hidden, by rules of its own: nothing here changes that.
        """
        in_table = frozenset(tables.cell(LEFT, at) for at in tables.places(LEFT, self.values))
        return hidden(
            self.counts,
            self.sums,
            threshold,
            {*near, EVERYBODY} if persons_hidden else {*near} - {EVERYBODY},
            never=self.counts.keys() - in_table - _TOLD_BESIDE,
            families=[in_table - {ALL}],
            figures=(ALL, ON, EVERYBODY),
            fixed=(EVERYBODY,),
        )

    def figure(self, concealed: Collection[Cell], *, is_gated: bool) -> dict[str, Any]:
        """Return SN4 as an answer tells it; `is_gated`: it may be passed on."""

        def told(numerator: Cell, denominator: Cell = ALL) -> dict[str, Any]:
            share = Share(self.counts[numerator], self.counts[denominator])
            return share_told(
                share,
                is_gated=is_gated,
                is_hidden=numerator in concealed,
                is_of_hidden=denominator in concealed,
            )

        def number(cell: Cell) -> int | None:
            return None if cell in concealed else self.counts[cell]

        return {
            "code": SN4.code,
            "definition_version": SN4.version,
            **told(ON),
            "variants": {"B": told(TOOK_PART, EVERYBODY), "C": told(COMPARABLE)},
            "parts": {part: number(_cell(group=part)) for part in PARTS},
            "beside": {"later": number(LATER)},
        }

    def table(self, concealed: Collection[Cell]) -> dict[str, Any]:
        """Return the table as an answer tells it."""
        return tables.told(LEFT, self.values, self.counts, concealed)


def with_leavers(
    answer: Mapping[str, Any],
    leavers: Leavers,
    threshold: int | None,
    earlier: Iterable[Mapping[Cell, int]] = (),
) -> dict[str, Any]:
    """Return an answer of a period with what is told of those who left in it.

    `threshold` None hides nothing. `earlier` are the numbers told of other periods that overlap
    this one (`numbers_told`), which these are held against.
    """
    persons_hidden = any(
        figure["code"] == SN3.code and figure["value"] is None for figure in answer["figures"]
    )
    hide = partial(leavers.hidden, persons_hidden=persons_hidden)
    gone = concealed(leavers.counts, hide, threshold, earlier)
    figure = leavers.figure(gone, is_gated=threshold is not None)
    return {
        **answer,
        "figures": [*answer["figures"], figure],
        "tables": [*answer["tables"], leavers.table(gone)],
    }


def in_answer(answer: Mapping[str, Any]) -> dict[Cell, int | None]:
    """Return every number that an answer has of those who left, None where it hides it."""
    found = {}
    for table in answer["tables"]:
        if table["id"] == LEFT.id:
            for each in table["cells"]:
                at = [each["key"][name] for name in LEFT.dimensions]
                found[tables.cell(LEFT, at)] = each["value"]
    told = {figure["code"]: figure for figure in answer["figures"]}
    if SN4.code in told:
        figure, persons = told[SN4.code], told[SN3.code]["value"]
        found |= {EVERYBODY: persons, LATER: figure["beside"]["later"]}
        shares = {
            ON: figure,
            TOOK_PART: figure["variants"]["B"],
            COMPARABLE: figure["variants"]["C"],
        }
        for cell, share in shares.items():
            whole = persons if cell == TOOK_PART else found[ALL]
            # Of so few no percent is told, nor its numerator, though it may be known and no secret.
            if share["numerator"] is not None or whole is None or whole >= FEWEST:
                found[cell] = share["numerator"]
    return found


def sums_of(answer: Mapping[str, Any]) -> list[Sum]:
    """Return every sum that a reader of an answer can make of those who left; none without them."""
    for table in answer["tables"]:
        if table["id"] == LEFT.id:
            values = {each["name"]: tuple(each["values"]) for each in table["dimensions"]}
            return [*tables.sums(LEFT, values), *SUMS]
    return []


def numbers_told(answer: Mapping[str, Any]) -> dict[Cell, int]:
    """Return what is told of those who left in an answer, and whatever follows from it."""
    return worked_out(in_answer(answer), sums_of(answer))


def _said(is_so: bool) -> str:  # noqa: FBT001 - the answer itself
    return _EITHER[0] if is_so else _EITHER[1]
