"""Who of the invented people is handed over, and how far that has come: somebody in every state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from outreach.demonstration.known import KNOWN, Known
from outreach.demonstration.people import id_of
from outreach.handoffs.lifecycle import Action

_FIELDS = ("name", "phone", "language", "next_step")
_DANIEL, _RITVA = "daniel.jobbteamet", "ritva.osa"


@dataclass(frozen=True, slots=True)
class Act:
    """What is done with a handoff so many days ago; by the sender where nobody else is named."""

    days_ago: int
    action: Action
    given: Mapping[str, Any]
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Handing:
    """One handoff: of whom, to which team, and what was done with it."""

    person: Known
    team: str
    days_ago: int
    acts: tuple[Act, ...]
    fields: tuple[str, ...] = _FIELDS
    origin: str | None = None

    @property
    def id(self) -> str:
        """The handoff's id, the same wherever the demonstration is loaded."""
        return id_of(f"handoff {self.person.id} {self.team}")

    def as_given(self) -> dict[str, Any]:
        """Return it as it is begun."""
        begun: dict[str, Any] = {"id": self.id, "participant_id": self.person.id}
        if self.origin:
            return begun | {"direction": "in", "origin": self.origin, "team": self.team}
        return begun | {"team": self.team, "fields": list(self.fields)}

    def as_consent(self, today: date) -> dict[str, Any]:
        """Return the person's yes to it."""
        return {
            "id": id_of(f"yes {self.id}"),
            "participant_id": self.person.id,
            "to_team": self.team,
            "categories": list(self.fields),
            "back": ["acceptance", "progress", "outcome"],
            "purpose": "Stöd att hitta och behålla ett arbete",
            "valid_from": today.isoformat(),
            "valid_to": (today + timedelta(days=180)).isoformat(),
            "form": "oral",
            "text_version": "1",
            "language": "sv",
        }


def _known(worker: str, given_name: str) -> Known:
    return next(each for each in KNOWN if (each.worker, each.given_name) == (worker, given_name))


def _send(days_ago: int) -> Act:
    return Act(days_ago, "send", {})


def _message(days_ago: int, text: str, by: str | None = None) -> Act:
    return Act(days_ago, "message", {"id": id_of(f"message {text}"), "text": text}, by)


HANDED_OVER: tuple[Handing, ...] = (
    Handing(
        _known("anna.hagalund", "Elsa"), "jobbteamet", 6,
        (
            _send(6),
            Act(5, "accept", {}, _DANIEL),
            _message(5, "Passar tisdag eller torsdag för ett första möte?", _DANIEL),
            _message(4, "Tisdag klockan tio går bra för Elsa."),
            Act(4, "first-meeting", {"state": "held"}, _DANIEL),
            Act(2, "start", {}, _DANIEL),
        ),
    ),
    Handing(_known("anna.hagalund", "Åke"), "jobbteamet", 1, (_send(1),)),
    Handing(
        _known("anna.hagalund", "Yonas"), "jobbteamet", 4,
        (_send(4), Act(3, "return", {"missing": ["phone", "contact_preference"]}, _DANIEL)),
    ),
    Handing(
        _known("leila.centrum", "Tuan"), "jobbteamet", 9,
        (_send(9), Act(7, "decline", {"reason": "queue_full"}, _DANIEL)),
    ),
    Handing(_known("leila.centrum", "Oksana"), "naringslivsenheten", 0, ()),
    Handing(
        _known("samir.bagartorp", "Linnéa"), "jobbfabriken_unga", 5,
        (_send(5), Act(2, "withdraw", {"reason": "person"})),
    ),
    Handing(_known("johan.uppsok", "Rasmus"), "osa", 13, (_send(13),)),
    Handing(
        _known("johan.uppsok", "Amina"), "osa", 8,
        (_send(8), Act(6, "accept", {}, _RITVA)),
    ),
    Handing(
        _known("mariam.uppsok", "Stig"), "osa", 13,
        (
            _send(13),
            Act(12, "accept", {}, _RITVA),
            Act(10, "start", {}, _RITVA),
            Act(1, "complete", {"outcome": "measure_started"}, _RITVA),
        ),
    ),
    Handing(
        _known("mariam.uppsok", "Elsa"), "jobbteamet", 12,
        (
            _send(12),
            Act(11, "accept", {}, _DANIEL),
            Act(3, "not-complete", {"reason": "lost_contact"}, _DANIEL),
        ),
    ),
    Handing(
        _known("samir.bagartorp", "Huda"), "arbetsformedlingen", 3, (), origin="af",
    ),
)  # fmt: skip
