"""Use cases of the staff: list, add, change, give a password, close, end sessions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts import factors, passwords
from outreach.accounts import service as accounts
from outreach.accounts.events import SignedOutEverywhere, UserClosed
from outreach.accounts.models import SignIn, Token, Unit, User
from outreach.accounts.permissions import ADMINISTRATOR, require_role
from outreach.audit import service as audit
from outreach.audit import trail
from outreach.foundation import clock, events
from outreach.foundation.actor import Actor, system
from outreach.foundation.collation import swedish
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Conflict, Fault, NotAllowed, NotFound, Stale
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.sites import service as sites
from outreach.staff.rules import Places, own_rights_faults, role_faults
from outreach.staff.schemas import NewPasswordSchema, UserChangeSchema, UserSchema

_CHANGE = UserChangeSchema()
_CHANGEABLE = tuple(_CHANGE.fields)


class LastAdministrator(Conflict):
    """Without an administrator nobody could let anybody in again."""

    slug = "last-administrator"
    title = N_("Den sista systemförvaltaren måste finnas kvar")
    advice = N_(
        "Ge först någon annan rollen systemförvaltare. Utan en sådan kan ingen släppa in någon."
    )


class AccountClosed(Conflict):
    """A closed account stays closed: the audit must mean one person by one name."""

    slug = "account-closed"
    title = N_("Kontot är avslutat")
    advice = N_("Ett avslutat konto går inte att ändra. Lägg upp personen på nytt.")


class OwnSecondFactor(NotAllowed):
    """Who could reset their own would need none: a password would be enough again."""

    slug = "own-second-factor"
    title = N_("Din egen inloggning i två steg återställer en annan systemförvaltare")
    advice = N_("Har du appen eller en reservkod kvar kan du själv byta app under Mitt konto.")


def users(*, by: Actor, search: str = "", closed: bool = False) -> list[User]:
    """Return the staff, or those who have left, in Swedish order of their names.

    `search` is looked for anywhere in name or username, whatever the letter case.
    """
    require_role(by, ADMINISTRATOR, "system")
    wanted = User.closed_at.is_not(None) if closed else User.closed_at.is_(None)
    sought = search.strip().casefold()
    found = [
        user
        for user in db.session.scalars(sa.select(User).where(wanted))
        if sought in user.name.casefold() or sought in user.username
    ]
    return sorted(found, key=lambda user: swedish(user.name))


def user(*, by: Actor, id: UUID) -> User:
    """Return one of the staff, also one who has left. Raises NotFound."""
    require_role(by, ADMINISTRATOR, "system")
    found = db.session.get(User, id)
    if found is None:
        raise NotFound
    return found


def sessions(*, by: Actor, id: UUID) -> int:
    """Return in how many browsers a person is signed in now."""
    require_role(by, ADMINISTRATOR, "system")
    running = sa.select(sa.func.count()).select_from(SignIn).where(*_running(id))
    return db.session.scalar(running) or 0


def demo_users(*, by: Actor) -> list[User]:
    """Return the open accounts that a demonstration made: their passwords are known to all."""
    require_role(by, ADMINISTRATOR, "system")
    made = audit.made_by(actor=system("demo").username, kind="user")
    return [user for user in users(by=by) if str(user.id) in made]


def create_user(*, by: Actor, given: object, cost: tuple[int, int, int]) -> User:
    """Add one of the staff. Raises RuleBroken with every fault at once, IdReuse for a taken id."""
    require_role(by, ADMINISTRATOR, "system")
    places = Places(sites.code_lists(), clock.today(), _unit_ids())
    return accounts.create_user(by=by, given=given, cost=cost, rules=(places.faults, role_faults))


def change_user(*, by: Actor, id: UUID, expected: int, given: object) -> User:
    """Change a person's name, roles or places; it holds from their very next request.

    Raises NotFound, AccountClosed, Stale with the current state, LastAdministrator, and
    RuleBroken with every fault at once.
    """
    require_role(by, ADMINISTRATOR, "system")
    with transaction():
        found = _open(id)
        if found.version != expected:
            raise Stale(current=UserSchema().dump(found))
        before = {name: getattr(found, name) for name in _CHANGEABLE}
        places = Places(sites.code_lists(), clock.today(), _unit_ids(), found.sites, found.team)
        change = read(
            _CHANGE,
            given,
            places.faults,
            lambda data: role_faults({**before, **data}),
            lambda data: own_rights_faults(data, before) if by.id == id else (),
        )
        changed = {name: value for name, value in change.items() if value != before[name]}
        if not changed:
            return found
        if ADMINISTRATOR in found.roles and ADMINISTRATOR not in changed.get("roles", found.roles):
            _require_another_administrator(id)
        _write(found, changed)
        trail.record(
            by=by, action="change", kind="user", id=id, fields=sorted(changed),
            roles=sorted(found.roles),
        )  # fmt: skip
    return found


def set_password(*, by: Actor, id: UUID, given: object, cost: tuple[int, int, int]) -> None:
    """Give a person a new password; every session of theirs ends and no account rests."""
    require_role(by, ADMINISTRATOR, "system")
    with transaction():
        found = _open(id)
        data = read(NewPasswordSchema(), given, lambda data: _weakness(data, found))
        found.password_hash = passwords.hasher(cost).hash(data["password"])
        found.wrong_tries, found.resting_until = 0, None
        _end_sessions(id)
        trail.record(by=by, action="new_password", kind="user", id=id)


def _weakness(data: Mapping[str, Any], user: User) -> list[Fault]:
    if "password" not in data:
        return []
    reason = passwords.weakness(data["password"], known=(user.username, user.name))
    return [Fault("/password", reason)] if reason else []


def close_user(*, by: Actor, id: UUID) -> User:
    """Close a person's account: sessions and tokens end at once; a second call changes nothing.

    Announces UserClosed in the same transaction. Raises NotFound, LastAdministrator.
    """
    require_role(by, ADMINISTRATOR, "system")
    with transaction() as session:
        found = _locked(id)
        if found.closed_at is not None:
            return found
        if ADMINISTRATOR in found.roles:
            _require_another_administrator(id)
        now = clock.now()
        _write(found, {"closed_at": now, "notice_email": None})
        _end_sessions(id)
        factors.forget(id)
        session.execute(
            sa.update(Token)
            .where(Token.user_id == id, Token.revoked_at.is_(None))
            .values(revoked_at=now)
        )
        trail.record(by=by, action="close", kind="user", id=id)
        events.announce(UserClosed(id))
    return found


def end_sessions(*, by: Actor, id: UUID) -> int:
    """Sign a person out everywhere; return how many sessions ended. Raises NotFound."""
    require_role(by, ADMINISTRATOR, "system")
    with transaction():
        _locked(id)
        ended = _end_sessions(id)
        trail.record(by=by, action="end_sessions", kind="user", id=id, ended=ended)
    return ended


def reset_tries(*, by: Actor, id: UUID) -> None:
    """Let a person who typed wrong too often try again now. Raises NotFound, AccountClosed."""
    require_role(by, ADMINISTRATOR, "system")
    with transaction():
        found = _open(id)
        found.wrong_tries, found.resting_until = 0, None
        trail.record(by=by, action="reset_tries", kind="user", id=id)


def second_factor_since(*, by: Actor, id: UUID) -> datetime | None:
    """Return since when a person signs in with a code too, None when they do not."""
    require_role(by, ADMINISTRATOR, "system")
    return factors.enrolled_at(id)


def reset_second_factor(*, by: Actor, id: UUID) -> None:
    """Remove a person's second factor and recovery codes, and sign them out everywhere.

    Without one nothing changes, nor at a second call. Where their role needs it they set up
    another when they sign in. Raises OwnSecondFactor, NotFound, AccountClosed.
    """
    require_role(by, ADMINISTRATOR, "system")
    if by.id == id:
        raise OwnSecondFactor
    with transaction():
        _open(id)
        if factors.forget(id):
            ended = _end_sessions(id)
            trail.record(by=by, action="reset_second_factor", kind="user", id=id, ended=ended)


def reset_second_factor_of(*, by: Actor, username: str) -> None:
    """Do as `reset_second_factor`, for whoever knows but the username. Raises NotFound."""
    reset_second_factor(by=by, id=accounts.actor_named(username).id)


def _locked(id: UUID) -> User:
    """Return the person, locked for this transaction and as the database has them now."""
    found = db.session.scalars(
        sa.select(User)
        .where(User.id == id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def _open(id: UUID) -> User:
    found = _locked(id)
    if found.closed_at is not None:
        raise AccountClosed
    return found


def _write(user: User, change: Mapping[str, Any]) -> None:
    for name, value in change.items():
        setattr(user, name, value)
    user.version += 1
    db.session.flush()


def _require_another_administrator(id: UUID) -> None:
    """Raise LastAdministrator unless another one is open; they are locked, two cannot both go."""
    holders = sa.select(User.id).where(
        User.roles.contains([ADMINISTRATOR]), User.closed_at.is_(None)
    )
    remaining = set(db.session.scalars(holders.order_by(User.id).with_for_update())) - {id}
    if not remaining:
        raise LastAdministrator


def _running(id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return SignIn.user_id == id, SignIn.ended_at.is_(None), SignIn.expires_at > clock.now()


def _end_sessions(id: UUID) -> int:
    statement = sa.update(SignIn).where(*_running(id)).values(ended_at=clock.now())
    ended = db.session.execute(statement.returning(SignIn.digest)).all()
    events.announce(SignedOutEverywhere(id))
    return len(ended)


def _unit_ids() -> frozenset[UUID]:
    return frozenset(db.session.scalars(sa.select(Unit.id)))
