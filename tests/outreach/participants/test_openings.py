"""Reading somebody outside one's caseload: a reason, for a while, and who has looked."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine

from outreach.audit.models import AuditEntry
from outreach.foundation import clock, vault
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import NotFound, OutreachError
from outreach.foundation.transaction import transaction
from outreach.participants import openings, reading, service
from outreach.participants.models import Opening
from outreach.participants.rules import PRESENT, REASONS
from outreach.shifts import service as shifts
from tests.builders import a_participant, an_actor, commit, uuid7

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def elsa() -> UUID:
    """Somebody whom a colleague is responsible for."""
    return a_participant(an_actor())


def _kept() -> list[Opening]:
    with transaction(by=system("test")):
        return list(db.session.scalars(sa.select(Opening).order_by(Opening.opened_at)))


def _open(by: Actor, person: UUID, reason: str = "calling") -> datetime:
    ends_at: datetime = openings.open_participant(by=by, id=person, given={"reason": reason})[
        "ends_at"
    ]
    return ends_at


@pytest.mark.parametrize("reason", sorted(set(REASONS) - {"other"}))
def test_each_reason_is_kept_and_on_the_trail(elsa: UUID, reason: str) -> None:
    eva = an_actor()

    _open(eva, elsa, reason)

    [kept] = _kept()
    assert (kept.participant_id, kept.worker_id, kept.reason) == (elsa, eva.id, reason)
    commit()
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "open")).one()
    assert (entry.object_id, entry.details) == (str(elsa), {"reason": reason})


def test_a_reason_that_is_none_is_refused_and_nothing_is_opened(elsa: UUID) -> None:
    eva = an_actor()

    for given in ({}, {"reason": "curious"}, {"reason": "other"}, {"reason": "calling", "to": 1}):
        with pytest.raises(OutreachError):
            openings.open_participant(by=eva, id=elsa, given=given)

    assert _kept() == []
    with pytest.raises(reading.ReasonRequired):
        service.participant(by=eva, id=elsa)


def test_a_note_is_opened_by_the_persons_own_key_alone(elsa: UUID) -> None:
    given = {"reason": "other", "note": "Elsa ringde växeln"}
    openings.open_participant(by=an_actor(), id=elsa, given=given)

    [kept] = _kept()
    assert kept.note
    assert b"Elsa" not in kept.note
    assert vault.key_of(elsa).open("opening", kept.note) == "Elsa ringde växeln"


def test_an_opening_lasts_three_hours_and_can_be_made_anew(elsa: UUID) -> None:
    eva = an_actor()

    with time_machine.travel(clock.now() - timedelta(hours=2), tick=False):
        assert _open(eva, elsa) == clock.now() + timedelta(hours=3)
    with time_machine.travel(clock.now(), tick=False):
        assert _open(eva, elsa) == clock.now() + timedelta(hours=3)

    assert len(_kept()) == 2
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
        assert service.participant(by=eva, id=elsa)["right"] == "opening"


@pytest.mark.parametrize(("planned", "open_for"), [(None, 3), (1, 3), (6, 6)])
def test_who_is_here_is_open_until_the_planned_end_of_the_shift(
    elsa: UUID, planned: int | None, open_for: int
) -> None:
    eva = an_actor(roles=["caseworker", "supervisor"])
    with time_machine.travel(clock.now(), tick=False):
        now = clock.now()
        given = {"id": str(uuid7()), "site": "hagalund", "activity": "open"}
        if planned:
            ends_at = now + timedelta(hours=planned)
            given |= {"starts_at": now.isoformat(), "ends_at": ends_at.isoformat()}
        shift, _ = shifts.open_shift(by=eva, given=given)
        if not shift["started_at"]:
            shifts.begin_shift(by=eva, id=shift["id"])

        assert _open(eva, elsa, PRESENT) == now + timedelta(hours=open_for)
        assert _open(eva, elsa) == now + timedelta(hours=3)


def test_who_is_here_without_a_shift_is_open_as_any_other(elsa: UUID) -> None:
    with time_machine.travel(clock.now(), tick=False):
        assert _open(an_actor(), elsa, PRESENT) == clock.now() + timedelta(hours=3)


def test_an_opening_is_its_workers_own(elsa: UUID) -> None:
    eva = an_actor()
    _open(eva, elsa)

    assert service.participant(by=eva, id=elsa)
    with pytest.raises(reading.ReasonRequired):
        service.participant(by=an_actor(), id=elsa)


def test_every_reason_that_still_holds_is_told(elsa: UUID) -> None:
    eva = an_actor()
    with time_machine.travel(clock.now() - timedelta(hours=4), tick=False):
        _open(eva, elsa, "handoff")
    _open(eva, elsa)
    _open(eva, elsa, PRESENT)
    _open(an_actor(), elsa, "correction")

    assert openings.standing_reasons(by=eva, id=elsa) == {"calling", PRESENT}


def test_who_may_not_know_of_a_person_cannot_open_them() -> None:
    anna = an_actor()
    protected = a_participant(anna, protected=True)

    for by, person in (
        (an_actor(), protected),
        (an_actor(role="supervisor"), protected),
        (an_actor(committee="SN"), a_participant(anna)),
        (anna, uuid7()),
    ):
        with pytest.raises(NotFound):
            _open(by, person)
    assert _kept() == []


def test_who_has_looked_is_told_latest_first_and_looking_at_it_is_one_of_them(elsa: UUID) -> None:
    eva = an_actor()
    _open(eva, elsa)
    service.participant(by=eva, id=elsa)

    told = openings.accesses(by=eva, id=elsa)

    acts = [(each["action"], each["reason"]) for each in told]
    assert acts[:3] == [("read", None), ("read", None), ("open", "calling")]
    assert {each["actor"] for each in told[:3]} == {eva.name}
