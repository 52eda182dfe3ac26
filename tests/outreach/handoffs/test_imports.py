"""Handoffs that were made elsewhere: taken in once, as far as they had come."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.errors import IdReuse, NotAllowed, OutreachError, RuleBroken
from outreach.handoffs import acting, imports, service
from outreach.handoffs.standing import ConsentMissing
from tests.builders import a_participant, a_receiver, an_actor, uuid7

pytestmark = pytest.mark.usefixtures("app")

BY = system("import")


@pytest.fixture
def anna() -> Actor:
    return an_actor()


def _ago(days: int) -> str:
    return (clock.today() - timedelta(days=days)).isoformat()


def _line(person: UUID, **said: Any) -> dict[str, Any]:
    return {
        "id": str(uuid7()),
        "participant_id": str(person),
        "direction": "out",
        "team": "jobbteamet",
        "sent_on": _ago(400),
        "state": "accepted",
        "decided_on": _ago(390),
    } | said


def _take_in(*lines: dict[str, Any]) -> list[bool | type[OutreachError]]:
    outcomes = imports.import_handoffs(by=BY, items=lines)
    return [type(each.error) if each.error else each.created for each in outcomes]


def _pointers(line: dict[str, Any]) -> list[str]:
    [outcome] = imports.import_handoffs(by=BY, items=[line])
    assert isinstance(outcome.error, RuleBroken)
    return sorted(fault.pointer for fault in outcome.error.faults)


def test_a_handoff_of_long_ago_is_taken_in_once_as_it_stood(anna: Actor) -> None:
    line = _line(a_participant(anna))

    assert _take_in(line, line) == [True, False]
    assert _take_in(line) == [False]

    row = service.handoff(by=anna, id=UUID(line["id"]))
    assert (row["state"], row["turn"]) == ("accepted", "receiver")
    assert clock.local(row["sent_at"]).date().isoformat() == line["sent_on"]
    assert clock.local(row["decided_at"]).date().isoformat() == line["decided_on"]
    assert (row["snapshot"], row["fields"]) == (None, [])


def test_another_handoff_with_its_id_is_refused(anna: Actor) -> None:
    line = _line(a_participant(anna))
    _take_in(line)

    assert _take_in(line | {"state": "declined"}) == [IdReuse]


def test_who_came_from_elsewhere_comes_with_where_from(anna: Actor) -> None:
    person = a_participant(anna)
    without = _line(person, direction="in", team=None)

    assert _pointers(without) == ["/origin"]
    assert _take_in(without | {"origin": "af"}) == [True]
    assert service.handoff(by=anna, id=UUID(without["id"]))["origin"] == "af"


@pytest.mark.parametrize(
    ("said", "pointers"),
    [
        ({"sent_on": None}, ["/sent_on"]),
        ({"decided_on": None}, ["/decided_on"]),
        ({"state": "sent"}, ["/decided_on"]),
        ({"started_on": _ago(380)}, ["/started_on"]),
        ({"decided_on": _ago(401)}, ["/decided_on"]),
        ({"decided_on": _ago(-1)}, ["/decided_on"]),
        ({"team": "nobody"}, ["/team"]),
        ({"team": None}, ["/team"]),
        ({"participant_id": str(uuid7())}, ["/participant_id"]),
        ({"state": "lost", "team": "nobody", "sent_on": "soon"}, ["/sent_on", "/state", "/team"]),
    ],
)
def test_a_bad_line_is_told_all_that_is_wrong_with_it(
    anna: Actor, said: dict[str, Any], pointers: list[str]
) -> None:
    assert _pointers(_line(a_participant(anna)) | said) == pointers


def test_a_bad_line_keeps_no_good_one_out(anna: Actor) -> None:
    person = a_participant(anna)

    assert _take_in(_line(person, team=None), _line(person)) == [RuleBroken, True]


def test_a_team_does_nothing_with_what_rests_on_no_yes_here(anna: Actor) -> None:
    line = _line(a_participant(anna), state="sent", decided_on=None)
    _take_in(line)
    receiver = a_receiver()
    said = {"id": str(uuid7()), "text": "Ringer"}

    assert service.handoff(by=receiver, id=UUID(line["id"]))["snapshot"] is None
    with pytest.raises(ConsentMissing):
        acting.act(by=receiver, id=UUID(line["id"]), action="accept", given={})
    with pytest.raises(ConsentMissing):
        acting.act(by=anna, id=UUID(line["id"]), action="message", given=said)


def test_only_the_console_imports(anna: Actor) -> None:
    with pytest.raises(NotAllowed):
        imports.import_handoffs(by=anna, items=[])
