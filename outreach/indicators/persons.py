"""Persons: whose the contacts of a period are, everybody once however often and as whom they came.

Participants who are joined are one person; so are all whom a chain of joins holds together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from outreach.identification.rules import Groups
from outreach.indicators.counting import PARTICIPATION, CountRow, Meeting

PROTECTED = "protected"
# The way of whoever has no enrolment in the period.
NO_ROUTE = "unknown"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who took part in a period, as the breakdowns place them (rule R6).

    `site` is every place where they took part; gender and age band are those of their last
    contact that counts; `route_in` is every way of their enrolments in the period. A protected
    person stands in the residual alone.
    """

    site: frozenset[str]
    gender: str
    age_band: str
    identity: str
    route_in: frozenset[str] = frozenset({NO_ROUTE})


@dataclass(frozen=True, slots=True)
class People:
    """Who took part in a period, and what everybody with a name had of contacts in it."""

    persons: tuple[Person, ...]
    contacts: tuple[tuple[CountRow, ...], ...]
    # Whose keys the persons are: of several that are joined, the one that all of them share.
    keys: frozenset[UUID] = frozenset()


NOBODY = People((), ())


def people_of(
    meetings: Iterable[Meeting],
    joins: Iterable[tuple[UUID, UUID]] = (),
    protected: Collection[UUID] = (),
    routes: Iterable[tuple[UUID, str]] = (),
) -> People:
    """Return the people of a period from all their contacts in it that count (rule R2).

    `joins` are the standing ones, `protected` the keys of all who are; whoever is joined with a
    protected one is as protected. `routes` are the ways of all enrolments that overlap the period.
    Who had only contacts that are not taking part is no person.
    """
    same = who_is_who(joins)
    by_person: defaultdict[UUID, list[Meeting]] = defaultdict(list)
    for meeting in meetings:
        by_person[same.get(meeting.key, meeting.key)].append(meeting)
    guarded = {same.get(key, key) for key in protected}
    ways: defaultdict[UUID, set[str]] = defaultdict(set)
    for key, route in routes:
        ways[same.get(key, key)].add(route)
    found = {
        key: _person(own, ways.get(key, ()), is_protected=key in guarded)
        for key, own in by_person.items()
    }
    return People(
        persons=tuple(person for person in found.values() if person is not None),
        keys=frozenset(key for key, person in found.items() if person is not None),
        contacts=tuple(tuple(each.said for each in own) for own in by_person.values()),
    )


def who_is_who(joins: Iterable[tuple[UUID, UUID]]) -> Mapping[UUID, UUID]:
    """Return, for everybody in a join, the one key that all who are the same person share.

    Joins go both ways and along: the keys are the least of each connected component.
    """
    groups: Groups[UUID] = Groups()
    members = set[UUID]()
    for pair in joins:
        groups.join(*pair)
        members.update(pair)
    return {one: groups.one(one) for one in members}


def _person(
    meetings: Collection[Meeting], ways: Collection[str], *, is_protected: bool
) -> Person | None:
    """Return the person whose contacts these are, None when they never took part."""
    places = {each.said.site for each in meetings if each.said.contact_type in PARTICIPATION}
    if not places:
        return None
    last = max(meetings, key=lambda each: (each.at, each.contact)).said
    return Person(
        site=frozenset(places),
        gender=last.gender,
        age_band=last.age_band,
        identity=PROTECTED if is_protected else "identified",
        route_in=frozenset(ways or {NO_ROUTE}),
    )
