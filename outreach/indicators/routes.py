"""Routes: by which ways people came here from the social services committee (report M).

What is counted are people, each on the strongest of their ways in the period, and events: an
enrolment that was opened, or a handoff that was sent to us whatever came of it. A handoff that an
enrolment follows within thirty days, both in the period, is one event with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from outreach.foundation.periods import Period
from outreach.indicators.persons import who_is_who

# The ways in from the committee, the strongest first: with a form, by a decision, by colleagues,
# by a hint.
ROUTES = ("referred", "assigned", "handed_off", "signposted")
# The ways of people who found us, or whom we found.
OWN_WAYS = ("own_initiative", "outreach")
# The three readings of "remitterade": how far down the ways each of them counts.
READINGS: Mapping[str, tuple[str, ...]] = {
    "remiss": ROUTES[:1],
    "remiss_or_assigned": ROUTES[:2],
    "all_sn": ROUTES,
}

# Its own teams, to whom people go the other way.
TEAMS = ("osa", "jobbteamet", "arbetsmarknadsgruppen", "ekonomiskt_bistand")

_OF_THE_COMMITTEE = "sn_"
_FOLLOWS_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One way in: an enrolment on the day it was opened, or a handoff to us on the day it came."""

    key: UUID
    on: date
    route: str
    origin: str | None
    is_enrolment: bool
    # Whether anything began of it: an enrolment has.
    has_started: bool = True

    @property
    def is_from_the_committee(self) -> bool:
        """Whether somebody of the committee showed the way."""
        return self.route in ROUTES and (self.origin or "").startswith(_OF_THE_COMMITTEE)


@dataclass(frozen=True, slots=True)
class Ways:
    """By which ways people came in a period: everybody once, and how many events it were."""

    # Whoever came from the committee, by the strongest way.
    from_the_committee: Mapping[UUID, str]
    events: int
    started: frozenset[UUID]
    # Who was enrolled on their own way, whatever else: told beside, never added.
    own: Mapping[str, frozenset[UUID]]

    @property
    def routes(self) -> dict[str, int]:
        """How many people came by each way."""
        ways = list(self.from_the_committee.values())
        return {
            **{route: ways.count(route) for route in ROUTES},
            **{way: len(self.own[way]) for way in OWN_WAYS},
        }

    @property
    def readings(self) -> dict[str, int]:
        """How many people each reading of "remitterade" counts."""
        ways = list(self.from_the_committee.values())
        return {name: sum(map(ways.count, routes)) for name, routes in READINGS.items()}


def ways_of(
    arrivals: Iterable[Arrival], period: Period, joins: Iterable[tuple[UUID, UUID]] = ()
) -> Ways:
    """Return by which ways people came in a period; `joins` are the standing ones."""
    same = who_is_who(joins)
    by_person: defaultdict[UUID, list[Arrival]] = defaultdict(list)
    own: dict[str, set[UUID]] = {way: set() for way in OWN_WAYS}
    for arrival in arrivals:
        if not period.first <= arrival.on <= period.last:
            continue
        person = same.get(arrival.key, arrival.key)
        if arrival.is_from_the_committee:
            by_person[person].append(arrival)
        elif arrival.is_enrolment and arrival.route in own:
            own[arrival.route].add(person)
    return Ways(
        from_the_committee={
            person: min((each.route for each in came), key=ROUTES.index)
            for person, came in by_person.items()
        },
        events=sum(map(_events, by_person.values())),
        started=frozenset(
            person for person, came in by_person.items() if any(each.has_started for each in came)
        ),
        own={way: frozenset(people) for way, people in own.items()},
    )


def _events(came: Iterable[Arrival]) -> int:
    """Return how many events one person's ways are."""
    kept = list(came)
    opened = [each.on for each in kept if each.is_enrolment]
    alone = [
        each
        for each in kept
        if not each.is_enrolment
        and not any(each.on <= day <= each.on + _FOLLOWS_WITHIN for day in opened)
    ]
    return len(opened) + len(alone)
