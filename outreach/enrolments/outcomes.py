"""Use cases of checks: how work goes is said with one touch, and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.enrolments import checks, reading, recording, rules
from outreach.enrolments.checks import CHECK, Row
from outreach.enrolments.schemas import CheckAnswerSchema, CheckSchema
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Conflict, NotFound
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.participants import reading as participants
from outreach.participants.reading import ReasonRequired

_ANSWER = CheckAnswerSchema()
_SHOWN = CheckSchema()


class CheckAnswered(Conflict):
    """Somebody has said how it goes: that stands."""

    slug = "check-answered"
    title = N_("Frågan är redan besvarad")
    advice = N_("Någon har redan svarat. Ångra svaret först om det blev fel.")


class CheckNotDue(Conflict):
    """Too early to know, or nothing to ask any more."""

    slug = "check-not-due"
    title = N_("Det är inte dags att svara")
    advice = N_(
        "Svara tidigast tre dagar före dagen. Varade jobbet inte en månad frågas det inte igen."
    )


def answer(*, by: Actor, id: UUID, given: object, expected: int | None = None) -> Row:
    """Say how work goes: still there, not any more, or nobody reached the person; return the check.

    By whoever may read the person, and by whoever is to ask (`checks.waits_for`), who need not read
    anybody for it. What is said at day 30 is whether the work lasted a month, a new version of the
    enrolment. That nobody was reached counts once a day; the third time the check is set aside. A
    repeat changes nothing. Raises as `participants.open_person` does, NotFound, CheckAnswered,
    CheckNotDue, Stale, RuleBroken.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        check, today = _held(by, id), clock.today()
        told = given.get("answer") if isinstance(given, Mapping) else None
        if rules.says_nothing_new(check, told, today):
            return _one(id)
        if check["answer"] is not None:
            raise CheckAnswered
        if not rules.offered(check, today):
            raise CheckNotDue
        _require_version(by, check, expected)
        said = read(_ANSWER, given)["answer"]
        if said == rules.NOT_REACHED:
            tried: Row = {"tried_on": [*check["tried_on"], today]}
            _write(check, tried | {"said_at": clock.now(), "said_by": by.id})
        else:
            _write(check, checks.said(said, by.id), of_the_month=said)
        _note(by, check, said)
        return _one(id)


def take_back(*, by: Actor, id: UUID, expected: int | None = None) -> Row:
    """Take back an answer, and that nobody was reached today; return the check as it then stands.

    Whether the work lasted a month is pending again. A repeat changes nothing. Raises as `answer`
    does.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        check, today = _held(by, id), clock.today()
        if rules.can_be_undone(check, today):
            _require_version(by, check, expected)
            tried_on = [day for day in check["tried_on"] if day != today]
            undone = checks.said(None, by.id) | {"tried_on": tried_on}
            _write(check, undone, of_the_month="pending" if check["answer"] else None)
            _note(by, check, "undone")
        return _one(id)


def participant_of(*, by: Actor, id: UUID) -> UUID:
    """Return whom a check is about; nobody is read. Raises NotFound."""
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        whose: UUID = _found(id)["participant_id"]
        return whose


def _held(by: Actor, id: UUID) -> Row:
    """Return a check and hold its person: whoever writes about how their time ended waits."""
    whose = _found(id)["participant_id"]
    try:
        participants.open_person(by=by, id=whose, lock=True)
    except ReasonRequired:
        asked = checks.ROW.where(CHECK.c.id == id, checks.waits_for(by))
        if db.session.execute(asked).one_or_none() is None:
            raise
    return _found(id)


def _found(id: UUID) -> Row:
    row = db.session.execute(checks.ROW.where(CHECK.c.id == id)).one_or_none()
    if row is None:
        raise NotFound
    return row._asdict()


def _one(id: UUID) -> Row:
    (check,) = checks.shown(db.session.execute(checks.ROW.where(CHECK.c.id == id)).all())
    return check


def _require_version(by: Actor, check: Row, expected: int | None) -> None:
    if expected is not None and check["version"] != expected:
        current, whose = _SHOWN.dump(_one(check["id"])), check["participant_id"]
        raise participants.stale(by=by, id=whose, current=current, part="checks")


def _write(check: Row, values: Row, *, of_the_month: str | None = None) -> None:
    """Write over a check; what is said of the first month stands with the enrolment too."""
    checks.change(CHECK.c.id == check["id"], values)
    if of_the_month is not None and check["day"] == rules.A_MONTH:
        period = reading.find(check["enrolment_id"])
        recording.write(period, {"lasted_one_month": of_the_month})


def _note(by: Actor, check: Row, said: str) -> None:
    trail.record(
        by=by,
        action="change",
        kind="participant",
        id=check["participant_id"],
        enrolment=str(check["enrolment_id"]),
        check=check["day"],
        answer=said,
    )
