"""The second factor at work: its secret kept sealed, each code taken once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts import one_time, tries
from outreach.accounts.models import RecoveryCode, SecondFactor, User
from outreach.accounts.permissions import ADMINISTRATOR, require_role
from outreach.accounts.tries import SignInPolicy, WrongCredentials
from outreach.audit import trail
from outreach.foundation import clock, keyring
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, OutreachError
from outreach.foundation.transaction import transaction

log = structlog.get_logger(__name__)


class WrongOtp(WrongCredentials):
    """The password was right, the code is not, or was used before."""

    slug = "wrong-otp"
    title = N_("Fel engångskod")
    advice = N_(
        "Skriv koden som appen visar nu. En kod går bara att använda en gång. "
        "Efter fem fel vilar kontot en kvart."
    )


def enrolled_at(user_id: UUID) -> datetime | None:
    """Return since when the person has a second factor, None when they have none."""
    asked = sa.select(SecondFactor.enrolled_at).where(SecondFactor.user_id == user_id)
    return db.session.scalar(asked)


def prove(*, by: Actor, otp: str, policy: SignInPolicy) -> None:
    """Take a code of the app, or a recovery code; it is never taken again.

    Raises WrongOtp, which counts like a wrong password, and AccountResting after too many.
    """
    refusal: OutreachError | None
    with transaction():
        holder = tries.held(by.id)
        refusal = tries.resting(holder)
        if refusal is None:
            right = _is_taken(by, one_time.as_typed(otp))
            tries.count(holder, policy, wrong=not right)
            refusal = None if right else WrongOtp()
        if refusal is not None:
            trail.record(by=by, action="otp_refused", kind="user", id=by.id)
    if refusal is not None:
        raise refusal


def _is_taken(by: Actor, typed: str) -> bool:
    if one_time.is_from_app(typed):
        return _is_step_taken(by.id, typed)
    digest = keyring.digest_of_recovery_code(typed, of=by.id)
    taking = (
        sa.update(RecoveryCode)
        .where(RecoveryCode.digest == digest, RecoveryCode.used_at.is_(None))
        .values(used_at=clock.now())
        .returning(RecoveryCode.digest)
    )
    taken = db.session.execute(taking).first() is not None
    if taken:
        trail.record(by=by, action="use_recovery_code", kind="user", id=by.id)
    return taken


def _is_step_taken(user_id: UUID, typed: str) -> bool:
    """Take the code's step of time, in one statement: of two at once one comes too late."""
    secret = _secret(user_id)
    step = one_time.step_of(secret, typed, clock.now()) if secret else None
    if step is None:
        return False
    taking = (
        sa.update(SecondFactor)
        .where(SecondFactor.user_id == user_id, SecondFactor.last_step < step)
        .values(last_step=step)
        .returning(SecondFactor.last_step)
    )
    return db.session.execute(taking).first() is not None


def _secret(user_id: UUID) -> str | None:
    """Return the person's secret; None when there is none, or when no key of ours opens it."""
    kept = db.session.scalar(sa.select(SecondFactor.secret).where(SecondFactor.user_id == user_id))
    if kept is None:
        return None
    try:
        return keyring.opened_factor(kept, of=user_id)
    except keyring.SealBrokenError:
        # The key file was changed: nobody's codes are right until their factor is reset.
        log.warning("second_factor_unreadable")
        return None


def keep(user_id: UUID, *, sealed: bytes, step: int) -> None:
    """Make the sealed secret the person's second factor, whatever they had before.

    `step` is of the code that proved it. Needs a transaction.
    """
    facts = {"secret": sealed, "last_step": step, "enrolled_at": clock.now()}
    adding = insert(SecondFactor).values(user_id=user_id, **facts)
    db.session.execute(adding.on_conflict_do_update(index_elements=["user_id"], set_=facts))


def fresh_recovery_codes(user_id: UUID) -> list[str]:
    """Return ten new recovery codes, kept as digests; earlier ones end. Needs a transaction."""
    codes = one_time.new_recovery_codes()
    db.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    digests = (
        keyring.digest_of_recovery_code(one_time.as_typed(code), of=user_id) for code in codes
    )
    db.session.add_all(RecoveryCode(digest=digest, user_id=user_id) for digest in digests)
    return codes


def recovery_codes_left(user_id: UUID) -> int:
    """Return how many of the person's recovery codes are unused."""
    unused = sa.select(sa.func.count()).select_from(RecoveryCode)
    asked = unused.where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(asked) or 0


def forget(user_id: UUID) -> bool:
    """Remove the person's second factor; tell whether there was one. Needs a transaction."""
    db.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    removing = sa.delete(SecondFactor).where(SecondFactor.user_id == user_id)
    return db.session.execute(removing.returning(SecondFactor.user_id)).first() is not None


def without(*, by: Actor, roles: Collection[str]) -> int:
    """Return how many of the staff hold one of the roles and have no second factor."""
    require_role(by, ADMINISTRATOR, "system")
    asked = (
        sa.select(sa.func.count())
        .select_from(User)
        .join(SecondFactor, SecondFactor.user_id == User.id, isouter=True)
        .where(User.closed_at.is_(None), User.roles.overlap(list(roles)))
        .where(SecondFactor.user_id.is_(None))
    )
    return db.session.scalar(asked) or 0


def enrol_for_demo(*, by: Actor, user_id: UUID, secret: str) -> None:
    """Give one of the invented staff a second factor with a secret that everybody knows."""
    require_role(by, "system")
    with transaction():
        keep(user_id, sealed=keyring.sealed_factor(secret, of=user_id), step=0)
        trail.record(by=by, action="enrol_second_factor", kind="user", id=user_id)


def has_secret(*, by: Actor, user_id: UUID, secret: str) -> bool:
    """Tell whether the person's second factor is still the one with that secret."""
    require_role(by, "system")
    return _secret(user_id) == secret
