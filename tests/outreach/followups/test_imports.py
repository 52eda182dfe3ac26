"""Meetings that were booked elsewhere: taken in once, as they were."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from outreach.accounts.models import User
from outreach.contacts.models import Contact
from outreach.followups import imports, service
from outreach.followups.models import FollowupTime
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import IdReuse, NotAllowed, OutreachError, RuleBroken
from tests.builders import a_code, a_followup, a_participant, an_actor, uuid7

pytestmark = pytest.mark.usefixtures("app")

BY = system("import")


@pytest.fixture
def anna() -> Actor:
    return an_actor()


def _line(worker: Actor, person: UUID | None = None, **said: Any) -> dict[str, Any]:
    username = db.session.scalars(sa.select(User.username).where(User.id == worker.id)).one()
    return {
        "id": str(uuid7()),
        "participant_id": str(person) if person else None,
        "workers": [username],
        "starts_at": (clock.now() - timedelta(days=400)).isoformat(),
        "minutes": 45,
        "place": "hagalund",
        "state": "held",
    } | said


def _take_in(*lines: dict[str, Any]) -> list[bool | type[OutreachError]]:
    outcomes = imports.import_followups(by=BY, items=lines)
    return [type(each.error) if each.error else each.created for each in outcomes]


def test_a_meeting_of_long_ago_is_taken_in_once_and_makes_no_contact(anna: Actor) -> None:
    person = a_participant(anna)
    line = _line(anna, person, purpose="CV")

    assert _take_in(line, line) == [True, False]
    assert _take_in(line) == [False]

    row = service.followup(by=anna, id=UUID(line["id"]))
    assert (row["state"], row["attended"], row["happened"], row["purpose"]) == (
        "held",
        True,
        True,
        "CV",
    )
    assert db.session.scalars(sa.select(sa.func.count()).select_from(Contact)).one() == 0


def test_another_content_under_the_same_id_is_refused(anna: Actor) -> None:
    line = _line(anna, a_participant(anna))
    _take_in(line)

    assert _take_in(line | {"state": "no_show"}) == [IdReuse]


def test_what_is_still_to_be_takes_its_time_where_that_is_free(anna: Actor) -> None:
    ahead = (clock.now() + timedelta(days=3)).isoformat()
    code = a_code(anna)["code"]
    lines = [
        _line(anna, recognition_code=code, starts_at=ahead, state="booked"),
        _line(anna, recognition_code=code, starts_at=ahead, state="cancelled_by_us"),
        _line(anna, recognition_code=code, starts_at=ahead, state="booked"),
    ]

    first, second, third = _take_in(*lines)

    assert (first, second) == (True, True)
    assert isinstance(third, type)
    assert third.slug == "slot-taken"
    assert len(list(db.session.scalars(sa.select(FollowupTime.followup_id)))) == 1


def test_every_fault_of_a_line_is_told_and_the_good_lines_are_kept(anna: Actor) -> None:
    wrong = _line(anna, uuid7(), workers=["nobody"], place="nowhere", state="held", attended=False)
    good = _line(anna, a_participant(anna), state="booked")

    bad, fine = imports.import_followups(by=BY, items=[wrong, good])

    assert isinstance(bad.error, RuleBroken)
    assert {fault.pointer for fault in bad.error.faults} == {
        "/participant_id", "/workers/0", "/place", "/attended",
    }  # fmt: skip
    assert fine.created
    row = service.followup(by=anna, id=UUID(good["id"]))
    assert (row["state"], row["needs_outcome"]) == ("booked", True)


def test_only_the_system_takes_in_what_was_elsewhere(anna: Actor) -> None:
    with pytest.raises(NotAllowed):
        imports.import_followups(by=anna, items=[])
    assert a_followup(anna, participant_id=str(a_participant(anna)))["state"] == "booked"


def test_one_worker_named_twice_is_one_bad_line_among_good_ones(anna: Actor) -> None:
    person = a_participant(anna)
    good, bad = _line(anna, person), _line(anna, person)
    [username] = bad["workers"]
    bad["workers"] = [username, username.upper()]

    fine, wrong = imports.import_followups(by=BY, items=[good, bad])

    assert fine.created
    assert wrong.error
    assert [fault.pointer for fault in wrong.error.faults] == ["/workers/1"]


def test_what_is_to_be_is_held_to_the_rules_of_booking(anna: Actor) -> None:
    code, stranger = a_code(anna)["code"], an_actor(committee="SN")
    far = (clock.now() + timedelta(days=900)).isoformat()
    lines = [
        _line(anna, recognition_code=code, state="booked", starts_at=far),
        _line(anna, recognition_code=code, purpose="Ring 070-174 06 50"),
        _line(anna, recognition_code=code, reminder="sms"),
        _line(stranger, a_participant(anna)),
    ]

    refused = imports.import_followups(by=BY, items=lines)

    told = [{fault.pointer for fault in each.error.faults} for each in refused if each.error]
    assert told == [
        {"/starts_at", "/recognition_code"},
        {"/purpose"},
        {"/reminder"},
        {"/workers/0"},
    ]
