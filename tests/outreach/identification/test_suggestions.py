"""What waits for a worker, of their own people: counted, and without a reading of anybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from outreach.audit.models import AuditEntry
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.identification import service
from tests.builders import (
    Visitor,
    a_code,
    a_participant,
    a_person,
    a_recorded_contact,
    an_actor,
    commit,
)

pytestmark = pytest.mark.usefixtures("app")


def _known_by_code(by: Actor) -> tuple[dict[str, Any], str]:
    """Let somebody with a code be known; return who it is, and the code that is out of use now."""
    code = a_code(by)["code"]
    a_recorded_contact(by, recognition_code=code)
    return service.identify(by=by, given=a_person(recognition_code=code))[0], code


def _readings() -> int:
    commit()
    wanted = sa.select(sa.func.count()).where(AuditEntry.action == "read")
    return db.session.scalars(wanted).one()


def test_contacts_that_come_with_a_code_after_its_person_is_known_wait_for_the_responsible() -> (
    None
):
    anna, eva = an_actor(), an_actor()
    person, code = _known_by_code(anna)
    a_participant(anna)
    for _ in range(2):
        a_recorded_contact(eva, recognition_code=code)
    before = _readings()

    assert service.waiting(by=anna) == [{"participant_id": person["id"], "count": 2}]
    assert service.waiting(by=eva) == []
    assert _readings() == before


def test_what_was_turned_down_or_linked_waits_no_more() -> None:
    anna = an_actor()
    person, code = _known_by_code(anna)
    first, second, third = (a_recorded_contact(anna, recognition_code=code) for _ in range(3))

    service.reject_suggestion(by=anna, id=person["id"], suggestion_id=first["id"])
    service.link_contacts(by=anna, id=person["id"], given={"contact_ids": [str(second["id"])]})

    assert service.waiting(by=anna) == [{"participant_id": person["id"], "count": 1}]
    assert third


def test_the_latest_are_ones_own_people_whom_somebody_met_last() -> None:
    anna, eva = an_actor(), an_actor()
    never = a_participant(anna, given_name="Åsa", family_name="Berg")
    met = a_participant(anna, given_name="Olle", family_name="Ek")
    a_participant(eva)
    a_recorded_contact(anna, participant_id=str(met))

    latest = service.latest_people(by=anna)

    assert [(row["id"], row["name"]) for row in latest] == [(met, "Olle Ek"), (never, "Åsa Berg")]
    assert [row["last_contact_on"] is None for row in latest] == [False, True]
    commit()
    read = sa.select(AuditEntry.object_id).where(AuditEntry.action == "read")
    assert set(db.session.scalars(read)) >= {str(never), str(met)}


def test_at_most_twelve_are_the_latest() -> None:
    anna = an_actor()
    for _ in range(13):
        a_participant(anna)

    assert len(service.latest_people(by=anna)) == 12


def test_both_are_answered_to_programs(signed_in: Callable[..., Visitor]) -> None:
    visitor = signed_in()

    for path in ("participants/latest", "participants/suggestions"):
        answer = visitor.get(path)
        assert (answer.status_code, answer.json) == (200, {"items": [], "next": None})
        assert UUID(str(visitor.user.id))
