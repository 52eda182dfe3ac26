"""What a team is told: with the person's yes, just what was chosen, as it was when it was sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine

from outreach.consents import service as consents
from outreach.consents.rules import CATEGORIES
from outreach.contacts import service as contacts
from outreach.enrolments import service as enrolments
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.foundation.errors import RuleBroken
from outreach.foundation.transaction import transaction
from outreach.handoffs import lifecycle, service
from outreach.handoffs.recording import SNAPSHOT
from outreach.handoffs.standing import ConsentMissing
from outreach.participants import next_steps
from outreach.participants import service as participants
from tests.builders import a_consent, a_number, a_recorded_contact, an_actor, uuid7
from tests.handed_over import (
    EVERYTHING,
    Both,
    acts_of,
    agree,
    both,
    do,
    draft,
    go,
    kept,
    sent,
    whole,
)

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def sides() -> Both:
    return both()


@pytest.fixture
def known() -> Both:
    """Somebody of whom everything is known that can be told."""
    pair = both(
        given_name="Kanarie", number=a_number(), email="kanarie@example.se", language="so",
        interpreter="phone", contact_preference={"sms": "yes"},
    )  # fmt: skip
    by, whose = pair.sender, str(pair.person)
    enrolments.begin_enrolment(
        by=by,
        given={
            "id": str(uuid7()),
            "participant_id": whose,
            "route_in": "own_initiative",
            "occupation_before": {"code": "part_time", "extent": 50},
            "income_before": ["wage"],
        },
    )
    for text in ("Undulater", "Papegojor"):
        a_recorded_contact(by, participant_id=whose, note=text, topics=["cv"])
    step = {"text": "Ringer Kanarie", "turn": "worker"}
    next_steps.set_next_step(by=by, id=pair.person, expected=1, given=step)
    return pair


def _notes(pair: Both) -> dict[str, str]:
    """Return the ids of the person's notes, by what they say."""
    found = service.everything(by=pair.sender, id=draft(pair))["note"]
    return {each["text"]: str(each["id"]) for each in found}


def _told(pair: Both, handoff: UUID) -> Any:
    return service.handoff(by=pair.receiver, id=handoff)["snapshot"]


def _sealed(handoff: UUID) -> bytes:
    with transaction(by=system("test")):
        wanted = sa.select(SNAPSHOT.c.sealed).where(SNAPSHOT.c.handoff_id == handoff)
        return bytes(db.session.scalars(wanted).one())


def _missing(act: Callable[[], object]) -> Any:
    with pytest.raises(ConsentMissing) as refused:
        act()
    return refused.value.members["missing"]


def _faults(act: Callable[[], object]) -> list[str]:
    with pytest.raises(RuleBroken) as refused:
        act()
    return sorted(fault.pointer for fault in refused.value.faults)


def test_everything_that_was_agreed_on_and_chosen_is_told(known: Both) -> None:
    agree(known)
    note = _notes(known)["Papegojor"]
    handoff = draft(known, fields=EVERYTHING, note_ids=[note])

    do(known.sender, handoff, "send")

    told = _told(known, handoff)
    assert list(told) == list(CATEGORIES)
    today = clock.today().isoformat()
    assert told == {
        "name": "Kanarie Nyström",
        "number": a_number(),
        "birth_date": "1990-01-01",
        "phone": "+46701740605",
        "email": "kanarie@example.se",
        "language": {"language": "so", "interpreter": "phone"},
        "contact_preference": told["contact_preference"],
        "next_step": {"text": "Ringer Kanarie", "turn": "worker", "due_on": None},
        "occupation": {"code": "part_time", "extent": 50},
        "income": ["wage"],
        "contacts": [
            {"day": today, "site": "hagalund", "contact_type": "drop_in", "topics": ["cv"]}
        ]
        * 2,
        "note": [{"day": today, "text": "Papegojor"}],
    }
    assert told["contact_preference"]["sms"] == "yes"


@pytest.mark.parametrize("field", [each for each in CATEGORIES if each != "note"])
def test_the_receiver_is_told_the_chosen_field_and_no_other(known: Both, field: str) -> None:
    agree(known)
    handoff = draft(known, fields=[field])

    do(known.sender, handoff, "send")

    row = service.handoff(by=known.receiver, id=handoff)
    assert set(row["snapshot"]) == {field} == set(row["fields"])
    assert (row["participant_id"], row["consent_id"], row["note_ids"]) == (None, None, [])
    assert row["name"] == ("Kanarie Nyström" if field == "name" else None)
    if field not in {"name", "number", "birth_date", "email", "next_step"}:
        assert not any(told in str(row) for told in ("anarie", a_number(), "1990-01-01"))


def test_what_is_not_known_is_told_as_nothing(sides: Both) -> None:
    agree(sides)
    handoff = draft(sides, fields=["email", "number", "next_step", "occupation", "contacts"])

    do(sides.sender, handoff, "send")

    assert _told(sides, handoff) == {
        "email": None, "number": None, "next_step": None, "occupation": None, "contacts": [],
    }  # fmt: skip


def test_what_is_said_at_sending_is_what_is_sent(known: Both) -> None:
    agree(known)
    handoff = draft(known)

    row = do(known.sender, handoff, "send", fields=["email"], note_ids=[])

    assert (row["fields"], row["snapshot"]) == (["email"], {"email": "kanarie@example.se"})


def test_a_voided_contact_is_not_told_of(known: Both) -> None:
    agree(known)
    contact = a_recorded_contact(known.sender, participant_id=str(known.person))
    contacts.void_contact(by=known.sender, id=contact["id"], given={"reason": "mistap"})
    handoff = draft(known, fields=["contacts"])

    do(known.sender, handoff, "send")

    assert len(_told(known, handoff)["contacts"]) == 2


def test_the_notes_that_were_chosen_go_and_no_others(known: Both) -> None:
    agree(known)
    notes = _notes(known)
    handoff = draft(known, fields=["name"])

    def send(**said: Any) -> Any:
        return do(known.sender, handoff, "send", **said)

    gone = [notes["Undulater"], str(uuid7())]
    assert _faults(lambda: send(fields=["note"], note_ids=gone)) == ["/note_ids"]
    assert _faults(lambda: send(fields=["note"], note_ids=[])) == ["/note_ids"]
    assert _faults(lambda: send(note_ids=[notes["Undulater"]])) == ["/note_ids"]
    send(fields=["note"], note_ids=[notes["Undulater"]])
    assert [each["text"] for each in _told(known, handoff)["note"]] == ["Undulater"]


def test_what_was_sent_stays_as_it_was_and_is_told_anew_when_it_is_sent_again(sides: Both) -> None:
    agree(sides)
    handoff = draft(sides, fields=["name", "email"])
    go(sides, handoff, "send")
    first = _sealed(handoff)
    participants.change_participant(
        by=sides.sender, id=sides.person, expected=1, given={"email": "ny@example.se"}
    )

    assert _told(sides, handoff) == {"name": "Elsa Nyström", "email": None}
    do(sides.receiver, handoff, "return", missing=["email"])
    do(sides.sender, handoff, "send", fields=["email"])

    assert _told(sides, handoff) == {"email": "ny@example.se"}
    assert _sealed(handoff) != first
    row = service.handoff(by=sides.receiver, id=handoff)
    assert (row["missing"], row["fields"], row["name"]) == ([], ["email"], None)


def test_what_was_sent_and_written_is_in_no_column(known: Both) -> None:
    agree(known)
    handoff = draft(known, fields=EVERYTHING, note_ids=list(_notes(known).values()))
    go(known, handoff, "send")
    do(known.receiver, handoff, "message", text="Kanarie kommer i morgon")

    with transaction(by=system("test")):
        held = "".join(
            db.session.execute(sa.text(f"SELECT t::text FROM {table} t")).scalars().all()[0]
            for table in ("handoff", "handoff_snapshot", "handoff_message", "handoff_event")
        )

    for word in ("anarie", "yström", "apegoj", "ndulat", "1740605", a_number()[2:8]):
        assert word not in held
        assert word.encode().hex() not in held


def test_nothing_is_sent_that_the_person_has_not_said_yes_to(sides: Both) -> None:
    handoff = draft(sides)
    before = whole(handoff)

    def missing() -> Any:
        return _missing(lambda: do(sides.sender, handoff, "send"))

    assert missing() == ["name", "phone"]
    agree(sides, categories=["name", "email"])
    assert missing() == ["phone"]
    agree(sides, to_team="osa")
    assert missing() == ["phone"]
    assert whole(handoff) == before
    agree(sides, categories=["name", "phone"])
    assert do(sides.sender, handoff, "send")["state"] == "sent"


def test_a_yes_that_is_taken_back_over_or_to_come_is_none(sides: Both) -> None:
    now, today = clock.now(), clock.today()
    handoff = draft(sides)
    taken_back = agree(sides)
    consents.withdraw(by=sides.sender, id=taken_back)
    tomorrow = today + timedelta(days=1)
    agree(sides, valid_from=tomorrow.isoformat(), valid_to=tomorrow.isoformat())

    for day, sendable in ((0, False), (1, True), (2, False)):
        with time_machine.travel(now + timedelta(days=day), tick=False):
            seen = service.preview(by=sides.sender, id=handoff)
            assert (seen["not_agreed"] == []) is sendable, day
            if not sendable:
                assert _missing(lambda: do(sides.sender, handoff, "send")) == ["name", "phone"]
    with time_machine.travel(now + timedelta(days=1), tick=False):
        assert do(sides.sender, handoff, "send")["valid_to"] == tomorrow


def test_the_chosen_yes_is_the_one_that_counts(sides: Both) -> None:
    wide = agree(sides, categories=["name", "phone"], back=["outcome"])
    narrow = agree(sides, categories=["phone"], back=[])
    handoff = draft(sides, consent_id=str(narrow))

    assert _missing(lambda: do(sides.sender, handoff, "send")) == ["name"]
    row = do(sides.sender, handoff, "send", consent_id=str(wide))

    assert (row["consent_id"], row["back"]) == (wide, ["outcome"])


def test_a_yes_to_the_other_committee_is_none_to_ours(sides: Both) -> None:
    handoff = draft(sides)
    consent = agree(sides)
    with transaction(by=system("test")):
        db.session.execute(
            sa.text("UPDATE consent SET from_committee = 'SN' WHERE id = :id"), {"id": consent}
        )

    assert _missing(lambda: do(sides.sender, handoff, "send")) == ["name", "phone"]


def test_something_is_chosen_or_nothing_is_sent(sides: Both) -> None:
    agree(sides)
    handoff = draft(sides, fields=[])

    assert _faults(lambda: do(sides.sender, handoff, "send")) == ["/fields"]
    assert (kept(handoff).state, acts_of(handoff)) == ("draft", ["create"])


@pytest.mark.parametrize("field", CATEGORIES)
def test_of_a_protected_person_no_team_is_told_who_or_where(field: str) -> None:
    pair = both(an_actor(), protected=True, language="so")
    agree(pair)
    handoff = draft(pair, fields=[], note_ids=[])
    said: dict[str, Any] = {"fields": [field]}
    if field == "note":
        contact = a_recorded_contact(pair.sender, participant_id=str(pair.person), note="Ja")
        said["note_ids"] = [str(contact["id"])]

    if field in {"language", "occupation", "income"}:
        do(pair.sender, handoff, "send", **said)
        row = service.handoff(by=pair.receiver, id=handoff)
        assert (set(row["snapshot"]), row["name"]) == ({field}, None)
    else:
        assert _faults(lambda: do(pair.sender, handoff, "send", **said)) == ["/fields"]
        assert kept(handoff).sent_at is None


def test_a_protected_person_is_sent_with_nothing_at_all_where_there_is_a_yes() -> None:
    pair = both(protected=True)
    handoff = draft(pair, fields=[])
    assert _missing(lambda: do(pair.sender, handoff, "send")) == []
    agree(pair)

    row = do(pair.sender, handoff, "send")

    assert (row["state"], row["snapshot"]) == ("sent", {})
    # What it is for is free text, which may tell who it is.
    assert service.handoff(by=pair.receiver, id=handoff)["purpose"] is None


def test_what_it_is_for_is_told_the_team_and_is_no_field_of_what_was_sent(sides: Both) -> None:
    handoff = sent(sides)

    told = service.handoff(by=sides.receiver, id=handoff)

    assert told["purpose"] == a_consent(sides.person)["purpose"]
    assert told["sent_by"]["id"] == sides.sender.id
    assert told["fields"] == list(told["snapshot"]) == ["name", "phone"]


def test_after_a_yes_has_run_out_a_newer_one_lets_it_be_sent_again(sides: Both) -> None:
    now, today = clock.now(), clock.today()
    agree(sides, valid_to=today.isoformat())
    handoff = draft(sides)
    go(sides, handoff, "send", "return")

    with time_machine.travel(now + timedelta(days=1), tick=False):
        assert _missing(lambda: do(sides.sender, handoff, "send")) == ["name", "phone"]
        newer = agree(sides)
        row = do(sides.sender, handoff, "send")

    assert (row["consent_id"], row["turn"]) == (newer, "receiver")
    assert (row["state"], row["turn"]) == lifecycle.SENT
