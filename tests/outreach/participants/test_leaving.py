"""What is left of somebody who keeps the name and nothing else (the doors: see identification)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from outreach.foundation import events, vault
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import Conflict
from outreach.foundation.transaction import transaction
from outreach.participants import leaving, next_steps, openings, reading, service
from outreach.participants.events import DetailsForgotten
from outreach.participants.models import NextStep, Opening
from tests.builders import a_number, a_participant, an_actor

pytestmark = pytest.mark.usefixtures("app")

CANARY = "kanariefågel"


@pytest.fixture
def elsa() -> UUID:
    """Somebody of whom everything is told that can be: how to reach her, what next, why opened."""
    anna, eva = an_actor(), an_actor()
    person = a_participant(anna, number=a_number(), phone="0701740605")
    for version in (1, 2):
        given = {"text": CANARY, "turn": "worker"}
        next_steps.set_next_step(by=anna, id=person, expected=version, given=given)
    openings.open_participant(by=eva, id=person, given={"reason": "other", "note": CANARY})
    return person


def _forget(person: UUID) -> Actor:
    chief = an_actor(role="supervisor")
    with transaction(by=chief):
        opened = reading.open_for_decision(by=chief, id=person)
        assert opened is not None
        leaving.forget_details(by=chief, person=opened)
    return chief


def _texts(person: UUID) -> list[Any]:
    """Return all that is written of a person beside the identity, opened."""
    key = vault.key_of(person)
    with transaction(by=system("test")):
        steps = db.session.scalars(sa.select(NextStep.sealed)).all()
        notes = db.session.scalars(sa.select(Opening.note)).all()
    said = [key.open("next step", each) for each in steps]
    return said + [each and key.open("opening", each) for each in notes]


def test_whose_details_are_forgotten_keeps_name_and_number_and_no_text(elsa: UUID) -> None:
    assert _texts(elsa) == [CANARY] * 3

    _forget(elsa)

    known = service.participant(by=system("test"), id=elsa)
    assert (known["given_name"], known["number"]) == ("Elsa", a_number())
    assert (known["phone"], known["next_step"]) == (None, None)
    assert _texts(elsa) == ["", "", None]


def test_a_next_step_that_is_forgotten_is_done_and_one_that_was_done_stays_as_it_was() -> None:
    anna = an_actor()
    person = a_participant(anna)
    given = {"text": CANARY, "turn": "worker"}
    next_steps.set_next_step(by=anna, id=person, expected=1, given=given)
    next_steps.finish_next_step(by=anna, id=person, expected=2)
    next_steps.set_next_step(by=anna, id=person, expected=3, given=given)

    chief = _forget(person)

    with transaction(by=system("test")):
        done = db.session.scalars(sa.select(NextStep.done_by).order_by(NextStep.set_at)).all()
    assert done == [anna.id, chief.id]


def test_others_people_keep_their_texts(elsa: UUID) -> None:
    _forget(a_participant(an_actor()))

    assert _texts(elsa) == [CANARY] * 3


def test_a_listener_that_cannot_forget_keeps_all_as_it_was(
    elsa: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise Conflict

    monkeypatch.setitem(events._subscriptions, DetailsForgotten, (refuse,))

    with pytest.raises(Conflict):
        _forget(elsa)

    assert service.participant(by=system("test"), id=elsa)["phone"] is not None
    assert _texts(elsa) == [CANARY] * 3
