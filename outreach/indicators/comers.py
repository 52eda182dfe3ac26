"""What is told of those who came from the social services committee: report M.

The ways are counts of the same people, each on one of them, so they are gated as one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from outreach.indicators.definitions import M
from outreach.indicators.disclosure import hidden
from outreach.indicators.nearness import concealed, worked_out
from outreach.indicators.routes import OWN_WAYS, READINGS, ROUTES, Ways
from outreach.indicators.tables import Cell, Sum, shown

_COMERS, _EVENTS = "comers", "events"


def _cell(**narrowed: str) -> Cell:
    return Cell(_COMERS, frozenset(narrowed.items()))


# A reading is all ways down to one of them; what is below it can be worked out.
_ALL, _STARTED, _NOT_STARTED = _cell(), _cell(started="yes"), _cell(started="no")
_BY_ROUTE = {route: _cell(route=route) for route in ROUTES}
_OWN = {way: _cell(own=way) for way in OWN_WAYS}
_TOWARDS = _cell(towards="committee")
_FORMAL, _INFORMAL = _cell(formal="yes"), _cell(formal="no")
_EVENT, _AGAIN = Cell(_EVENTS), Cell(_EVENTS, frozenset({("again", "yes")}))

_READING = {
    "remiss": _BY_ROUTE["referred"],
    "remiss_or_assigned": _FORMAL,
    "all_sn": _ALL,
}
SUMS = (
    Sum(_ALL, (_FORMAL, _INFORMAL)),
    Sum(_FORMAL, (_BY_ROUTE["referred"], _BY_ROUTE["assigned"])),
    Sum(_INFORMAL, (_BY_ROUTE["handed_off"], _BY_ROUTE["signposted"])),
    Sum(_ALL, (_STARTED, _NOT_STARTED)),
    # Everybody has come in one event; the others are those of whoever came again.
    Sum(_EVENT, (_ALL, _AGAIN)),
)
_NEVER = (_INFORMAL, _NOT_STARTED, _AGAIN)


class Comers:
    """Everything that was counted of those who came in a period, before anything is hidden.

    `towards` is how many went the other way: people we handed over to the committee's teams.
    """

    def __init__(self, ways: Ways, *, towards: int) -> None:
        everybody, started = len(ways.from_the_committee), len(ways.started)
        formal = ways.readings["remiss_or_assigned"]
        routes = ways.routes
        self.counts = {
            **{cell: routes[route] for route, cell in (_BY_ROUTE | _OWN).items()},
            _ALL: everybody, _FORMAL: formal, _INFORMAL: everybody - formal,
            _STARTED: started, _NOT_STARTED: everybody - started,
            _EVENT: ways.events, _AGAIN: ways.events - everybody,
            _TOWARDS: towards,
        }  # fmt: skip

    def hidden(self, threshold: int, *, near: Collection[Cell] = ()) -> frozenset[Cell]:
        """Return the cells that may not be shown (`disclosure.hidden`)."""
        return hidden(
            self.counts, SUMS, threshold, near, never=_NEVER, figures=(_ALL, _FORMAL, _EVENT)
        )

    def figure(self, concealed: Collection[Cell]) -> dict[str, Any]:
        """Return M as an answer tells it; its value is everybody from the committee."""

        def number(cell: Cell) -> int | None:
            return None if cell in concealed else self.counts[cell]

        return {
            "code": M.code,
            "definition_version": M.version,
            **shown(number(_ALL)),
            "routes": {route: number(cell) for route, cell in (_BY_ROUTE | _OWN).items()},
            "readings": {name: number(_READING[name]) for name in READINGS},
            "events": number(_EVENT),
            "beside": {"started": number(_STARTED), "towards_sn": number(_TOWARDS)},
        }


def with_comers(
    answer: Mapping[str, Any],
    comers: Comers,
    threshold: int | None,
    earlier: Iterable[Mapping[Cell, int]] = (),
) -> dict[str, Any]:
    """Return an answer of a period with what is told of those who came in it.

    `threshold` None hides nothing. `earlier` are the numbers told of other periods that overlap
    this one (`numbers_told`), which these are held against.
    """
    gone = concealed(comers.counts, comers.hidden, threshold, earlier)
    return {**answer, "figures": [*answer["figures"], comers.figure(gone)]}


def in_answer(answer: Mapping[str, Any]) -> dict[Cell, int | None]:
    """Return every number that an answer has of those who came, None where it hides it."""
    for figure in answer["figures"]:
        if figure["code"] == M.code:
            return {
                **{cell: figure["routes"][route] for route, cell in (_BY_ROUTE | _OWN).items()},
                _ALL: figure["value"],
                _FORMAL: figure["readings"]["remiss_or_assigned"],
                _STARTED: figure["beside"]["started"],
                _EVENT: figure["events"],
                _TOWARDS: figure["beside"]["towards_sn"],
            }
    return {}


def numbers_told(answer: Mapping[str, Any]) -> dict[Cell, int]:
    """Return what is told of those who came in an answer, and whatever follows from it."""
    return worked_out(in_answer(answer), SUMS)
