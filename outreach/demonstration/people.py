"""Who works in the demonstration: invented people, in the two committees' units.

Their passwords and second factors are known to everybody who reads this: the demonstration is never
loaded in production, and `outreach check` is red where its people are.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

# Every id of the demonstration comes from this one and a word, so that it is the same everywhere.
DEMONSTRATION = UUID("5b0f1f0e-6d0c-4b6e-9a55-50171a0de300")


def id_of(word: str) -> str:
    """Return the demonstration's id for a word."""
    return str(uuid5(DEMONSTRATION, word))


UNITS: tuple[dict[str, Any], ...] = (
    {
        "id": id_of("unit kn"),
        "name": "Jobbfabriken Vuxna",
        "committee": "KN",
        "sites": ["hagalund", "solna_centrum", "bagartorp", "remote"],
    },
    {
        "id": id_of("unit sn"),
        "name": "Uppsökande arbete",
        "committee": "SN",
        "sites": ["hagalund", "bagartorp", "outreach_other"],
    },
)


@dataclass(frozen=True, slots=True)
class Person:
    """One of the invented staff."""

    username: str
    password: str
    name: str
    role: str
    committee: str | None = None
    sites: tuple[str, ...] = ()
    unit: str | None = None
    team: str | None = None

    def as_given(self) -> dict[str, Any]:
        """Return the person as the administrator would enter them."""
        return {
            "id": id_of(self.username),
            "username": self.username,
            "name": self.name,
            "password": self.password,
            "roles": [self.role],
            "sites": list(self.sites),
            "committee": self.committee,
            "unit_id": id_of(self.unit) if self.unit else None,
            "team": self.team,
        }

    def as_told(self) -> dict[str, Any]:
        """Return what somebody needs to know to sign in as the person."""
        told = {
            "username": self.username,
            "password": self.password,
            "roles": [self.role],
            "sites": list(self.sites),
            "committee": self.committee,
        }
        return told | ({"team": self.team} if self.team else {})

    @property
    def totp_secret(self) -> str:
        """The secret of the person's second factor, where the demonstration gives them one."""
        digest = hashlib.sha256(f"second factor of {self.username}".encode()).digest()
        return base64.b32encode(digest[:20]).decode()


STAFF = (
    Person(
        "anna.hagalund", "vinter-lampa-orkester-kvast", "Anna Lindqvist", "caseworker",
        "KN", ("hagalund", "remote"), "unit kn",
    ),
    Person(
        "samir.bagartorp", "kanot-vinter-saffran-hylla", "Samir Haddad", "caseworker",
        "KN", ("bagartorp", "remote"), "unit kn",
    ),
    Person(
        "leila.centrum", "trumpet-mossa-biljett-kajak", "Leila Farhadi", "caseworker",
        "KN", ("solna_centrum", "hagalund"), "unit kn",
    ),
    Person(
        "johan.uppsok", "gardin-lingon-propeller-fjord", "Johan Ekström", "caseworker",
        "SN", ("hagalund", "bagartorp", "outreach_other"), "unit sn",
    ),
    Person(
        "mariam.uppsok", "pelargon-skida-kompass-ullgarn", "Mariam Warsame", "caseworker",
        "SN", ("hagalund", "bagartorp", "outreach_other"), "unit sn",
    ),
    Person(
        "eva.chef", "dragspel-moln-sticka-enbuske", "Eva Nyström", "supervisor",
        "KN", (), "unit kn",
    ),
    Person(
        "tomasz.chef", "hallon-teleskop-vante-kvarn", "Tomasz Zieliński", "supervisor",
        "SN", (), "unit sn",
    ),
    Person(
        "ritva.osa", "sparv-kaffekopp-domkraft-damm", "Ritva Mäkinen", "receiver",
        "SN", team="osa",
    ),
    Person(
        "daniel.jobbteamet", "fiol-havtorn-brevpapper-karusell", "Daniel Tesfai", "receiver",
        "SN", team="jobbteamet",
    ),
    Person(
        "karin.utredare", "grafit-ekorre-paraply-onsdag", "Karin Sandberg", "analyst", "KN",
    ),
    Person(
        "bo.granskare", "kastrull-norrsken-rabarber-segel", "Bo Hedlund", "reviewer", "KN",
    ),
    Person(
        "nils.forvaltare", "skiftnyckel-dimma-aprikos-vagn", "Nils Åkerlund", "administrator",
    ),
)  # fmt: skip
