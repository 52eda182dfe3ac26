"""Who acts: the argument that every service function takes first."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, or a named part of the system, with everything that access rules ask about.

    `scopes` is None for a person; a machine's token is held to the scopes that it names, and
    `token` is its id, so that the trail can say which machine it was.
    """

    id: UUID
    username: str
    name: str
    roles: frozenset[str]
    sites: frozenset[str] = frozenset()
    committee: str | None = None
    unit: UUID | None = None
    team: str | None = None
    scopes: frozenset[str] | None = None
    token: UUID | None = None

    def has(self, *roles: str) -> bool:
        """Tell whether the actor holds at least one of the roles."""
        return not self.roles.isdisjoint(roles)


# Whoever acts without being a person: one id for every part of the system.
SYSTEM = UUID(int=0)


def system(task: str) -> Actor:
    """Return the named system actor for a task, so that the audit says which one it was."""
    return Actor(id=SYSTEM, username=f"system:{task}", name=task, roles=frozenset({"system"}))
