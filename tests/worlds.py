"""Made-up months of a small activity: contacts, some of known people who come again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from outreach.foundation.periods import Period
from outreach.indicators.counting import CountRow, Meeting
from outreach.indicators.pack import Counted
from outreach.indicators.persons import people_of

LISTS = {
    "site": ("hagalund", "bagartorp", "solna_centrum"),
    "activity": ("open", "outreach"),
    "gender": ("woman", "man", "other", "unknown"),
    "age_band": ("18-29", "30-44", "45-64", "unknown"),
    "route_in": ("own_initiative", "signposted", "assigned", "unknown"),
}
_KINDS = {"drop_in": 10, "booked": 5, "phone": 4, "group": 1, "digital": 1, "brief": 1}
# Of known people every so many has protected personal data.
_PROTECTED = 25


@dataclass
class World:
    """All that was met, month by month."""

    rows: list[CountRow] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)
    protected: set[UUID] = field(default_factory=set)
    routes: list[tuple[UUID, str]] = field(default_factory=list)

    def counted(self, period: Period) -> Counted:
        """Return what is counted of a period."""
        rows = [row for row in self.rows if row.month in period.months]
        meetings = [each for each in self.meetings if each.said.month in period.months]
        return Counted(rows, people_of(meetings, (), self.protected, self.routes), LISTS, period)


def a_world(random: Random, months: tuple[str, ...], *, contacts: int, people: int) -> World:
    """Return a world of so many contacts, about half of them with so many known people."""
    world = World()
    about = {
        UUID(int=each): {name: random.choice(LISTS[name]) for name in ("gender", "age_band")}
        for each in range(1, people + 1)
    }
    world.protected = {key for key in about if random.randrange(_PROTECTED) == 0}
    world.routes = [
        (key, way)
        for key in about
        for way in random.sample(LISTS["route_in"], random.choice((0, 1, 1, 2)))
    ]
    for number in range(contacts):
        kind = random.choices(list(_KINDS), list(_KINDS.values()))[0]
        may_be_known = bool(about) and kind not in {"group", "brief"} and random.random() < 0.5
        key = random.choice(list(about)) if may_be_known else None
        known = "anonymous" if key is None else "identified"
        identity = "protected" if key in world.protected else known
        row = _row(random, kind, random.choice(months), identity, about.get(key) if key else None)
        world.rows.append(row)
        if key is not None:
            at = datetime(int(row.month[:4]), int(row.month[5:]), 1, tzinfo=UTC)
            meeting = Meeting(key, at + timedelta(minutes=number), UUID(int=number), row)
            world.meetings.append(meeting)
    return world


def _row(
    random: Random, kind: str, month: str, identity: str, about: dict[str, str] | None
) -> CountRow:
    several = random.randint(2, 12) if kind == "group" else 1
    guessed = {name: random.choice(LISTS[name]) for name in ("gender", "age_band")}
    said = about or (guessed if several == 1 else dict.fromkeys(guessed, "unknown"))
    return CountRow(
        month=month,
        site=random.choices(LISTS["site"], [6, 3, 1])[0],
        activity=random.choice(LISTS["activity"]),
        contact_type=kind,
        first_time=random.choice(("yes", "no", "no")) if several == 1 else "not_asked",
        identity=identity,
        contacts=1,
        headcount=several,
        **said,
    )
