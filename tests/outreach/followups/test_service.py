"""A meeting is booked, moved, held or not: what is kept, who sees it, what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.dialects.postgresql import Range

from outreach.accounts.models import User
from outreach.audit.models import AuditEntry
from outreach.contacts import service as contacts
from outreach.contacts.models import Contact, ContactLink
from outreach.enrolments import worklists
from outreach.followups import booking, outcomes, service
from outreach.followups.models import Followup, FollowupTime
from outreach.followups.recording import SlotTaken
from outreach.followups.standing import FollowupSettled
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import (
    IdReuse,
    NotAllowed,
    NotFound,
    OutreachError,
    RuleBroken,
    Stale,
)
from outreach.foundation.transaction import transaction
from outreach.participants.reading import ReasonRequired
from outreach.sites.models import SiteActivity
from tests.builders import (
    a_booking,
    a_code,
    a_followup,
    a_participant,
    a_recorded_contact,
    an_actor,
    uuid7,
)
from tests.known_people import link, protect

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def anna() -> Actor:
    return an_actor()


@pytest.fixture
def elsa(anna: Actor) -> str:
    """A participant of Anna's."""
    return str(a_participant(anna))


@pytest.fixture
def no_names_at() -> Iterator[Callable[[str], None]]:
    """A function: let the activities at a place record no identity, until the test ends."""

    def decide(*where: Any, recorded: bool) -> None:
        changed = sa.update(SiteActivity).where(*where).values(identity_recorded=recorded)
        with transaction() as session:
            session.execute(changed)

    yield lambda site: decide(SiteActivity.site == site, recorded=False)
    decide(recorded=True)


def _in(**time: float) -> str:
    return (clock.now() + timedelta(**time)).isoformat()


def _stored(id: object) -> Any:
    with transaction(by=system("test")):
        return db.session.execute(
            sa.select(Followup.__table__).where(Followup.id == UUID(str(id)))
        ).one()


def _acts(id: object) -> list[tuple[str, str]]:
    wanted = sa.select(AuditEntry.kind, AuditEntry.action).where(AuditEntry.object_id == str(id))
    rows = db.session.execute(wanted.order_by(AuditEntry.xid, AuditEntry.id))
    return [(row.kind, row.action) for row in rows]


def _faults(act: Callable[[], object]) -> list[str]:
    with pytest.raises(RuleBroken) as refused:
        act()
    return sorted(fault.pointer for fault in refused.value.faults)


def _hours(worker: Actor) -> list[timedelta]:
    wanted = sa.select(FollowupTime.during).where(FollowupTime.worker_id == worker.id)
    found = []
    for during in db.session.scalars(wanted):
        assert during.lower
        assert during.upper
        found.append(during.upper - during.lower)
    return found


def _contacts_of(person: str) -> list[Any]:
    with transaction(by=system("test")):
        wanted = (
            sa.select(Contact.__table__)
            .join(ContactLink, ContactLink.contact_id == Contact.id)
            .where(ContactLink.participant_id == UUID(person), ContactLink.undone_at.is_(None))
            .where(Contact.voided_at.is_(None))
            .order_by(Contact.occurred_at)
        )
        return list(db.session.execute(wanted))


def test_a_meeting_is_kept_as_it_was_booked_and_its_words_are_sealed(
    anna: Actor, elsa: str
) -> None:
    said = a_booking(anna, participant_id=elsa, purpose="Gå igenom betygen", language="so")

    row, created = booking.book(by=anna, given=said)

    assert created
    assert (row["state"], row["version"], row["needs_outcome"]) == ("booked", 1, False)
    assert (row["purpose"], row["language"], row["interpreter"]) == (
        "Gå igenom betygen",
        "so",
        None,
    )
    assert row["workers"] == [{"id": anna.id, "name": anna.name}]
    assert row["ends_at"] - row["starts_at"] == timedelta(minutes=30)
    assert service.followup(by=anna, id=row["id"]) == {
        name: value for name, value in row.items() if name != "warnings"
    }
    assert "betygen" not in str(_stored(row["id"]))
    assert _acts(row["id"]) == [("followup", "create"), ("followup", "read")]
    assert [act for act in _acts(elsa) if act[1] in {"change", "read"}] == [
        ("participant", "change"),
        ("participant", "read"),
    ]


def test_whoever_holds_a_code_is_booked_by_it_and_the_committees_own_see_it(anna: Actor) -> None:
    code = a_code(anna)

    row = a_followup(anna, recognition_code=code["code"].lower(), purpose="CV")

    colleague = an_actor(sites=("bagartorp",))
    assert service.followup(by=colleague, id=row["id"])["recognition_code"] == code["code"]
    with pytest.raises(NotFound):
        service.followup(by=an_actor(committee="SN"), id=row["id"])
    assert (row["participant_id"], row["purpose"], row["case_number"]) == (None, "CV", None)


@pytest.mark.parametrize("words", ["Ring 070-174 06 50", "anna@example.se", "19900101-9802"])
def test_nothing_is_written_about_whoever_has_a_code_that_tells_who_it_is(
    anna: Actor, words: str
) -> None:
    said = a_booking(anna, recognition_code=a_code(anna)["code"], purpose=words)

    assert _faults(lambda: booking.book(by=anna, given=said)) == ["/purpose"]


def test_a_repeat_changes_nothing_also_when_its_time_has_come(anna: Actor, elsa: str) -> None:
    said = a_booking(anna, participant_id=elsa)
    first, _ = booking.book(by=anna, given=said)
    with transaction(by=system("test")):
        db.session.execute(sa.update(Followup).values(starts_at=clock.now() - timedelta(days=2)))

    again, created = booking.book(by=anna, given=said)

    assert (again["id"], again["version"], created) == (first["id"], 1, False)
    assert len(_hours(anna)) == 1


def test_another_content_under_the_same_id_is_refused_also_where_it_cannot_be_seen(
    anna: Actor, elsa: str
) -> None:
    said = a_booking(anna, participant_id=elsa)
    booking.book(by=anna, given=said)

    with pytest.raises(IdReuse):
        booking.book(by=anna, given=said | {"minutes": 45})
    other = an_actor(committee="SN")
    theirs = a_booking(other, participant_id=str(a_participant(other)))
    with pytest.raises(IdReuse):
        booking.book(by=other, given=theirs | {"id": said["id"]})
    assert _hours(other) == []


def test_every_fault_of_a_booking_is_told_at_once_and_nothing_is_written(
    anna: Actor, elsa: str
) -> None:
    stranger = an_actor(committee="SN")
    wrong = a_booking(
        anna,
        participant_id=elsa,
        recognition_code=a_code(anna)["code"],
        starts_at=_in(minutes=-20),
        workers=[str(anna.id), str(stranger.id)],
        place="nowhere",
        language="klingon",
        minutes=4,
        reminder="letter",
    )

    faults = _faults(lambda: booking.book(by=anna, given=wrong))

    assert faults == [
        "/language", "/minutes", "/place", "/recognition_code", "/reminder", "/starts_at",
        "/workers/1",
    ]  # fmt: skip
    nobody = a_booking(anna)
    assert _faults(lambda: booking.book(by=anna, given=nobody)) == ["/participant_id"]
    assert db.session.scalars(sa.select(sa.func.count()).select_from(FollowupTime)).one() == 0


def test_of_two_meetings_at_once_the_second_is_told_which_times_are_left(
    anna: Actor, elsa: str
) -> None:
    starts_at = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=7)
    a_followup(anna, participant_id=elsa, starts_at=starts_at.isoformat(), minutes=60)

    with pytest.raises(SlotTaken) as taken:
        a_followup(
            anna,
            recognition_code=a_code(anna)["code"],
            starts_at=(starts_at + timedelta(minutes=59)).isoformat(),
        )

    assert "alternatives" in taken.value.members
    assert _hours(anna) == [timedelta(hours=1)]
    follows = (starts_at + timedelta(hours=1)).isoformat()
    a_followup(anna, recognition_code=a_code(anna)["code"], starts_at=follows)


def test_a_meeting_of_two_takes_the_time_of_both(anna: Actor, elsa: str) -> None:
    bo = an_actor()
    when = _in(days=1)
    a_followup(anna, participant_id=elsa, workers=[str(anna.id), str(bo.id)], starts_at=when)

    with pytest.raises(SlotTaken):
        a_followup(bo, recognition_code=a_code(bo)["code"], starts_at=when)
    assert _hours(anna) == _hours(bo) == [timedelta(minutes=30)]


def test_with_an_interpreter_it_takes_twice_the_time(anna: Actor, elsa: str) -> None:
    row = a_followup(anna, participant_id=elsa, interpreter_needed=True)

    assert (row["minutes"], row["interpreter"], row["interpreter_needed"]) == (
        30,
        "not_booked",
        True,
    )
    assert _hours(anna) == [timedelta(hours=1)]


def test_the_contact_that_it_was_booked_from_says_so_and_what_was_picked_stays(
    anna: Actor, elsa: str
) -> None:
    plain = a_recorded_contact(anna, participant_id=elsa)
    picked = a_recorded_contact(anna, participant_id=elsa, result="plan_made")

    a_followup(anna, participant_id=elsa, from_contact=str(plain["id"]))
    a_followup(anna, participant_id=elsa, from_contact=str(picked["id"]), starts_at=_in(days=2))

    assert contacts.contact(by=anna, id=plain["id"])["result"] == "meeting_booked"
    assert contacts.contact(by=anna, id=picked["id"])["result"] == "plan_made"
    changed = contacts.correct_contact(
        by=anna, id=plain["id"], expected=2, given={"topics": ["job_search"]}
    )
    assert changed["result"] == "meeting_booked"
    another = a_recorded_contact(anna, participant_id=str(a_participant(anna)))
    for contact in (uuid7(), a_recorded_contact(anna)["id"], another["id"]):
        wrong = a_booking(anna, participant_id=elsa, from_contact=str(contact))
        assert _faults(partial(booking.book, by=anna, given=wrong)) == ["/from_contact"]


def test_somebody_elses_participant_takes_a_reason_and_another_committees_is_not_there(
    anna: Actor, elsa: str
) -> None:
    row = a_followup(anna, participant_id=elsa)
    colleague, stranger = an_actor(), an_actor(committee="SN")

    acts: list[Callable[[Actor], object]] = [
        lambda by: service.followup(by=by, id=row["id"]),
        lambda by: booking.book(by=by, given=a_booking(by, participant_id=elsa)),
        lambda by: service.change(by=by, id=row["id"], expected=1, given={}),
        lambda by: booking.reschedule(by=by, id=row["id"], given={}),
        lambda by: outcomes.set_outcome(by=by, id=row["id"], given={"state": "no_show"}),
        lambda by: outcomes.undo_outcome(by=by, id=row["id"]),
    ]
    for act in acts:
        with pytest.raises(ReasonRequired):
            act(colleague)
        with pytest.raises(NotFound):
            act(stranger)
        with pytest.raises(NotAllowed):
            act(an_actor(role="analyst", sites=(), committee=None))
    assert _stored(row["id"]).version == 1


def test_a_list_shows_ones_own_and_those_at_ones_sites_with_names_for_those_who_may_read(
    anna: Actor, elsa: str
) -> None:
    at_bagartorp = an_actor(sites=("bagartorp",))
    own = a_followup(anna, participant_id=elsa, starts_at=_in(hours=2))
    theirs = a_followup(
        at_bagartorp,
        participant_id=str(a_participant(at_bagartorp)),
        starts_at=_in(hours=1),
    )
    elsewhere = a_followup(
        at_bagartorp,
        recognition_code=a_code(at_bagartorp)["code"],
        place="bagartorp",
        starts_at=_in(hours=3),
    )
    hidden = an_actor(committee="SN")
    a_followup(hidden, participant_id=str(a_participant(hidden)), starts_at=_in(hours=4))

    rows = service.followups(by=anna)

    assert [row["id"] for row in rows] == [theirs["id"], own["id"]]
    assert [row["name"] for row in rows] == [None, "Elsa Nyström"]
    assert all(row["case_number"] for row in rows)
    assert all("purpose" not in row for row in rows)
    of_one = service.followups(by=anna, worker=at_bagartorp.id)
    assert [row["id"] for row in of_one] == [theirs["id"], elsewhere["id"]]
    after = rows[0]["starts_at"], rows[0]["id"]
    assert [row["id"] for row in service.followups(by=anna, after=after)] == [own["id"]]
    tomorrow = clock.today() + timedelta(days=1)
    assert service.followups(by=anna, first=tomorrow + timedelta(days=1)) == []


def test_a_protected_persons_meeting_is_there_for_those_alone_who_are_named_and_without_a_name(
    anna: Actor, elsa: str
) -> None:
    row = a_followup(anna, participant_id=elsa)
    protect(anna, UUID(elsa))

    assert [each["name"] for each in service.followups(by=anna)] == [None]
    assert service.followups(by=an_actor()) == []
    assert service.followup(by=anna, id=row["id"])["name"] == "Elsa Nyström"


def test_what_may_be_changed_of_a_meeting_makes_a_version_and_needs_the_one_it_was_read_at(
    anna: Actor, elsa: str
) -> None:
    row = a_followup(anna, participant_id=elsa, purpose="CV", interpreter_needed=True)
    change = partial(service.change, by=anna, id=row["id"])

    changed = change(expected=1, given={"interpreter": "booked", "place": "solna_centrum"})
    same = change(expected=2, given={"interpreter": "booked"})
    worded = change(expected=2, given={"purpose": "Praktik"})

    assert (changed["interpreter"], changed["place"], changed["purpose"]) == (
        "booked",
        "solna_centrum",
        "CV",
    )
    assert (same["version"], worded["version"], worded["purpose"]) == (2, 3, "Praktik")
    with pytest.raises(Stale):
        change(expected=2, given={"purpose": "Annat"})
    plain = a_followup(anna, participant_id=elsa, starts_at=_in(days=1))
    wrong = {"interpreter": "booked", "place": "nowhere"}
    assert _faults(lambda: service.change(by=anna, id=plain["id"], expected=1, given=wrong)) == [
        "/interpreter",
        "/place",
    ]


def test_a_meeting_that_is_moved_comes_back_at_another_time_and_frees_its_own(
    anna: Actor, elsa: str
) -> None:
    row = a_followup(anna, participant_id=elsa, purpose="CV", interpreter_needed=True)
    move = {
        "id": str(uuid7()),
        # It may overlap itself.
        "starts_at": (row["starts_at"] + timedelta(minutes=15)).isoformat(),
        "asked_by": "participant",
        "why": "Barnet var sjukt",
    }

    moved = booking.reschedule(by=anna, id=row["id"], given=move)
    again = booking.reschedule(by=anna, id=row["id"], given=move)

    assert (moved["supersedes"], moved["asked_by"], moved["why"]) == (
        row["id"],
        "participant",
        "Barnet var sjukt",
    )
    assert (moved["purpose"], moved["minutes"], moved["interpreter"]) == ("CV", 30, "not_booked")
    assert again["id"] == moved["id"]
    before = service.followup(by=anna, id=row["id"])
    assert (before["state"], before["superseded_by"]) == ("rescheduled", moved["id"])
    assert _hours(anna) == [timedelta(hours=1)]
    acts: list[Callable[[], object]] = [
        lambda: booking.reschedule(by=anna, id=row["id"], given=move | {"id": str(uuid7())}),
        lambda: outcomes.set_outcome(by=anna, id=row["id"], given={"state": "no_show"}),
        lambda: outcomes.undo_outcome(by=anna, id=row["id"]),
    ]
    for act in acts:
        with pytest.raises(FollowupSettled):
            act()


def test_a_move_to_a_taken_time_leaves_the_meeting_where_it_was(anna: Actor, elsa: str) -> None:
    row = a_followup(anna, participant_id=elsa)
    other = a_followup(anna, recognition_code=a_code(anna)["code"], starts_at=_in(days=1))
    move = {"id": str(uuid7()), "starts_at": other["starts_at"].isoformat(), "asked_by": "worker"}

    with pytest.raises(SlotTaken):
        booking.reschedule(by=anna, id=row["id"], given=move)

    assert service.followup(by=anna, id=row["id"])["state"] == "booked"
    assert len(_hours(anna)) == 2


def test_a_meeting_that_was_held_becomes_one_contact_that_says_what_the_last_one_said(
    anna: Actor, elsa: str
) -> None:
    last = a_recorded_contact(anna, gender="man", age_band="45-54", topics=["validation"])
    link(anna, UUID(elsa), last["id"])
    row = a_followup(anna, participant_id=elsa, starts_at=_in(minutes=-10), language="so")

    held = outcomes.set_outcome(by=anna, id=row["id"], given={"state": "held"})
    again = outcomes.set_outcome(by=anna, id=row["id"], given={"state": "held", "attended": True})

    assert (held["state"], held["attended"], held["happened"]) == ("held", True, True)
    assert again["version"] == held["version"]
    became = _contacts_of(elsa)
    assert len(became) == 2
    made = next(each for each in became if each.id == held["contact_id"])
    assert (made.contact_type, made.site, made.minutes) == ("booked", "hagalund", 30)
    assert (made.gender, made.age_band, made.topics) == ("man", "45-54", ["validation"])
    assert (made.talk_language, made.first_time, made.result) == ("so", "no", "information_given")
    assert made.occurred_at == row["starts_at"]
    assert made.recorded_by == anna.id


def test_what_was_said_at_the_meeting_is_what_its_contact_says(anna: Actor) -> None:
    code = a_code(anna)
    row = a_followup(anna, recognition_code=code["code"], place="remote", starts_at=_in(minutes=30))

    said = {"state": "held", "topics": ["cv", "language"], "contact_type": "digital"}
    held = outcomes.set_outcome(by=anna, id=row["id"], given=said)

    made = contacts.contact(by=anna, id=held["contact_id"])
    assert (made["contact_type"], made["topics"]) == ("digital", ["cv", "language"])
    assert made["recognition_code"] == code["code"]
    # Somebody came early: a contact has happened.
    assert made["occurred_at"] <= clock.now()


def test_whoever_is_to_be_there_says_what_became_of_it_without_reading_the_person(
    anna: Actor, elsa: str
) -> None:
    bo = an_actor()
    row = a_followup(anna, participant_id=elsa, workers=[str(bo.id)], starts_at=_in(minutes=-5))

    held = outcomes.set_outcome(by=bo, id=row["id"], given={"state": "held"})

    assert (held["name"], held["state"]) == (None, "held")
    assert [each.recorded_by for each in _contacts_of(elsa)] == [bo.id]
    with pytest.raises(ReasonRequired):
        service.followup(by=bo, id=row["id"])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"state": "no_show"}, (False, False)),
        ({"state": "cancelled_by_participant"}, (None, False)),
        (
            {"state": "cancelled_by_us", "attended": True, "why_not": "Tolken kom inte"},
            (True, False),
        ),
    ],
)
def test_whether_they_came_whether_it_was_held_and_why_not_are_three_facts(
    anna: Actor, elsa: str, said: dict[str, Any], expected: tuple[bool | None, bool]
) -> None:
    row = a_followup(anna, participant_id=elsa, starts_at=_in(minutes=-5))

    outcome = outcomes.set_outcome(by=anna, id=row["id"], given=said)

    assert (outcome["attended"], outcome["happened"]) == expected
    assert outcome["why_not"] == said.get("why_not")
    assert _contacts_of(elsa) == []
    assert "Tolken" not in str(_stored(row["id"]))


@pytest.mark.parametrize(
    ("said", "faults"),
    [
        ({"state": "held", "attended": False, "happened": False}, ["/attended", "/happened"]),
        ({"state": "held", "why_not": "Hann inte"}, ["/why_not"]),
        ({"state": "no_show", "attended": True}, ["/attended"]),
        ({"state": "cancelled_by_us", "happened": True}, ["/happened"]),
        ({"state": "rescheduled"}, ["/state"]),
        ({}, ["/state"]),
    ],
)
def test_an_outcome_that_says_two_things_is_refused(
    anna: Actor, elsa: str, said: dict[str, Any], faults: list[str]
) -> None:
    row = a_followup(anna, participant_id=elsa, starts_at=_in(minutes=-5))

    assert _faults(lambda: outcomes.set_outcome(by=anna, id=row["id"], given=said)) == faults


def test_nothing_can_be_said_of_a_meeting_that_is_far_ahead_but_that_it_will_not_be(
    anna: Actor, elsa: str
) -> None:
    row = a_followup(anna, participant_id=elsa, starts_at=_in(days=3))

    for state in ("held", "no_show"):
        say = partial(outcomes.set_outcome, by=anna, id=row["id"], given={"state": state})
        assert _faults(say) == ["/state"]
    cancelled = outcomes.set_outcome(
        by=anna, id=row["id"], given={"state": "cancelled_by_participant"}
    )

    assert cancelled["state"] == "cancelled_by_participant"
    assert _hours(anna) == []


def test_an_outcome_stands_until_it_is_undone(anna: Actor, elsa: str) -> None:
    row = a_followup(anna, participant_id=elsa, starts_at=_in(minutes=-5))
    outcomes.set_outcome(by=anna, id=row["id"], given={"state": "no_show"})

    with pytest.raises(FollowupSettled):
        outcomes.set_outcome(by=anna, id=row["id"], given={"state": "held"})
    with pytest.raises(FollowupSettled):
        # Also where its body is none.
        outcomes.set_outcome(by=anna, id=row["id"], given={"state": "gone"})
    undone = outcomes.undo_outcome(by=anna, id=row["id"])
    again = outcomes.undo_outcome(by=anna, id=row["id"])

    assert (undone["state"], undone["attended"], undone["happened"]) == ("booked", None, None)
    assert again["version"] == undone["version"]
    assert outcomes.set_outcome(by=anna, id=row["id"], given={"state": "held"})["state"] == "held"


def test_undoing_a_held_meeting_voids_its_contact_and_voiding_the_contact_opens_the_meeting(
    anna: Actor, elsa: str
) -> None:
    row = a_followup(anna, participant_id=elsa, starts_at=_in(minutes=-5))
    first = outcomes.set_outcome(by=anna, id=row["id"], given={"state": "held"})

    outcomes.undo_outcome(by=anna, id=row["id"])
    assert contacts.contact(by=anna, id=first["contact_id"])["void_reason"] == "mistap"
    assert _contacts_of(elsa) == []

    second = outcomes.set_outcome(by=anna, id=row["id"], given={"state": "held"})
    contacts.void_contact(by=anna, id=second["contact_id"], given={"reason": "mistap"})
    opened = service.followup(by=anna, id=row["id"])

    assert (opened["state"], opened["contact_id"]) == ("booked", None)
    assert second["contact_id"] != first["contact_id"]


def test_a_cancelled_meeting_comes_back_only_where_its_time_is_still_free(
    anna: Actor, elsa: str
) -> None:
    row = a_followup(anna, participant_id=elsa)
    outcomes.set_outcome(by=anna, id=row["id"], given={"state": "cancelled_by_us"})
    other = a_followup(
        anna, recognition_code=a_code(anna)["code"], starts_at=row["starts_at"].isoformat()
    )

    with pytest.raises(SlotTaken):
        outcomes.undo_outcome(by=anna, id=row["id"])
    outcomes.set_outcome(by=anna, id=other["id"], given={"state": "cancelled_by_us"})
    assert outcomes.undo_outcome(by=anna, id=row["id"])["state"] == "booked"
    assert _hours(anna) == [timedelta(minutes=30)]


def test_a_meeting_that_is_over_and_of_which_nobody_has_said_anything_needs_its_outcome(
    anna: Actor, elsa: str
) -> None:
    row = a_followup(anna, participant_id=elsa, starts_at=_in(minutes=-10), minutes=10)

    assert service.followup(by=anna, id=row["id"])["needs_outcome"]
    outcomes.set_outcome(by=anna, id=row["id"], given={"state": "no_show"})
    assert not service.followup(by=anna, id=row["id"])["needs_outcome"]


def test_nobody_is_said_to_have_been_silent_who_is_to_be_met(anna: Actor, elsa: str) -> None:
    booked, past = UUID(elsa), a_participant(anna)
    a_followup(anna, participant_id=elsa)
    gone = a_followup(anna, participant_id=str(past), starts_at=_in(minutes=-10), minutes=5)
    outcomes.set_outcome(by=anna, id=gone["id"], given={"state": "no_show"})
    long_ago = clock.today() - timedelta(days=200)

    with transaction(by=anna):
        silent = worklists.silent_among({booked: long_ago, past: long_ago})

    assert silent == {past}


def test_the_database_itself_lets_nobody_be_at_two_meetings_at_once(anna: Actor, elsa: str) -> None:
    row = a_followup(anna, participant_id=elsa)
    other = a_followup(an_actor(), recognition_code=a_code(anna)["code"])
    during = Range(row["starts_at"], row["ends_at"])
    beside = sa.insert(FollowupTime).values(
        followup_id=other["id"], worker_id=anna.id, during=during
    )

    with pytest.raises(sa.exc.IntegrityError, match="one_meeting_at_a_time"), transaction():
        db.session.execute(beside)


def test_who_may_not_know_of_a_meeting_may_not_know_of_its_id(anna: Actor, elsa: str) -> None:
    row = a_followup(anna, participant_id=elsa)

    with pytest.raises(OutreachError) as unknown, transaction():
        service.followup(by=an_actor(committee="SN"), id=uuid7())
    with pytest.raises(OutreachError) as hidden, transaction():
        service.followup(by=an_actor(committee="SN"), id=row["id"])
    assert type(unknown.value) is type(hidden.value) is NotFound
    assert isinstance(row["starts_at"], datetime)


def test_a_known_id_that_says_nothing_of_whom_is_another_content(anna: Actor, elsa: str) -> None:
    row = a_followup(anna, participant_id=elsa)

    with pytest.raises(IdReuse):
        booking.book(by=anna, given=a_booking(anna) | {"id": str(row["id"])})


def test_nobody_is_booked_by_a_code_that_ends_before_they_meet(anna: Actor) -> None:
    said = a_booking(anna, recognition_code=a_code(anna)["code"], starts_at=_in(days=366))

    assert _faults(partial(booking.book, by=anna, given=said)) == ["/recognition_code"]


def test_nobody_who_is_known_is_booked_where_no_identity_is_recorded(
    anna: Actor, elsa: str, no_names_at: Callable[[str], None]
) -> None:
    row = a_followup(anna, participant_id=elsa)
    no_names_at("bagartorp")
    there = {"place": "bagartorp"}
    move = {"id": str(uuid7()), "starts_at": _in(days=2), "asked_by": "worker"} | there

    for act in (
        partial(booking.book, by=anna, given=a_booking(anna, participant_id=elsa) | there),
        partial(booking.reschedule, by=anna, id=row["id"], given=move),
        partial(service.change, by=anna, id=row["id"], expected=1, given=there),
    ):
        assert _faults(act) == ["/place"]
    code = a_code(anna)["code"]
    assert a_followup(anna, recognition_code=code, starts_at=_in(days=1), **there)["id"]


def test_a_move_that_says_something_else_than_before_is_no_repeat(anna: Actor, elsa: str) -> None:
    row = a_followup(anna, participant_id=elsa)
    move = {"id": str(uuid7()), "starts_at": _in(days=2), "asked_by": "worker"}
    booking.reschedule(by=anna, id=row["id"], given=move)

    for other in (move | {"starts_at": _in(days=3)}, move | {"asked_by": "me"}, {}):
        with pytest.raises(FollowupSettled):
            booking.reschedule(by=anna, id=row["id"], given=other)
    again = booking.reschedule(by=anna, id=row["id"], given=move | {"id": UUID(move["id"]).hex})
    assert str(again["id"]) == move["id"]


def test_whoever_interprets_is_booked_anew_when_a_meeting_is_moved(anna: Actor, elsa: str) -> None:
    row = a_followup(anna, participant_id=elsa, interpreter_needed=True)
    service.change(by=anna, id=row["id"], expected=1, given={"interpreter": "booked"})
    move = {"id": str(uuid7()), "starts_at": _in(days=2), "asked_by": "worker"}

    moved = booking.reschedule(by=anna, id=row["id"], given=move)
    later = move | {"id": str(uuid7()), "starts_at": _in(days=3), "interpreter_needed": False}
    without = booking.reschedule(by=anna, id=moved["id"], given=later)

    assert (moved["interpreter"], without["interpreter"]) == ("not_booked", None)
    assert without["ends_at"] - without["starts_at"] == timedelta(minutes=30)


def test_whoever_has_left_is_not_booked_again(anna: Actor, elsa: str) -> None:
    bo = an_actor()
    row = a_followup(anna, participant_id=elsa, workers=[str(bo.id)])
    with transaction() as session:
        left = sa.update(User).where(User.id == bo.id).values(closed_at=clock.now())
        session.execute(left)
    move = {"id": str(uuid7()), "starts_at": _in(days=2), "asked_by": "worker"}

    assert _faults(partial(booking.reschedule, by=anna, id=row["id"], given=move)) == ["/workers/0"]
    moved = booking.reschedule(by=anna, id=row["id"], given=move | {"workers": [str(anna.id)]})
    assert [each["id"] for each in moved["workers"]] == [anna.id]


def test_nobody_is_reminded_who_has_only_a_code(anna: Actor) -> None:
    row = a_followup(anna, recognition_code=a_code(anna)["code"])
    change = partial(service.change, by=anna, id=row["id"], expected=1)

    assert _faults(partial(change, given={"reminder": "sms"})) == ["/reminder"]


def test_whoever_may_not_read_the_last_contact_is_not_told_by_a_meeting_what_it_was_about(
    anna: Actor, elsa: str
) -> None:
    bo = an_actor(sites=("bagartorp",))
    a_recorded_contact(anna, participant_id=elsa, gender="man", topics=["validation"])
    row = a_followup(anna, participant_id=elsa, workers=[str(bo.id)], starts_at=_in(minutes=-5))

    outcomes.set_outcome(by=bo, id=row["id"], given={"state": "held"})

    made = max(_contacts_of(elsa), key=lambda each: each.received_at)
    assert (made.gender, made.topics) == ("unknown", ["other_support"])


def test_what_was_said_otherwise_is_no_repeat(anna: Actor, elsa: str) -> None:
    row = a_followup(anna, participant_id=elsa, starts_at=_in(minutes=-5))
    said = {"state": "cancelled_by_us", "why_not": "Tolken kom inte"}
    outcomes.set_outcome(by=anna, id=row["id"], given=said)

    assert outcomes.set_outcome(by=anna, id=row["id"], given=said)["why_not"] == "Tolken kom inte"
    with pytest.raises(FollowupSettled):
        outcomes.set_outcome(by=anna, id=row["id"], given=said | {"why_not": "Ingen vet"})


def test_nobody_waits_for_each_other_who_takes_back_the_same(app: Flask, anna: Actor) -> None:
    code = a_code(anna)["code"]
    row = a_followup(anna, recognition_code=code, starts_at=_in(minutes=-5))

    def within(act: Callable[[], object]) -> str:
        with app.app_context():
            start.wait()
            try:
                act()
            except OutreachError as error:
                return error.slug
            return "done"

    for _ in range(8):
        held = outcomes.set_outcome(by=anna, id=row["id"], given={"state": "held"})
        void = partial(
            contacts.void_contact, by=anna, id=held["contact_id"], given={"reason": "mistap"}
        )
        undo = partial(outcomes.undo_outcome, by=anna, id=row["id"])
        start = Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            ended = set(pool.map(within, (void, undo)))
        # Whoever comes second finds that it is so already, or is told that it has changed.
        assert ended <= {"done", "stale"}
        db.session.rollback()
        assert service.followup(by=anna, id=row["id"])["state"] == "booked"
