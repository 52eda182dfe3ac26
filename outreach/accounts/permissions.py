"""Who may do what: every rule of access, as plain functions over the actor.

A route names one `Access`; a service asks the function that belongs to the object. Both fail
closed: what no rule allows is not allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, NotAllowed

CASEWORKER = "caseworker"
SUPERVISOR = "supervisor"
RECEIVER = "receiver"
ANALYST = "analyst"
REVIEWER = "reviewer"
ADMINISTRATOR = "administrator"

ROLES = (CASEWORKER, SUPERVISOR, RECEIVER, ANALYST, REVIEWER, ADMINISTRATOR)
COMMITTEES = ("KN", "SN")
COMMITTEE_NAMES = {"KN": N_("Kompetensnämnden"), "SN": N_("Socialnämnden")}

# What a machine's token may be held to.
SCOPES = (
    "contacts:read", "contacts:write", "participants:read", "participants:write", "sites:read",
    "sites:write", "figures:read", "figures:write", "admin",
)  # fmt: skip


class SecondFactorRequired(NotAllowed):
    """Signed in with a password alone, in a role that needs more: nothing opens before."""

    slug = "second-factor-required"
    title = N_("Din roll behöver inloggning i två steg")
    advice = N_(
        "Öppna /konto/tva-steg i webbläsaren och följ stegen där. Därefter kommer du åt allt annat."
    )


# With these a machine reads people: only whoever runs the system makes such a key.
PERSONAL_SCOPES = frozenset({"participants:read", "participants:write"})


class NotYourSite(NotAllowed):
    """Right role, wrong place."""

    slug = "not-your-site"
    title = N_("Det är inte din plats")
    advice = N_("Du kan bara arbeta med platser som du hör till. Be din chef lägga till platsen.")


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks of whoever calls it.

    `roles` empty: any signed-in person. `scope` is what a machine's token needs besides; None
    keeps machines out. `while_locked` also answers a locked session, `before_second_factor`
    whoever has yet to set up the second factor that their role needs. `by_device` answers any
    tablet that is known by its token, revoked ones too, whoever is signed in at it or not.
    """

    roles: frozenset[str] = frozenset()
    scope: str | None = None
    public: bool = False
    while_locked: bool = False
    before_second_factor: bool = False
    by_device: bool = False

    def allows(self, actor: Actor) -> bool:
        """Tell whether the actor's roles, and a machine's scopes, are enough."""
        if self.roles and not actor.has(*self.roles):
            return False
        return actor.scopes is None or (self.scope is not None and self.scope in actor.scopes)


PUBLIC = Access(public=True)
BY_DEVICE = Access(by_device=True)
SIGNED_IN = Access(scope="sites:read")
# A person at a screen, never a machine: one's own account.
IN_PERSON = Access()
SIGNED_IN_OR_LOCKED = Access(while_locked=True, before_second_factor=True)
# Where the second factor is set up.
TWO_STEPS = Access(before_second_factor=True)
LOG_CONTACTS = Access(frozenset({CASEWORKER}), "contacts:write")
# From a tablet, as its author, what was written there without a network.
HAND_IN = Access(frozenset({CASEWORKER}))
READ_CONTACTS = Access(frozenset({CASEWORKER, SUPERVISOR}), "contacts:read")
# A code's thread is every caseworker's to read, wherever its contacts were.
READ_THREADS = Access(frozenset({CASEWORKER}), "contacts:read")
CHANGE_CONTACTS = Access(frozenset({CASEWORKER, SUPERVISOR}), "contacts:write")
# Rows in a file leave the house's own screens: in person, never a machine.
HAND_OUT_CONTACTS = Access(frozenset({SUPERVISOR}))
READ_PARTICIPANTS = Access(frozenset({CASEWORKER, SUPERVISOR}), "participants:read")
CHANGE_PARTICIPANTS = Access(frozenset({CASEWORKER, SUPERVISOR}), "participants:write")
# An official decision about a person: made by a person.
DECIDE_ERASURES = Access(frozenset({SUPERVISOR}))
READ_SITES = Access(scope="sites:read")
# A handoff has two sides: who sends, and the receivers of its team. Which one is theirs to act on
# is asked of the handoff.
HAND_OVER = Access(frozenset({CASEWORKER, SUPERVISOR, RECEIVER}), "participants:write")
READ_HANDOFFS = Access(frozenset({CASEWORKER, SUPERVISOR, RECEIVER}), "participants:read")
# One's own meetings, for one's own phone. In person: the address that is made would outlive a
# machine's key.
OWN_CALENDAR = Access(frozenset({CASEWORKER, SUPERVISOR, RECEIVER}))
# What a team follows of those whom it has taken on is its own.
FOLLOW_RECEIVED = Access(frozenset({RECEIVER}), "participants:write")
RUN_SHIFTS = Access(frozenset({CASEWORKER, SUPERVISOR}), "sites:write")
PLAN_SHIFTS = Access(frozenset({SUPERVISOR}), "sites:write")
READ_FIGURES = Access(frozenset({SUPERVISOR, ANALYST}), "figures:read")
# What other units count is typed in by those who answer for the report.
REPORT_FIGURES = Access(frozenset({SUPERVISOR, ANALYST}), "figures:write")
# What a committee is given stands for good, in the name of whoever leads the unit: never a machine.
FREEZE_FIGURES = Access(frozenset({SUPERVISOR}))
READ_JOBS = Access(frozenset({SUPERVISOR, ADMINISTRATOR}), "admin")
RUN_NIGHT = Access(frozenset({ADMINISTRATOR}), "admin")
ADMINISTER = Access(frozenset({ADMINISTRATOR}), "admin")
# On a tablet, in person; the tablet itself is asked for besides.
READ_ON_TABLET = Access(frozenset({CASEWORKER}))
REVIEW_TABLETS = Access(frozenset({CASEWORKER, SUPERVISOR}))
DECIDE_TABLETS = Access(frozenset({SUPERVISOR}))
READ_DEVICES = Access(frozenset({SUPERVISOR, ADMINISTRATOR}), "admin")
# Who may do what, and what proves it: decided by a person, never by a machine's key.
ADMINISTER_IN_PERSON = Access(frozenset({ADMINISTRATOR}))

View = TypeVar("View", bound=Callable[..., Any])


def access(rule: Access) -> Callable[[View], View]:
    """Declare a view's rule; a view without one answers nobody (see `guard.py`)."""

    def declare(view: View) -> View:
        view.access = rule  # type: ignore[attr-defined]
        return view

    return declare


def require_role(actor: Actor, *roles: str) -> None:
    """Raise NotAllowed unless the actor holds one of the roles."""
    if not actor.has(*roles):
        raise NotAllowed


def needs_second_factor(roles: Collection[str], wanted: Collection[str]) -> bool:
    """Tell whether one of the roles is among those that a second factor is wanted of."""
    return not frozenset(roles).isdisjoint(wanted)


def require_site(actor: Actor, site: str) -> None:
    """Raise NotYourSite unless the site is one of the actor's."""
    if site not in actor.sites:
        raise NotYourSite


def may_change_contact(
    actor: Actor, *, site: str, committee: str, recorded_by: UUID, identity: str
) -> bool:
    """Tell whether a contact may be changed, by nothing but what the actor sees of it.

    By its author; at the site, by the supervisor of the committee that answers for it, or of that
    whose known person it is; a protected person's by those who see it: they are named. Whose it is
    without the actor's knowing makes no difference, so no refusal tells that it is somebody's.
    """
    if identity == "protected" or (recorded_by == actor.id and actor.has(CASEWORKER)):
        return True
    leads = actor.has(SUPERVISOR) and site in actor.sites
    return leads and (committee == actor.committee or identity != "anonymous")
