"""How a handoff stands to whoever asks: whose it is, what it rests on, and what the trail says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine

from outreach.accounts.models import Unit
from outreach.audit.models import AuditEntry
from outreach.consents import service as consents
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import NotAllowed, NotFound, RuleBroken, Stale
from outreach.handoffs import acting, lifecycle, service
from outreach.handoffs.standing import ConsentExpired
from outreach.participants.reading import ReasonRequired
from tests.builders import a_receiver, a_unit, an_actor, commit, uuid7
from tests.handed_over import Both, acts_of, agree, at, both, do, draft, go, kept, sent

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def unit() -> Unit:
    return a_unit()


@pytest.fixture
def sides() -> Both:
    return both()


def _entries(by: Actor, about: UUID) -> list[tuple[str, str, Any]]:
    """Return what the trail says that somebody did: kind, action, details."""
    commit()
    wanted = sa.select(AuditEntry.kind, AuditEntry.action, AuditEntry.details).where(
        AuditEntry.actor_id == by.id, AuditEntry.object_id == str(about)
    )
    rows = db.session.execute(wanted.order_by(AuditEntry.xid, AuditEntry.id))
    return [(row.kind, row.action, row.details) for row in rows]


def test_every_reading_by_either_side_is_on_the_persons_trail(sides: Both) -> None:
    it = sent(sides)
    readings: list[Callable[[], object]] = [
        lambda: service.handoff(by=sides.sender, id=it),
        lambda: service.preview(by=sides.sender, id=it),
    ]

    for number, read in enumerate(readings):
        before = _entries(sides.sender, sides.person)
        read()
        told = {"right": "caseload", "part": "handoffs"}
        assert _entries(sides.sender, sides.person)[len(before) :] == [
            ("participant", "read", told)
        ], number
    service.handoff(by=sides.receiver, id=it)

    assert _entries(sides.receiver, sides.person) == [
        ("participant", "read", {"right": "team", "part": "handoffs"})
    ]
    assert _entries(sides.receiver, it) == [("handoff", "read", None)]


def test_every_act_by_either_side_is_on_the_trail_without_a_word(sides: Both) -> None:
    it = sent(sides)

    do(sides.receiver, it, "message", text="Kanariefågeln kommer")
    do(sides.receiver, it, "accept")

    assert [entry[:2] for entry in _entries(sides.receiver, it)] == [
        ("handoff", "message"),
        ("handoff", "accept"),
    ]
    assert (
        _entries(sides.receiver, sides.person)
        # That the team did something is not for everybody to see who may see who has looked.
        == [("participant", "read", {"right": "team", "part": "handoffs"})] * 2
    )
    assert "anarie" not in str(_entries(sides.receiver, it))
    assert ("handoff", "create", None) in _entries(sides.sender, it)


@pytest.mark.parametrize("side", ["sender", "receiver"])
def test_what_a_refusal_shows_as_it_stands_is_read(sides: Both, side: str) -> None:
    it, by = sent(sides), getattr(sides, side)
    given = {"id": str(uuid7()), "text": "Ringer"}

    with pytest.raises(Stale) as refused:
        acting.act(by=by, id=it, action="message", given=given, expected=77)

    assert refused.value.current
    [*_, entry] = _entries(by, sides.person)
    assert entry[:2] == ("participant", "read")


def test_what_changes_nothing_and_tells_all_is_read(sides: Both) -> None:
    it = draft(sides)
    before = len(_entries(sides.sender, sides.person))

    service.change(by=sides.sender, id=it, expected=1, given={})

    [*_, entry] = _entries(sides.sender, sides.person)
    assert len(_entries(sides.sender, sides.person)) == before + 1
    assert entry[1] == "read"


def test_what_the_sender_chooses_for_the_next_time_is_not_told_the_team(sides: Both) -> None:
    it = _returned(sides)
    version = service.handoff(by=sides.sender, id=it)["version"]

    given = {"fields": ["name", "income", "number"]}
    service.change(by=sides.sender, id=it, expected=version, given=given)

    assert set(service.handoff(by=sides.receiver, id=it)["fields"]) == {"name", "phone"}


def test_the_yes_that_is_taken_back_with_it_is_the_one_it_was_told_by(sides: Both) -> None:
    it = _returned(sides)
    first = kept(it).consent_id
    other = agree(sides, categories=["name"])
    version = service.handoff(by=sides.sender, id=it)["version"]
    service.change(by=sides.sender, id=it, expected=version, given={"consent_id": str(other)})

    do(sides.sender, it, "withdraw", reason="consent")

    held = {each["id"]: each["state"] for each in _consents(sides)}
    assert (held[first], held[other]) == ("withdrawn", "valid")
    assert kept(it).state == "withdrawn"


def _consents(sides: Both) -> list[dict[str, Any]]:
    return consents.consents_of(by=sides.sender, participant=sides.person)


def test_nothing_more_is_said_of_a_first_meeting_after_the_last_day(sides: Both) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    it = sent(sides, valid_to=tomorrow.isoformat())

    with (
        time_machine.travel(clock.now() + timedelta(days=3), tick=False),
        pytest.raises(ConsentExpired),
    ):
        do(sides.sender, it, "first-meeting")


def test_a_message_of_nothing_is_none(sides: Both) -> None:
    it = sent(sides)

    with pytest.raises(RuleBroken) as refused:
        do(sides.sender, it, "message", text="   ")

    assert [fault.pointer for fault in refused.value.faults] == ["/text"]


def test_a_supervisor_of_the_unit_reads_it_by_the_units_right(unit: Unit) -> None:
    sides = both(an_actor(unit_id=str(unit.id)))
    chief = an_actor(role="supervisor", unit_id=str(unit.id))
    it = sent(sides)

    assert service.handoff(by=chief, id=it)["name"] == "Elsa Nyström"
    assert service.participant_of(by=chief, id=it) == sides.person
    assert _entries(chief, sides.person) == [
        ("participant", "read", {"right": "unit", "part": "handoffs"})
    ]


def test_that_somebody_of_the_team_has_looked_is_told_once_and_is_no_change(sides: Both) -> None:
    it = sent(sides)
    before = kept(it)

    assert service.handoff(by=sides.sender, id=it)["seen_at"] is None
    first = service.handoff(by=sides.receiver, id=it)
    service.handoff(by=a_receiver(), id=it)
    seen = service.handoff(by=sides.sender, id=it)

    assert seen["seen_at"] == first["seen_at"] is not None
    assert (seen["version"], seen["state"]) == (before.version, before.state)
    assert acts_of(it) == ["create", "send"]


def test_what_is_sent_again_has_not_been_seen(sides: Both) -> None:
    it = sent(sides)
    service.handoff(by=sides.receiver, id=it)

    go(sides, it, "return", "send")

    assert service.handoff(by=sides.sender, id=it)["seen_at"] is None


def test_what_is_over_is_not_seen_for_the_first_time(sides: Both) -> None:
    it = at(sides, lifecycle.WITHDRAWN)

    service.handoff(by=sides.receiver, id=it)

    assert kept(it).seen_at is None


def test_nobody_reads_a_handoff_that_is_not_theirs(sides: Both) -> None:
    it = draft(sides)

    for stranger in (sides.receiver, a_receiver("osa"), an_actor(committee="SN")):
        with pytest.raises(NotFound):
            service.handoff(by=stranger, id=it)
    for role in ("analyst", "reviewer", "administrator"):
        with pytest.raises(NotAllowed):
            service.handoff(by=an_actor(role=role), id=it)
    with pytest.raises(ReasonRequired):
        service.handoff(by=an_actor(), id=it)


def _returned(sides: Both) -> UUID:
    """Return what was sent with a name and a number by one yes, and came back for more."""
    handoff = sent(sides)
    go(sides, handoff, "return")
    return handoff


@pytest.mark.parametrize("chosen", ["another", "none"])
def test_what_a_team_was_told_rests_on_the_yes_it_was_told_by_whatever_is_chosen_for_the_next(
    sides: Both, chosen: str
) -> None:
    handoff = _returned(sides)
    told_by = kept(handoff).consent_id
    other = agree(sides, categories=["name"])
    given = {"consent_id": str(other) if chosen == "another" else None}
    version = kept(handoff).version
    service.change(by=sides.sender, id=handoff, expected=version, given=given)

    consents.withdraw(by=sides.sender, id=told_by)

    assert kept(handoff).state == "withdrawn"
    assert service.handoff(by=sides.receiver, id=handoff)["snapshot"] is None


def test_a_new_yes_covers_what_the_team_has_been_told_or_renews_nothing(sides: Both) -> None:
    handoff = _returned(sides)
    told_by, version = kept(handoff).consent_id, kept(handoff).version
    # Less is to be sent the next time, but the team still has all of it.
    service.change(by=sides.sender, id=handoff, expected=version, given={"fields": ["name"]})

    agree(sides, categories=["name"])
    consents.withdraw(by=sides.sender, id=told_by)

    assert kept(handoff).state == "withdrawn"
