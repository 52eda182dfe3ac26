"""A handoff is begun, changed, looked at before it is sent; who may, and what is on the trail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from outreach.accounts.models import Unit
from outreach.audit.models import AuditEntry
from outreach.consents import service as consents
from outreach.contacts import service as contacts
from outreach.directory import service as directory
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import IdReuse, NotAllowed, NotFound, RuleBroken, Stale
from outreach.handoffs import lifecycle, service
from outreach.handoffs.standing import HandoffSettled
from outreach.participants import openings
from outreach.participants.reading import ReasonRequired
from tests.builders import (
    a_contact,
    a_handoff,
    a_participant,
    a_receiver,
    a_recorded_contact,
    a_unit,
    an_actor,
    commit,
    uuid7,
)
from tests.handed_over import (
    Both,
    acts_of,
    agree,
    at,
    both,
    do,
    draft,
    go,
    kept,
    whole,
)
from tests.known_people import link, unlink

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def unit() -> Unit:
    return a_unit()


@pytest.fixture
def sides() -> Both:
    return both()


def _faults(act: Callable[[], object]) -> list[str]:
    with pytest.raises(RuleBroken) as refused:
        act()
    return sorted(fault.pointer for fault in refused.value.faults)


def _entries(by: Actor, about: UUID) -> list[tuple[str, str, Any]]:
    """Return what the trail says that somebody did: kind, action, details."""
    commit()
    wanted = sa.select(AuditEntry.kind, AuditEntry.action, AuditEntry.details).where(
        AuditEntry.actor_id == by.id, AuditEntry.object_id == str(about)
    )
    rows = db.session.execute(wanted.order_by(AuditEntry.xid, AuditEntry.id))
    return [(row.kind, row.action, row.details) for row in rows]


def _begun(by: Actor, given: dict[str, Any]) -> dict[str, Any]:
    return service.begin(by=by, given=given)[0]


def test_what_is_begun_is_a_draft_of_which_everything_is_off_until_it_is_said(sides: Both) -> None:
    given = a_handoff(sides.person)
    del given["fields"]

    row, created = service.begin(by=sides.sender, given=given)

    assert created
    assert (row["state"], row["turn"], row["version"]) == ("draft", "sender", 1)
    assert (row["fields"], row["note_ids"], row["consent_id"]) == ([], [], None)
    assert (row["snapshot"], row["sent_at"], row["back"], row["messages"]) == (None, None, [], [])
    assert (row["participant_id"], row["name"]) == (sides.person, "Elsa Nyström")
    assert row["created_by"] == {"id": sides.sender.id, "name": sides.sender.name}
    assert row["can"] == ["send", "withdraw"]
    assert acts_of(row["id"]) == ["create"]


def test_a_repeat_changes_nothing_whatever_has_become_of_it(sides: Both) -> None:
    agree(sides)
    given = a_handoff(sides.person, fields=["phone", "name"])
    first, _ = service.begin(by=sides.sender, given=given)

    again = service.begin(by=sides.sender, given=given | {"fields": ["name", "phone", "name"]})
    go(sides, first["id"], "send", "accept")
    before = whole(first["id"])
    late, created = service.begin(by=sides.sender, given=given)

    assert again == (first, False)
    assert (late["state"], created) == ("accepted", False)
    assert whole(first["id"]) == before


def test_a_repeat_is_harmless_when_what_it_was_to_rest_on_is_gone(sides: Both) -> None:
    consent = agree(sides)
    contact = a_recorded_contact(sides.sender, participant_id=str(sides.person))
    given = a_handoff(sides.person, consent_id=str(consent), from_contact=str(contact["id"]))
    first = _begun(sides.sender, given)
    unlink(sides.sender, contact["id"])
    consents.withdraw(by=sides.sender, id=consent)

    row, created = service.begin(by=sides.sender, given=given)

    assert (row["id"], row["state"], created) == (first["id"], "withdrawn", False)


def test_the_same_id_for_something_else_or_somebody_else_is_refused(sides: Both) -> None:
    given = a_handoff(sides.person)
    row = _begun(sides.sender, given)
    other = a_participant(sides.sender)

    for changed in ({"team": "osa"}, {"fields": ["name"]}, {"participant_id": str(other)}):
        with pytest.raises(IdReuse):
            service.begin(by=sides.sender, given=given | changed)
    foreign = an_actor(committee="SN")
    theirs = a_handoff(a_participant(foreign), id=given["id"])
    with pytest.raises(IdReuse):
        service.begin(by=foreign, given=theirs)
    assert acts_of(row["id"]) == ["create"]


def test_nobody_is_handed_over_by_whoever_may_not_read_them(sides: Both) -> None:
    given = a_handoff(sides.person)

    with pytest.raises(NotFound):
        service.begin(by=an_actor(committee="SN"), given=given)
    with pytest.raises(ReasonRequired):
        service.begin(by=an_actor(), given=given)
    for role in ("receiver", "analyst", "reviewer", "administrator"):
        with pytest.raises(NotAllowed):
            service.begin(by=an_actor(role=role, team="jobbteamet"), given=given)
    with pytest.raises(NotAllowed):
        service.begin(by=an_actor(role="supervisor", committee=None), given=given)


def test_a_colleague_who_has_said_why_may_begin_one(sides: Both) -> None:
    eva = an_actor(sites=("bagartorp",))
    openings.open_participant(by=eva, id=sides.person, given={"reason": "handoff"})

    row = _begun(eva, a_handoff(sides.person))

    assert (row["state"], row["created_by"]["id"]) == ("draft", eva.id)
    assert ("participant", "change", {"right": "opening", "part": "handoffs"}) in _entries(
        eva, sides.person
    )


def test_every_fault_is_told_at_once_and_nothing_is_begun(sides: Both) -> None:
    foreign = both()
    given = a_handoff(
        sides.person, team="nobody", origin="moon", fields=["diagnosis"], note_ids=["x"],
        consent_id=str(agree(foreign)), from_contact=str(uuid7()), extra=1,
    )  # fmt: skip

    assert _faults(lambda: service.begin(by=sides.sender, given=given)) == [
        "/consent_id", "/extra", "/fields/0", "/from_contact", "/note_ids/0", "/origin", "/team",
    ]  # fmt: skip
    with pytest.raises(NotFound):
        service.handoff(by=sides.sender, id=UUID(given["id"]))


def test_a_consent_of_another_person_or_to_another_team_is_none_to_rest_on(sides: Both) -> None:
    elsewhere = agree(sides, to_team="osa")
    own = agree(sides)

    def begin(consent: UUID) -> dict[str, Any]:
        return _begun(sides.sender, a_handoff(sides.person, consent_id=str(consent)))

    assert _faults(lambda: begin(elsewhere)) == ["/consent_id"]
    assert _faults(lambda: begin(agree(both(sides.sender)))) == ["/consent_id"]
    assert begin(own)["consent_id"] == own


def test_a_contact_that_it_comes_from_is_the_persons(sides: Both) -> None:
    own = a_recorded_contact(sides.sender, participant_id=str(sides.person))
    other = a_recorded_contact(sides.sender)

    def begin(contact: Any) -> dict[str, Any]:
        return _begun(sides.sender, a_handoff(sides.person, from_contact=str(contact["id"])))

    assert _faults(lambda: begin(other)) == ["/from_contact"]
    agree(sides)
    do(sides.sender, begin(own)["id"], "send")
    assert contacts.contact(by=sides.sender, id=own["id"])["result"] == "handoff_started"


def test_it_may_come_from_a_contact_at_a_place_where_the_sender_does_not_work(sides: Both) -> None:
    eva = an_actor(sites=("bagartorp",))
    contact = a_recorded_contact(eva, site="bagartorp")
    link(eva, sides.person, contact["id"])
    agree(sides)
    given = a_handoff(sides.person, from_contact=str(contact["id"]))

    row = do(sides.sender, _begun(sides.sender, given)["id"], "send")

    assert row["state"] == "sent"
    # What is not theirs to change stays as it is.
    assert contacts.contact(by=eva, id=contact["id"])["result"] == "information_given"


def test_whoever_comes_from_elsewhere_waits_for_our_answer_at_once(sides: Both) -> None:
    given = a_handoff(sides.person, direction="in", team=None, fields=[], origin="af")

    row = _begun(sides.sender, given)

    assert (row["state"], row["turn"], row["origin"]) == ("sent", "receiver", "af")
    assert row["sent_at"] is not None
    assert {"accept", "decline", "return", "withdraw"} <= set(row["can"])
    assert (row["snapshot"], row["overdue"]) == (None, False)


def test_of_somebody_who_comes_it_is_said_from_where_and_nothing_is_sent(sides: Both) -> None:
    def begin(**said: Any) -> list[str]:
        given = a_handoff(sides.person, direction="in", team=None, fields=[]) | said
        return _faults(lambda: service.begin(by=sides.sender, given=given))

    assert begin() == ["/origin"]
    assert begin(origin="moon", fields=["name"]) == ["/fields", "/origin"]


def test_our_own_staff_act_on_both_sides_of_somebody_who_comes(sides: Both) -> None:
    anna = sides.sender
    given = a_handoff(sides.person, direction="in", team=None, fields=[], origin="af")
    it = _begun(anna, given)["id"]

    assert do(anna, it, "return")["turn"] == "sender"
    assert do(anna, it, "send")["turn"] == "receiver"
    assert do(anna, it, "accept")["state"] == "accepted"
    assert do(anna, it, "start")["state"] == "in_progress"
    row = do(anna, it, "complete")

    assert (row["state"], row["outcome"], row["can"]) == ("completed", "job_found", [])
    assert [(each["action"], each["side"]) for each in row["history"]] == [
        ("create", "sender"), ("return", "receiver"), ("send", "sender"), ("accept", "receiver"),
        ("start", "receiver"), ("complete", "receiver"),
    ]  # fmt: skip
    assert row["snapshot"] is None


def test_no_team_ever_sees_somebody_who_came_to_us(sides: Both) -> None:
    given = a_handoff(sides.person, direction="in", origin="kn_unga", fields=[])
    it = _begun(sides.sender, given)["id"]

    with pytest.raises(NotFound):
        service.handoff(by=sides.receiver, id=it)


def test_what_is_to_be_sent_is_changed_from_the_version_that_was_read(sides: Both) -> None:
    it = draft(sides)

    row = service.change(by=sides.sender, id=it, expected=1, given={"fields": ["email", "name"]})
    same = service.change(by=sides.sender, id=it, expected=2, given={"fields": ["name", "email"]})
    with pytest.raises(Stale) as stale:
        service.change(by=sides.sender, id=it, expected=1, given={"fields": []})

    assert (row["fields"], row["version"]) == (["name", "email"], 2)
    # The same again is no change.
    assert same["version"] == 2
    assert stale.value.current
    assert stale.value.current["fields"] == ["name", "email"]
    assert acts_of(it) == ["create"]


def test_a_change_is_judged_with_what_it_leaves_as_it_is(sides: Both) -> None:
    it = draft(sides)

    def change(**said: Any) -> list[str]:
        return _faults(lambda: service.change(by=sides.sender, id=it, expected=1, given=said))

    assert change(fields=["name", "note"]) == ["/note_ids"]
    assert change(note_ids=[str(uuid7())]) == ["/note_ids"]
    assert change(consent_id=str(agree(both(sides.sender)))) == ["/consent_id"]
    assert change(fields=["diagnosis"], extra=1) == ["/extra", "/fields/0"]
    assert kept(it).version == 1


@pytest.mark.parametrize("standing", lifecycle.STANDINGS, ids=str)
def test_what_is_sent_is_changed_only_while_it_is_the_senders_to_send(
    sides: Both, standing: lifecycle.Standing
) -> None:
    it = at(sides, standing)
    before = whole(it)
    version = kept(it).version

    def change() -> dict[str, Any]:
        return service.change(
            by=sides.sender, id=it, expected=version, given={"fields": ["language"]}
        )

    if standing in {lifecycle.DRAFT, lifecycle.RETURNED}:
        assert change()["fields"] == ["language"]
    else:
        with pytest.raises(HandoffSettled):
            change()
        assert whole(it) == before


def test_nobody_but_the_sender_changes_or_tries_what_is_to_be_sent(sides: Both) -> None:
    it = at(sides, lifecycle.RETURNED)
    acts: list[Callable[[Actor], object]] = [
        lambda by: service.change(by=by, id=it, expected=1, given={}),
        lambda by: service.preview(by=by, id=it),
        lambda by: service.everything(by=by, id=it),
        lambda by: service.participant_of(by=by, id=it),
    ]

    for act in acts:
        for refused in (sides.receiver, a_receiver("osa"), an_actor(role="analyst")):
            with pytest.raises(NotAllowed):
                act(refused)
        with pytest.raises(NotFound):
            act(an_actor(committee="SN"))
    for act in acts[:3]:
        with pytest.raises(ReasonRequired):
            act(an_actor())


def test_a_preview_tells_what_goes_what_stays_and_what_was_not_agreed_on(sides: Both) -> None:
    consent = agree(sides, categories=["name", "language"])
    it = draft(sides)

    seen = service.preview(by=sides.sender, id=it)

    assert seen["sends"] == {"name": "Elsa Nyström", "phone": "+46701740605"}
    assert "name" not in seen["holds_back"]
    assert {"email", "language", "note"} <= set(seen["holds_back"])
    assert (seen["consent_id"], seen["not_agreed"]) == (consent, ["phone"])
    assert seen["version"] == 1


def test_a_preview_of_what_nobody_has_agreed_on_says_so_and_sends_nothing(sides: Both) -> None:
    it = draft(sides)
    before = whole(it)

    seen = service.preview(by=sides.sender, id=it)

    assert (seen["consent_id"], seen["not_agreed"]) == (None, ["name", "phone"])
    assert whole(it) == before


def test_a_preview_goes_by_the_yes_that_covers_most_unless_one_was_chosen(sides: Both) -> None:
    wide = agree(sides, categories=["name", "phone"])
    narrow = agree(sides, categories=["phone"])

    assert service.preview(by=sides.sender, id=draft(sides))["consent_id"] == wide
    seen = service.preview(by=sides.sender, id=draft(sides, consent_id=str(narrow)))

    assert (seen["consent_id"], seen["not_agreed"]) == (narrow, ["name"])


def _an_entry(**requirements: Any) -> None:
    directory.create_entry(
        by=system("test"),
        given={
            "id": str(uuid7()),
            "target": "naringslivsenheten",
            "name": "Teamet",
            "for_whom": "Alla.",
            "requirements": requirements,
            "valid_from": "2025-01-01",
        },
    )


def test_a_preview_tells_what_the_team_asks_of_whoever_comes() -> None:
    born = (clock.today() - timedelta(days=366 * 20)).isoformat()
    sides = both(birth_date=born)
    _an_entry(min_age=30, resident=True)
    it = draft(sides, team="naringslivsenheten")

    one = service.preview(by=sides.sender, id=it)["requirements"]
    # Of two places one that takes the person is enough.
    _an_entry(min_age=18)
    either = service.preview(by=sides.sender, id=it)["requirements"]

    assert one == [{"code": "age", "met": False}, {"code": "resident", "met": None}]
    assert {each["code"]: each["met"] for each in either} == {"age": True, "resident": None}


def test_the_notes_to_choose_among_are_the_persons_latest_first(sides: Both) -> None:
    it = draft(sides)
    assert service.everything(by=sides.sender, id=it)["note"] == []
    noted = [
        contacts.record_contact(
            by=sides.sender,
            given=a_contact(
                participant_id=str(sides.person),
                note=text,
                occurred_at=(clock.now() - timedelta(minutes=ago)).isoformat(),
            ),
        )[0]["id"]
        for text, ago in (("Först", 9), ("Sedan", 3))
    ]

    found = service.everything(by=sides.sender, id=it)["note"]

    assert {each["id"]: each["text"] for each in found} == dict(
        zip(noted, ("Först", "Sedan"), strict=True)
    )
    assert all(each["day"] <= clock.today() for each in found)
