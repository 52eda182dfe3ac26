"""What happens next for a person: the newest sentence, with all that were said before kept."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from outreach.audit.models import AuditEntry
from outreach.foundation import vault
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import NotFound, OutreachError, Stale
from outreach.foundation.transaction import transaction
from outreach.participants import next_steps, reading, service
from outreach.participants.models import NextStep
from tests.builders import a_participant, an_actor, commit

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def anna() -> Actor:
    return an_actor()


@pytest.fixture
def elsa(anna: Actor) -> UUID:
    """Somebody whom Anna is responsible for."""
    return a_participant(anna)


def _say(by: Actor, person: UUID, expected: int, **said: Any) -> dict[str, Any]:
    given = {"text": "Ringer på måndag", "turn": "worker"} | said
    return next_steps.set_next_step(by=by, id=person, expected=expected, given=given)


def _kept(person: UUID) -> list[str]:
    with transaction(by=system("test")):
        kept = db.session.scalars(sa.select(NextStep).order_by(NextStep.set_at, NextStep.id)).all()
    return [vault.key_of(person).open("next step", step.sealed) for step in kept]


def test_what_was_said_last_is_what_happens_next_and_the_rest_is_kept(
    anna: Actor, elsa: UUID
) -> None:
    first = _say(anna, elsa, 1)
    second = _say(anna, elsa, 2, text="  Visar upp intyg ", turn="person", due_on="2026-12-24")

    assert first["next_step"]["text"] == "Ringer på måndag"
    assert second["version"] == 3
    step = service.participant(by=anna, id=elsa)["next_step"]
    assert (step["text"], step["turn"]) == ("Visar upp intyg", "person")
    assert step["due_on"].isoformat() == "2026-12-24"
    assert step["set_by"] == {"id": anna.id, "name": anna.name}
    assert sorted(_kept(elsa)) == ["Ringer på måndag", "Visar upp intyg"]


def test_the_sentence_is_in_no_column_and_not_on_the_trail(anna: Actor, elsa: UUID) -> None:
    _say(anna, elsa, 1, text="Kanariefågel")

    with transaction(by=system("test")):
        row = db.session.execute(sa.text("SELECT n::text FROM next_step n")).scalar_one()
    commit()
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "plan")).one()
    assert "anarie" not in row
    assert b"anarie".hex() not in row
    assert entry.details == {"turn": "worker"}


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"text": ""}, "/text"),
        ({"text": "x" * 141}, "/text"),
        ({"turn": "nobody"}, "/turn"),
        ({"due_on": "1999-01-01"}, "/due_on"),
        ({"due_on": "monday"}, "/due_on"),
    ],
)
def test_a_sentence_that_will_not_do_is_refused(
    anna: Actor, elsa: UUID, said: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(OutreachError) as refused:
        _say(anna, elsa, 1, **said)

    assert [fault.pointer for fault in refused.value.faults] == [pointer]
    assert _kept(elsa) == []


def test_two_who_say_so_at_once_do_not_overwrite_each_other(anna: Actor, elsa: UUID) -> None:
    _say(anna, elsa, 1)

    with pytest.raises(Stale) as stale:
        _say(anna, elsa, 1, text="Någonting annat")

    current: Any = stale.value.current
    assert current["next_step"]["text"] == "Ringer på måndag"


def test_what_is_done_is_done_once_and_its_doer_is_kept(anna: Actor, elsa: UUID) -> None:
    _say(anna, elsa, 1)

    done = next_steps.finish_next_step(by=anna, id=elsa, expected=2)

    assert (done["next_step"], done["version"]) == (None, 3)
    with pytest.raises(next_steps.NoNextStep):
        next_steps.finish_next_step(by=anna, id=elsa, expected=3)
    with transaction(by=system("test")):
        step = db.session.scalars(sa.select(NextStep)).one()
        assert (step.done_by, step.done_at is None) == (anna.id, False)
    assert _say(anna, elsa, 3)["next_step"]


def test_whoever_does_not_say_which_version_finishes_what_stands(anna: Actor, elsa: UUID) -> None:
    _say(anna, elsa, 1)

    with pytest.raises(Stale):
        next_steps.finish_next_step(by=anna, id=elsa, expected=1)
    assert next_steps.finish_next_step(by=anna, id=elsa, expected=None)["next_step"] is None


def test_who_may_not_read_a_person_says_nothing_about_them(anna: Actor, elsa: UUID) -> None:
    _say(anna, elsa, 1)

    for by, refusal in (
        (an_actor(), reading.ReasonRequired),
        (an_actor(committee="SN"), NotFound),
    ):
        with pytest.raises(refusal):
            _say(by, elsa, 2)
        with pytest.raises(refusal):
            next_steps.finish_next_step(by=by, id=elsa, expected=2)
    assert len(_kept(elsa)) == 1
