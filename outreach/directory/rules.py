"""The rules of the directory, as plain functions over what was read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from outreach.foundation.errors import N_, Fault
from outreach.sites.codelists import CodeLists

# What nobody has looked at for longer than this is shown as something to check.
FRESH = timedelta(days=180)

# Ages that a requirement can be about; whoever is met is sixteen at least.
YOUNGEST, OLDEST = 0, 120

_PHONE = re.compile(r"\+?[0-9][0-9 \-]{3,24}")

Facts = Mapping[str, Any]


def is_stale(checked_on: date | None, today: date) -> bool:
    """Tell whether an entry needs looking at: never checked, or more than 180 days ago."""
    return checked_on is None or today - checked_on > FRESH


@dataclass(frozen=True, slots=True)
class Intake:
    """What an entry is held against: the code lists, and the day."""

    lists: CodeLists
    today: date

    def faults(self, facts: Facts) -> Iterator[Fault]:
        """Yield everything that is wrong with an entry."""
        yield from self._code_faults(facts)
        yield from age_faults(facts)
        yield from reach_faults(facts)
        yield from day_faults(facts)

    def _code_faults(self, facts: Facts) -> Iterator[Fault]:
        target = facts.get("target")
        if target is not None and not self.lists.has("target", target, self.today):
            yield Fault("/target", N_("Välj ett av målen i listan."))
        for name, list_name in (("languages", "talk_language"), ("needs", "topic")):
            codes = facts.get(name) or []
            for place, code in enumerate(codes):
                if not self.lists.has(list_name, code, self.today):
                    yield Fault(f"/{name}/{place}", N_("”%(code)s” finns inte."), {"code": code})
                elif code in codes[:place]:
                    yield Fault(f"/{name}/{place}", N_("Samma val två gånger."))


def age_faults(facts: Facts) -> Iterator[Fault]:
    """The youngest is not older than the oldest."""
    asked = facts.get("requirements") or {}
    youngest, oldest = asked.get("min_age"), asked.get("max_age")
    if youngest is not None and oldest is not None and oldest < youngest:
        yield Fault("/requirements/max_age", N_("Högsta åldern är lägre än den lägsta."))


def reach_faults(facts: Facts) -> Iterator[Fault]:
    """A phone number can be dialled, and an address on the web leads to the web."""
    phone, url = facts.get("phone"), facts.get("url")
    if phone and not _PHONE.fullmatch(phone):
        yield Fault("/phone", N_("Skriv numret med siffror, till exempel 08-465 004 00."))
    if url and not _leads_to_the_web(url):
        yield Fault("/url", N_("Skriv hela adressen: https://…"))


def _leads_to_the_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and "." in parts.netloc and " " not in url


def day_faults(facts: Facts) -> Iterator[Fault]:
    """An entry ends when it has begun."""
    first, last = facts.get("valid_from"), facts.get("valid_to")
    if first and last and last < first:
        yield Fault("/valid_to", N_("Sista dagen kan inte vara före den första."))


def requirement_words(requirements: Facts) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield each requirement as a sentence to translate, with the values it takes."""
    youngest, oldest = requirements.get("min_age"), requirements.get("max_age")
    if youngest is not None and oldest is not None:
        yield N_("%(youngest)s–%(oldest)s år"), {"youngest": youngest, "oldest": oldest}
    elif youngest is not None:
        yield N_("Minst %(youngest)s år"), {"youngest": youngest}
    elif oldest is not None:
        yield N_("Högst %(oldest)s år"), {"oldest": oldest}
    for name, sentence in (
        ("resident", N_("Bor i Solna")),
        ("af_registered", N_("Inskriven på Arbetsförmedlingen")),
        ("af_decision", N_("Har ett beslut från Arbetsförmedlingen")),
    ):
        if requirements.get(name):
            yield sentence, {}
