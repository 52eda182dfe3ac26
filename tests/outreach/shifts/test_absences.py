"""Somebody is away for some days: who may say so, and what it tells."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import IdReuse, NotAllowed, NotFound, RuleBroken
from outreach.shifts import absences
from tests.builders import an_actor, uuid7

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def chief() -> Actor:
    return an_actor(role="supervisor")


def _absence(worker: Actor, days: int = 0, **said: Any) -> dict[str, Any]:
    today = clock.today()
    return {
        "id": str(uuid7()),
        "worker": str(worker.id),
        "from": today.isoformat(),
        "to": (today + timedelta(days=days)).isoformat(),
    } | said


def test_somebody_is_away_from_the_first_day_to_the_last_until_it_is_taken_back(
    chief: Actor,
) -> None:
    anna, today = an_actor(), clock.today()

    made, created = absences.record_absence(by=chief, given=_absence(anna, days=2))

    assert created
    span = {"first": today - timedelta(days=1), "last": today + timedelta(days=1)}
    away = absences.away(workers=[anna.id, chief.id], **span)
    assert away == {(anna.id, today), (anna.id, today + timedelta(days=1))}
    assert [each.id for each in absences.absences(by=chief, **span)] == [made.id]
    absences.withdraw_absence(by=chief, id=made.id)
    absences.withdraw_absence(by=chief, id=made.id)
    assert absences.away(workers=[anna.id], **span) == set()
    assert absences.absences(by=chief, **span) == []


def test_a_repeat_changes_nothing_and_another_content_is_refused(chief: Actor) -> None:
    anna = an_actor()
    said = _absence(anna)
    absences.record_absence(by=chief, given=said)

    assert absences.record_absence(by=chief, given=said)[1] is False
    with pytest.raises(IdReuse):
        absences.record_absence(by=chief, given=said | {"cover": str(an_actor().id)})


def test_every_fault_is_told_at_once(chief: Actor) -> None:
    stranger = an_actor(committee="SN")
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    wrong = _absence(stranger, to=yesterday, cover=str(stranger.id))

    with pytest.raises(RuleBroken) as refused:
        absences.record_absence(by=chief, given=wrong)

    assert {fault.pointer for fault in refused.value.faults} == {"/to", "/worker", "/cover"}
    anna = an_actor()
    with pytest.raises(RuleBroken, match="invalid"):
        absences.record_absence(by=chief, given=_absence(anna, cover=str(anna.id)))


def test_only_a_supervisor_of_the_same_committee_says_who_is_away(chief: Actor) -> None:
    anna = an_actor()
    made, _ = absences.record_absence(by=chief, given=_absence(anna))

    with pytest.raises(NotAllowed):
        absences.record_absence(by=anna, given=_absence(anna))
    other = an_actor(role="supervisor", committee="SN")
    with pytest.raises(NotFound):
        absences.withdraw_absence(by=other, id=made.id)
    today = clock.today()
    assert absences.absences(by=other, first=today, last=today) == []
