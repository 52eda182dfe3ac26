"""The rules of who may be put where, as plain functions over what was read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from outreach.accounts.permissions import CASEWORKER, RECEIVER, REVIEWER, SUPERVISOR
from outreach.foundation.errors import N_, Fault
from outreach.sites.codelists import CodeLists

# Roles whose rights end at a committee's border.
_OF_A_COMMITTEE = frozenset({CASEWORKER, SUPERVISOR, REVIEWER})


@dataclass(frozen=True, slots=True)
class Places:
    """What a person's places are held against: the code lists, today, and what they have now.

    A place that has closed may stay where it was; it cannot be given to anybody anew.
    """

    lists: CodeLists
    today: date
    units: Collection[UUID] = ()
    kept_sites: Collection[str] = ()
    kept_team: str | None = None

    def faults(self, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield every site, team and unit that is not there to be chosen."""
        for place, site in enumerate(data.get("sites") or ()):
            if site not in self.kept_sites and not self.lists.has("site", site, self.today):
                yield Fault(f"/sites/{place}", N_("Platsen finns inte att välja."))
        team = data.get("team")
        if team and team != self.kept_team and not self.lists.has("target", team, self.today):
            yield Fault("/team", N_("Teamet finns inte att välja."))
        unit = data.get("unit_id")
        if unit and unit not in self.units:
            yield Fault("/unit_id", N_("Enheten finns inte."))


def role_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    """A role is worth nothing without its reach: each names what it needs."""
    roles = frozenset(data.get("roles") or ())
    if roles & _OF_A_COMMITTEE and not data.get("committee"):
        yield Fault("/committee", N_("Rollen hör till en nämnd. Välj vilken."))
    if CASEWORKER in roles and not data.get("sites"):
        yield Fault("/sites", N_("En handläggare behöver minst en plats."))
    if SUPERVISOR in roles and not (data.get("unit_id") or data.get("sites")):
        yield Fault("/unit_id", N_("En enhetschef behöver en enhet, eller egna platser."))
    if RECEIVER in roles and not data.get("team"):
        yield Fault("/team", N_("En mottagare behöver ett team."))


# What decides how far somebody reaches.
_RIGHTS = ("roles", "sites", "committee", "unit_id", "team")


def own_rights_faults(data: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[Fault]:
    """Nobody gives themselves more, or other, rights: it takes a second administrator."""
    for name in _RIGHTS:
        if name in data and data[name] != before[name]:
            yield Fault(
                f"/{name}", N_("Dina egna roller och platser ändrar en annan systemförvaltare.")
            )


def parent_faults(
    id: UUID, parent_id: UUID | None, parents: Mapping[UUID, UUID | None]
) -> Iterator[Fault]:
    """A unit's parent is another unit that is there, and not one of those below it."""
    if parent_id is None:
        return
    if parent_id not in parents:
        yield Fault("/parent_id", N_("Enheten finns inte."))
    above: UUID | None = parent_id
    while above is not None:
        if above == id:
            yield Fault("/parent_id", N_("En enhet kan inte ligga under sig själv."))
            return
        above = parents.get(above)
