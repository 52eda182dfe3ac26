"""Use cases of the plattkod: one's own code at one tablet, to unlock and to switch with.

It is short, so it is worth little by itself: it counts on its tablet alone, five wrong tries take
it away, and nobody whose role needs a second factor begins a session by it.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts import by_code, passwords, sessions
from outreach.accounts.sessions import SessionOver, WrongPassword
from outreach.accounts.tries import SignInPolicy
from outreach.audit import trail
from outreach.devices import grants
from outreach.devices.models import DevicePerson
from outreach.devices.rules import plattkod_faults
from outreach.devices.schemas import SwitchSchema, TabletCodeSchema
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import N_, NotSignedIn
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction

_CODE = TabletCodeSchema()
_SWITCH = SwitchSchema()
_TOO_MANY = N_("För många fel plattkoder i rad. Logga in igen och välj en ny plattkod.")


class WrongTabletCode(NotSignedIn):
    """Signed in already, but that is not the person's code on this tablet."""

    slug = "wrong-code"
    title = N_("Fel plattkod")
    advice = N_("Försök igen. Efter fem fel i rad loggas du ut och plattkoden försvinner.")


class NoTabletCode(NotSignedIn):
    """The person has no code on this tablet, or none any more."""

    slug = "no-code"
    title = N_("Du har ingen plattkod på den här plattan")
    advice = N_("Lås upp med ditt lösenord och välj sedan en plattkod.")


class SwitchRefused(NotSignedIn):
    """No switch to that person by that code: it does not say which of all reasons it was.

    It bears the name of its ancestor: a full sign-in is what helps in every case.
    """

    advice = N_("Plattkoden stämmer inte eller gäller inte här. Försök igen, eller logga in.")


def has_code(*, user_id: UUID, device: UUID) -> bool:
    """Tell whether a person has a plattkod on a tablet."""
    return db.session.get(DevicePerson, (device, user_id), populate_existing=True) is not None


def set_code(*, by: Actor, secret: str, device: UUID, given: object, policy: SignInPolicy) -> None:
    """Give oneself a plattkod on the tablet, in place of the one there may be.

    `secret` is the session's. Without the password only where that was given a moment ago. Raises
    RuleBroken, WrongPassword, and SessionOver after too many wrong passwords.
    """
    data = read(_CODE, given, plattkod_faults)
    if "password" in data:
        sessions.prove_again(by, secret, data["password"], policy)
    elif not by_code.is_password_fresh(secret):
        raise WrongPassword(N_("Skriv ditt lösenord för att välja plattkod."))
    kept = {
        "code_hash": passwords.hasher(policy.cost).hash(data["code"]),
        "wrong_tries": 0,
        "set_at": clock.now(),
    }
    with transaction() as session:
        by_code.place(secret, by=by, tablet=device)
        adding = insert(DevicePerson).values(device_id=device, user_id=by.id, **kept)
        keys = ["device_id", "user_id"]
        session.execute(adding.on_conflict_do_update(index_elements=keys, set_=kept))
        trail.record(by=by, action="set_code", kind="device", id=device)


def unlock(*, by: Actor, secret: str, device: UUID, code: str, policy: SignInPolicy) -> None:
    """Unlock the screen for the same person by their plattkod on the tablet.

    Raises NoTabletCode and WrongTabletCode. After too many in a row the code is void, the session
    is ended, and it raises SessionOver.
    """
    kept, right = _compared(by.id, device, code, policy)
    refusal: NotSignedIn | None = None
    with transaction():
        by_code.hold(secret)
        here = _held(by.id, device)
        if here is None:
            refusal = NoTabletCode()
        elif right and here.code_hash == kept:
            here.wrong_tries = 0
            by_code.unlock(secret, tablet=device)
            trail.record(by=by, action="unlock", kind="session", device=str(device))
        elif _is_void_now(here, by, policy):
            by_code.end(secret)
            refusal = SessionOver(_TOO_MANY)
        else:
            refusal = WrongTabletCode()
        if refusal is not None:
            trail.record(by=by, action="unlock_refused", kind="session", device=str(device))
    if refusal is not None:
        raise refusal


def switch(
    *, device: UUID, given: object, policy: SignInPolicy, replacing: str | None = None
) -> tuple[Actor, str]:
    """Begin the session of a colleague who has a plattkod on the tablet and may hand in from it.

    Returns who it is and the secret for the cookie. `replacing` is the secret of the session that
    the browser had: when it is that very person's it is unlocked and goes on, else it ends. Raises
    RuleBroken, and SwitchRefused, after the same work and in the same words whether the person
    exists or not, for whatever does not let them in.
    """
    data = read(_SWITCH, given)
    user_id = data["user_id"]
    kept, right = _compared(user_id, device, data["code"], policy)
    begun: str | None = None
    with transaction():
        who = by_code.hold_account(user_id)
        if replacing:
            by_code.hold(replacing)
        here = _held(user_id, device)
        if who and here and right and here.code_hash == kept:
            here.wrong_tries = 0
            if replacing and by_code.goes_on(replacing, of=who, tablet=device):
                begun = replacing
            elif grants.has_grant(user_id=user_id, device=device):
                begun = by_code.begin(who, tablet=device, policy=policy, replacing=replacing)
        elif who and here:
            _is_void_now(here, who, policy)
        action = "switch" if begun else "switch_refused"
        trail.record(by=who or system("door"), action=action, kind="session", device=str(device))
    if who is None or begun is None:
        raise SwitchRefused
    return who, begun


def _compared(user_id: UUID, device: UUID, code: str, policy: SignInPolicy) -> tuple[str, bool]:
    """Return the hash that is kept of the person's code there, and whether the code is that one.

    Before the row is held: how long a hash takes must make nobody else wait.
    """
    kept = db.session.scalar(
        sa.select(DevicePerson.code_hash).where(
            DevicePerson.device_id == device, DevicePerson.user_id == user_id
        )
    )
    kept = kept or passwords.nobodys(policy.cost)
    return kept, passwords.matches(kept, code)


def _held(user_id: UUID, device: UUID) -> DevicePerson | None:
    """Return the person's code on the tablet, held for this transaction."""
    return db.session.get(
        DevicePerson, (device, user_id), with_for_update=True, populate_existing=True
    )


def _is_void_now(here: DevicePerson, who: Actor, policy: SignInPolicy) -> bool:
    """Count a wrong try; take the code away after too many, and tell whether that was now."""
    here.wrong_tries += 1
    if here.wrong_tries < policy.tries:
        return False
    db.session.delete(here)
    trail.record(by=who, action="void_code", kind="device", id=here.device_id)
    return True
