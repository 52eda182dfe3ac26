"""The code lists and places as one immutable picture that rules can ask."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Choice:
    """One code with its labels and the days on which it may be chosen."""

    code: str
    label_sv: str
    label_en: str
    valid_from: date
    valid_to: date | None = None

    def holds(self, on: date) -> bool:
        """Tell whether the code may be used for something that happened that day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def label(self, language: str) -> str:
        """Return the label in the given language; Swedish unless it is English."""
        return self.label_en if language == "en" else self.label_sv


@dataclass(frozen=True, slots=True)
class Duty:
    """Which committee answers for an activity at a site, and when."""

    site: str
    activity: str
    committee: str
    valid_from: date
    valid_to: date | None = None
    # False: the committee has decided that nobody is written down by name there.
    identity_recorded: bool = True

    def holds(self, on: date) -> bool:
        """Tell whether the committee answers for the activity that day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


ACTIVITIES = ("open", "outreach")

# Lists whose codes the program's own rules name: new ones would mean nothing to it.
CLOSED_LISTS = frozenset(
    {"activity", "age_band", "closing_result", "contact_result", "contact_type", "first_time"}
    | {"gender", "route_in"}
)

# Codes that the program writes or asks for by itself: without them nothing could be recorded.
_NEEDED = {
    "activity": frozenset({"open", "outreach"}),
    "age_band": frozenset({"unknown"}),
    "closing_result": frozenset({"registered_in_error"}),
    "contact_result": frozenset(
        {"information_given", "signposted", "meeting_booked", "handoff_started"}
    ),
    "contact_type": frozenset({"drop_in", "booked", "outreach", "group", "brief"}),
    "first_time": frozenset({"not_asked"}),
    "gender": frozenset({"unknown"}),
    "interpreter": frozenset({"none"}),
    "route_in": frozenset({"unknown"}),
    "talk_language": frozenset({"sv"}),
    "void_reason": frozenset({"mistap"}),
}


def is_needed(list_name: str, code: str) -> bool:
    """Tell whether the program itself needs the code, so that it can never be retired."""
    return code in _NEEDED.get(list_name, ())


@dataclass(frozen=True, slots=True)
class Held:
    """What could be chosen on a day: the codes of each list, and whose activity it was where."""

    lists: Mapping[str, frozenset[str]]
    duties: Mapping[tuple[str, str], str]

    def codes(self, name: str) -> frozenset[str]:
        """Return the codes of a list; none for a list that nobody knows."""
        return self.lists.get(name, frozenset())


class CodeLists:
    """Every list as it stood at one revision."""

    def __init__(
        self,
        revision: int,
        lists: Mapping[str, Iterable[Choice]],
        duties: Iterable[Duty],
    ) -> None:
        self.revision = revision
        self._lists = {
            name: {choice.code: choice for choice in choices} for name, choices in lists.items()
        }
        self._duties: dict[tuple[str, str], list[Duty]] = {}
        for duty in duties:
            self._duties.setdefault((duty.site, duty.activity), []).append(duty)
        # Between two of these days nothing changes, so that one picture serves them all.
        self._turns = sorted(set(self._changes()))
        self._held: dict[int, Held] = {}

    def _changes(self) -> Iterator[date]:
        choices = [choice for codes in self._lists.values() for choice in codes.values()]
        duties = [duty for duties in self._duties.values() for duty in duties]
        held: list[Choice | Duty] = [*choices, *duties]
        for valid in held:
            yield valid.valid_from
            if valid.valid_to is not None and valid.valid_to < date.max:
                yield valid.valid_to + timedelta(days=1)

    def on(self, day: date) -> Held:
        """Return all that could be chosen that day; quick for whoever asks about many codes."""
        turn = bisect_right(self._turns, day)
        held = self._held.get(turn)
        if held is None:
            # Two threads may both make it: they make the same.
            held = self._held[turn] = self._held_on(day)
        return held

    def _held_on(self, day: date) -> Held:
        lists = {
            name: frozenset(code for code, choice in choices.items() if choice.holds(day))
            for name, choices in self._lists.items()
        }
        owners = {place: self.committee(*place, day) for place in self._duties}
        return Held(lists, {place: owner for place, owner in owners.items() if owner is not None})

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all lists."""
        return tuple(self._lists)

    def all(self, name: str) -> tuple[Choice, ...]:
        """Return a list with its retired codes, in its own order."""
        return tuple(self._lists.get(name, {}).values())

    def offered(self, name: str, on: date) -> Iterator[Choice]:
        """Yield the choices of a list that may be used that day."""
        return (choice for choice in self.all(name) if choice.holds(on))

    def has(self, name: str, code: str, on: date) -> bool:
        """Tell whether a code may be used for something that happened that day."""
        choice = self._lists.get(name, {}).get(code)
        return choice is not None and choice.holds(on)

    def label(self, name: str, code: str, language: str) -> str:
        """Return a code's label, retired or not; the code itself when nothing knows it."""
        choice = self._lists.get(name, {}).get(code)
        return choice.label(language) if choice else code

    def committee(self, site: str, activity: str, on: date) -> str | None:
        """Return whose activity it is at a site that day, None when it is not held there."""
        duty = self._duty(site, activity, on)
        return duty.committee if duty else None

    def may_identify(self, site: str, activity: str, on: date) -> bool:
        """Tell whether somebody may come to be known there that day.

        False where the committee has decided that no identity is recorded, or where the activity
        is not held at all.
        """
        duty = self._duty(site, activity, on)
        return duty is not None and duty.identity_recorded

    def _duty(self, site: str, activity: str, on: date) -> Duty | None:
        duties = self._duties.get((site, activity), ())
        return next((duty for duty in duties if duty.holds(on)), None)

    def activities(self, site: str, on: date) -> tuple[str, ...]:
        """Return what is done at a site that day, the open activity first: it is the usual one."""
        return tuple(each for each in ACTIVITIES if self.committee(site, each, on))
