"""Use cases of one's own second factor: setting it up, changing it, new recovery codes, none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from outreach.accounts import factors, one_time, passwords, tries
from outreach.accounts.factors import WrongOtp
from outreach.accounts.models import SignIn
from outreach.accounts.permissions import needs_second_factor
from outreach.accounts.schemas import OtpSchema, ProofSchema
from outreach.accounts.sessions import WrongPassword, end_others, prove_again
from outreach.accounts.tries import SignInPolicy
from outreach.audit import trail
from outreach.foundation import clock, keyring
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Conflict, Fault, RuleBroken
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction

_WRONG_CODE = N_(
    "Koden stämmer inte. Skriv den som appen visar nu. En kod går bara att använda en gång."
)
_NOT_OF_THE_NEW_APP = N_(
    "Koden stämmer inte. Skriv den som appen visar nu, och se efter att telefonens klocka går rätt."
)


class NothingBegun(Conflict):
    """A code for a second factor that nobody is setting up here, or that is set up already."""

    slug = "nothing-begun"
    title = N_("Det finns inget att bekräfta")
    advice = N_("Gå till Inloggning i två steg och börja därifrån.")


class SecondFactorKept(Conflict):
    """A role of the person needs it."""

    slug = "second-factor-kept"
    title = N_("Din roll behöver inloggning i två steg")
    advice = N_("Den går inte att stänga av, men du kan byta till en annan app eller telefon.")


@dataclass(frozen=True, slots=True)
class OwnFactor:
    """How it stands with one's own second factor."""

    enrolled_at: datetime | None
    recovery_codes_left: int
    required: bool

    @property
    def password_wanted(self) -> bool:
        """Whether setting it up asks who it is: not right after signing in because of it."""
        return self.enrolled_at is not None or not self.required


def own(*, by: Actor, policy: SignInPolicy) -> OwnFactor:
    """Return how it stands with one's own second factor."""
    return OwnFactor(
        enrolled_at=factors.enrolled_at(by.id),
        recovery_codes_left=factors.recovery_codes_left(by.id),
        required=needs_second_factor(by.roles, policy.second_factor),
    )


def begin(*, by: Actor, secret: str, given: object, policy: SignInPolicy) -> None:
    """Begin to set up a second factor, in place of the one there may be, which stays until then.

    `secret` is the session's. Only whoever was let in to do just this need not prove anew who they
    are. A second call begins anew. Raises RuleBroken, SessionOver, AccountResting.
    """
    if own(by=by, policy=policy).password_wanted:
        _prove(by, secret, given, policy)
    pending = keyring.sealed_factor(one_time.new_secret(), of=by.id)
    with transaction():
        db.session.execute(
            sa.update(SignIn)
            .where(SignIn.digest == passwords.digest(secret))
            .values(pending_factor=pending)
        )
        trail.record(by=by, action="begin_second_factor", kind="user", id=by.id)


def pending(*, by: Actor, secret: str) -> str | None:
    """Return what the app is to be told, in the browser where it was begun; else None."""
    kept = db.session.scalar(
        sa.select(SignIn.pending_factor).where(
            SignIn.digest == passwords.digest(secret), SignIn.user_id == by.id
        )
    )
    return keyring.opened_factor(kept, of=by.id) if kept else None


def confirm(*, by: Actor, secret: str, given: object) -> list[str]:
    """Make what was begun the second factor, proven by a code of it; return the recovery codes.

    They are told this once. One's other sessions end. Raises NothingBegun, also at a second call,
    and RuleBroken for a wrong code.
    """
    data = read(OtpSchema(), given)
    with transaction() as session:
        # As signing in does, so that the one knows of the other.
        tries.held(by.id)
        here = session.get_one(
            SignIn, passwords.digest(secret), with_for_update=True, populate_existing=True
        )
        if here.pending_factor is None:
            raise NothingBegun
        shown = keyring.opened_factor(here.pending_factor, of=by.id)
        step = one_time.step_of(shown, one_time.as_typed(data["otp"]), clock.now())
        if step is None:
            raise RuleBroken(faults=[Fault("/otp", _NOT_OF_THE_NEW_APP)])
        factors.keep(by.id, sealed=here.pending_factor, step=step)
        here.pending_factor = None
        end_others(by.id, secret)
        codes = factors.fresh_recovery_codes(by.id)
        trail.record(by=by, action="enrol_second_factor", kind="user", id=by.id)
    return codes


def renew_recovery_codes(
    *, by: Actor, secret: str, given: object, policy: SignInPolicy
) -> list[str]:
    """Return ten new recovery codes, told this once; earlier ones end.

    Raises NothingBegun without a second factor, RuleBroken, SessionOver, AccountResting.
    """
    if factors.enrolled_at(by.id) is None:
        raise NothingBegun
    _prove(by, secret, given, policy)
    with transaction():
        codes = factors.fresh_recovery_codes(by.id)
        trail.record(by=by, action="renew_recovery_codes", kind="user", id=by.id)
    return codes


def switch_off(*, by: Actor, secret: str, given: object, policy: SignInPolicy) -> None:
    """Do without a second factor from now on; a call without one changes nothing.

    Raises SecondFactorKept where a role needs it, RuleBroken, SessionOver, AccountResting.
    """
    standing = own(by=by, policy=policy)
    if standing.required:
        raise SecondFactorKept
    if standing.enrolled_at is None:
        return
    _prove(by, secret, given, policy)
    with transaction():
        factors.forget(by.id)
        trail.record(by=by, action="switch_off_second_factor", kind="user", id=by.id)


def _prove(by: Actor, secret: str, given: object, policy: SignInPolicy) -> None:
    """Raise unless it is really the person: the password, and a code where there is a factor."""
    has_factor = factors.enrolled_at(by.id) is not None

    def faults(data: Any) -> Iterator[Fault]:
        if has_factor and not data.get("otp"):
            yield Fault("/otp", N_("Fyll i det här."))
        if "password" in data:
            try:
                prove_again(by, secret, data["password"], policy)
            except WrongPassword:
                yield Fault("/password", N_("Det är inte ditt lösenord."))

    data = read(ProofSchema(), given, faults)
    if has_factor:
        try:
            factors.prove(by=by, otp=data["otp"], policy=policy)
        except WrongOtp as error:
            raise RuleBroken(faults=[Fault("/otp", _WRONG_CODE)]) from error
