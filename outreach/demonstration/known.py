"""Who of the invented year wants to be known: people who do not exist, with numbers nobody has.

As in `year.py`, plain data and functions. The individual numbers 980 to 999 are given to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from outreach.demonstration.people import id_of
from outreach.participants.numbers import check_digit

# By whom they are known, what they are called, and what is said of them beyond that.
Said = Mapping[str, Any]

# Somebody had been here for so many days when they began work.
_BEFORE_WORK = 30


def _ago(days: int, today: date) -> str:
    return (today - timedelta(days=days)).isoformat()


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who became known: to whom, by which name, and what came of it."""

    worker: str
    given_name: str
    family_name: str
    born: str
    said: Said = field(default_factory=dict)
    next_step: tuple[str, str, int] | None = None
    closing: Said | None = None
    # Since so many days at work when their time here ends, and what they said after a month of it.
    worked: tuple[int, str] | None = None
    consents_to: str | None = None

    def as_given(self, code: str, today: date) -> dict[str, Any]:
        """Return what the worker sends when the person is identified with their code on a day."""
        number = {} if self.said.get("number", ...) is None else {"number": self.number}
        return {
            "id": self.id,
            "given_name": self.given_name,
            "family_name": self.family_name,
            "route_in": "own_initiative",
            "recognition_code": code,
            "information_version": "1",
            "information_language": "sv",
            "information_interpreter": "none",
            **number,
            **self._long_here(today),
            **{name: value for name, value in self.said.items() if name != "number"},
        }

    def _long_here(self, today: date) -> Said:
        """Return that their time here began before they were at work, where they have been."""
        if self.worked is None:
            return {}
        return {"opened_on": _ago(self.worked[0] + _BEFORE_WORK, today)}

    def as_closing(self, today: date) -> dict[str, Any]:
        """Return what the worker sends when the person's time here ends on a day."""
        began = {"start_date": _ago(self.worked[0], today)} if self.worked else {}
        return {"closed_on": today.isoformat(), **began, **(self.closing or {})}

    def as_consent(self, today: date) -> dict[str, Any]:
        """Return what the worker sends when the person says yes to being told about."""
        return {
            "id": id_of(f"consent of {self.id}"),
            "participant_id": self.id,
            "from_committee": "KN",
            "to_team": self.consents_to,
            "categories": ["name", "phone", "language", "next_step"],
            "back": ["acceptance", "outcome"],
            "purpose": "Så att teamet kan ringa och boka ett första möte.",
            "valid_from": today.isoformat(),
            "valid_to": (today + timedelta(days=25)).isoformat(),
            "form": "oral",
            "text_version": "1",
            "language": "sv",
        }

    @property
    def id(self) -> str:
        """The person's id, the same wherever the demonstration is loaded."""
        return id_of(f"known {self.given_name} {self.family_name} {self.worker}")

    @property
    def number(self) -> str:
        """A personal number that nobody has."""
        nine = self.born[2:] + str(Random(self.born + self.family_name).randrange(980, 1000))  # noqa: S311 - invented
        return self.born + nine[6:] + check_digit(nine)


_SMS = {"contact_preference": {"sms": "yes", "call": "no", "safe_hours": "efter 15"}}
_JOBSEEKER = {
    "occupation_before": {"code": "jobseeker_no_programme"},
    "income_before": ["financial_assistance"],
}

KNOWN: tuple[Known, ...] = (
    Known(
        "anna.hagalund", "Elsa", "Nyberg", "19880314",
        {"phone": "070-174 06 05", **_SMS, **_JOBSEEKER},
        ("Tar med betyg till studie- och yrkesvägledaren", "person", 6),
        consents_to="jobbteamet",
    ),
    Known(
        "anna.hagalund", "Yonas", "Tekle", "19910702",
        {"language": "ti", "interpreter": "phone", "route_in": "outreach"},
        ("Ringer SFI om plats till våren", "worker", -3),
    ),
    Known("anna.hagalund", "Åke", "Östman", "19650921", _JOBSEEKER),
    Known(
        "anna.hagalund", "Maryam", "Azizi", "19950111", {"language": "fa", "protected": True},
    ),
    Known(
        "anna.hagalund", "Dragan", "Ilić", "19790530", {"route_in": "signposted", "origin": "af"},
        closing={
            "closing_result": "work_supported", "extent": 100, "verified_by": "contract",
            "occupation_after": {"code": "full_time"}, "income_after": ["wage"],
        },
        worked=(100, "yes"),
    ),
    Known(
        "samir.bagartorp", "Elsa", "Nyberg", "19880314", {"phone": "070-174 06 05"},
        ("Skriver klart sitt CV", "person", 10),
    ),
    Known(
        "samir.bagartorp", "Huda", "Salim", "19830419",
        {"language": "ar", "interpreter": "staff", **_JOBSEEKER},
        ("Besöker komvux öppet hus", "person", 4),
        consents_to="komvux_sfi",
    ),
    Known("samir.bagartorp", "Linnéa", "Ek", "20040225", {"number": None}),
    Known(
        "samir.bagartorp", "Bengt", "Årling", "19601104", _JOBSEEKER,
        closing={"closing_result": "education_other", "funded": False},
    ),
    Known(
        "leila.centrum", "Oksana", "Bondarenko", "19930817",
        {"language": "uk", "route_in": "signposted", "origin": "kn_komvux"},
        ("Hör av sig till näringslivsenheten om praktik", "team", 12),
    ),
    Known("leila.centrum", "Tuan", "Nguyen", "19871229", {"number": None}),
    Known(
        "leila.centrum", "Karin", "Hellström", "19720606", _JOBSEEKER,
        closing={"closing_result": "own_choice"},
    ),
    Known(
        "johan.uppsok", "Rasmus", "Wikander", "19980403",
        {"route_in": "outreach", "origin": "sn_other"},
        ("Kommer till Hagalund på tisdag", "person", 2),
    ),
    Known("johan.uppsok", "Amina", "Duale", "19860210", {"language": "so", "route_in": "outreach"}),
    Known("mariam.uppsok", "Elsa", "Nyberg", "19880314", {"route_in": "outreach"}),
    Known(
        "mariam.uppsok", "Stig", "Älvdal", "19560718",
        {"route_in": "outreach", "origin": "housing_company"},
    ),
)  # fmt: skip
