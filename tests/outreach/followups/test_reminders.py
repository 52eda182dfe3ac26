"""Somebody is reminded of a meeting once, as they wish, in words that tell nobody why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from outreach.audit.models import AuditEntry
from outreach.consents import service as consents
from outreach.followups import booking, outcomes, reminders, service
from outreach.foundation.actor import Actor
from outreach.foundation.clock import STOCKHOLM
from outreach.foundation.database import db
from outreach.handoffs import acting, first_meetings
from outreach.identification import regret
from outreach.outgoing import delivery
from outreach.outgoing import service as outgoing
from outreach.participants import service as participants
from tests.builders import a_code, a_followup, a_participant, a_recorded_contact, an_actor, uuid7
from tests.canaries import CANARIES, EMAIL, FAMILY_NAME, GIVEN_NAME, PHONE, PURPOSE
from tests.handed_over import both, kept, sent
from tests.known_people import link, protect
from tests.post_office import (
    MailServer,
    SmsProvider,
    mail_server,
    sends_mail,
    sends_sms,
    sms_provider,
)

# A Wednesday morning; the meeting is on the Friday after, at one.
NOW = datetime(2026, 11, 25, 10, tzinfo=STOCKHOLM)
MEETING = datetime(2026, 11, 27, 13, tzinfo=STOCKHOLM)
WISHES = {"sms": "yes", "email": "yes"}
FROM_SOLNA = WISHES | {"say_where_from": True}


@pytest.fixture(autouse=True)
def wednesday(app: Flask) -> Iterator[time_machine.Traveller]:
    del app
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def provider(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmsProvider]:
    with sms_provider() as running:
        for name, value in sends_sms(running).items():
            monkeypatch.setitem(app.config, name, value)
        yield running


@pytest.fixture
def letters(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with mail_server() as running:
        for name, value in sends_mail(running).items():
            monkeypatch.setitem(app.config, name, value)
        yield running


@pytest.fixture
def anna() -> Actor:
    return an_actor()


def _somebody(by: Actor, **said: Any) -> UUID:
    known = {"phone": "070-174 06 05", "email": "elsa@example.se", "contact_preference": WISHES}
    return a_participant(by, **known | said)


def _booked(by: Actor, person: UUID, **said: Any) -> dict[str, Any]:
    given = {"participant_id": str(person), "starts_at": MEETING.isoformat(), "reminder": "sms"}
    return a_followup(by, **given | said)


def _at(instant: datetime) -> Counter[str]:
    """Deliver what is due at an instant."""
    with time_machine.travel(instant, tick=False):
        return delivery.deliver_due()


def _log(by: Actor, meeting: UUID) -> list[tuple[str, str, str | None]]:
    shown = service.followup(by=by, id=meeting)["reminders"]
    return [(each["channel"], each["state"], each["why"]) for each in shown]


def _warned(row: dict[str, Any]) -> list[str]:
    return [each for each in row["warnings"] if each.startswith("no_reminder")]


DAY_BEFORE = MEETING - timedelta(days=1)


def test_it_goes_the_day_before_and_the_log_says_so(provider: SmsProvider, anna: Actor) -> None:
    row = _booked(anna, _somebody(anna))
    assert _warned(row) == []
    assert _log(anna, row["id"]) == [("sms", "waiting", None)]

    assert _at(DAY_BEFORE - timedelta(minutes=1)) == Counter()
    assert _at(DAY_BEFORE) == Counter(sent=1)
    assert _at(MEETING) == Counter()

    (taken,) = provider.taken
    assert taken["to"] == "+46701740605"
    assert taken["message"] == (
        "Påminnelse: du har en tid fredag 27 november kl. 13:00. Kan du inte komma? Hör av dig till"
        " den du brukar prata med."
    )
    assert _log(anna, row["id"]) == [("sms", "sent", None)]
    done = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "remind")).one()
    assert (done.actor, done.kind, done.object_id) == (
        "system:reminders", "followup", str(row["id"]),
    )  # fmt: skip


def test_where_from_is_said_to_whom_it_may_be_and_in_english_to_whom_one_speaks_it_with(
    provider: SmsProvider, anna: Actor
) -> None:
    person = _somebody(anna, contact_preference=FROM_SOLNA)
    _booked(anna, person, language="en")

    _at(DAY_BEFORE)

    (taken,) = provider.taken
    assert taken["message"] == (
        "Reminder: you have an appointment on Friday 27 November at 13:00. Can’t make it? Get in"
        " touch with the person you usually talk to. Kind regards, City of Solna"
    )


def test_a_letter_says_no_more_than_an_sms(letters: MailServer, anna: Actor) -> None:
    _booked(anna, _somebody(anna, contact_preference=FROM_SOLNA), reminder="email")

    _at(DAY_BEFORE)

    (letter,) = letters.letters
    assert (letter["To"], letter["Subject"]) == ("elsa@example.se", "Påminnelse om din tid")
    assert "fredag 27 november kl. 13:00" in letter.get_content()  # type: ignore[attr-defined]


def test_neither_name_topic_place_nor_team_is_in_it(
    provider: SmsProvider, letters: MailServer, anna: Actor
) -> None:
    person = _somebody(
        anna,
        given_name=GIVEN_NAME,
        family_name=FAMILY_NAME,
        phone=PHONE,
        email=EMAIL,
        contact_preference=FROM_SOLNA,
    )
    _booked(anna, person, purpose=PURPOSE)
    _booked(anna, person, purpose=PURPOSE, reminder="email",
            starts_at=(MEETING + timedelta(hours=2)).isoformat())  # fmt: skip

    _at(DAY_BEFORE + timedelta(hours=3))

    (letter,) = letters.letters
    said = f"{provider.taken[0]['message']} {provider.taken[0]['from']} {letter}"
    to_them = {PHONE, PHONE[1:], EMAIL}
    words = {*CANARIES, "Hagalund", anna.name, "Jobb", "OSA", "JV-"} - to_them
    assert [word for word in words if word.casefold() in said.casefold()] == []


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"contact_preference": {"sms": "unknown"}}, "not_asked"),
        ({"contact_preference": {"sms": "no"}}, "not_asked"),
        ({"phone": None}, "address"),
        ({"contact_preference": {"sms": "yes", "safe_hours": "efter 21"}}, "no_hour"),
        ({"contact_preference": {"sms": "yes", "safe_hours": "när han sover"}}, "unreadable_hours"),
        ({"protected": True}, "protected"),
    ],
)
def test_whoever_may_not_be_reminded_is_not_and_it_is_told_at_once(
    provider: SmsProvider, anna: Actor, said: dict[str, Any], why: str
) -> None:
    row = _booked(anna, _somebody(anna, **said))

    assert _warned(row) == [f"no_reminder_{why}"]
    assert _at(DAY_BEFORE) == Counter()
    assert _log(anna, row["id"]) == [("sms", "not_sent", why)]
    assert provider.taken == []


def test_a_meeting_that_is_too_near_is_not_reminded_of(provider: SmsProvider, anna: Actor) -> None:
    row = _booked(anna, _somebody(anna), starts_at=(NOW + timedelta(hours=3)).isoformat())

    assert _warned(row) == ["no_reminder_too_late"]
    assert (_at(NOW + timedelta(hours=1)), provider.taken) == (Counter(), [])


def test_without_a_carrier_it_is_said_that_none_will_go(anna: Actor) -> None:
    assert _warned(_booked(anna, _somebody(anna))) == ["no_reminder_channel_off"]


def test_it_follows_what_they_wish_from_the_moment_that_it_is_written(
    provider: SmsProvider, anna: Actor
) -> None:
    person = _somebody(anna, contact_preference={"sms": "unknown"})
    row = _booked(anna, person)
    assert _warned(row) == ["no_reminder_not_asked"]

    def wish(expected: int, answer: str) -> None:
        given = {"contact_preference": {"sms": answer, "email": "no", "call": "no"}}
        participants.change_participant(by=anna, id=person, expected=expected, given=given)

    wish(1, "yes")
    assert _log(anna, row["id"]) == [("sms", "waiting", None)]
    wish(2, "no")
    assert _log(anna, row["id"]) == [("sms", "not_sent", "not_asked")]
    wish(3, "yes")
    _at(DAY_BEFORE)
    assert len(provider.taken) == 1


def test_a_letter_that_shows_where_it_is_from_goes_only_to_whom_it_may(
    letters: MailServer, anna: Actor
) -> None:
    row = _booked(anna, _somebody(anna), reminder="email")

    assert _warned(row) == ["no_reminder_where_from"]
    assert (_at(DAY_BEFORE), letters.letters) == (Counter(), [])


def test_somebody_whose_hours_never_come_before_the_meeting_is_told_apart_from_a_late_booking(
    provider: SmsProvider, anna: Actor
) -> None:
    del provider
    person = _somebody(anna, contact_preference=WISHES | {"safe_hours": "helger"})
    thursday = MEETING + timedelta(days=6)

    row = _booked(anna, person, starts_at=thursday.isoformat())

    assert _warned(row) == ["no_reminder_no_hour"]


def test_what_hinders_a_reminder_is_told_to_nobody_who_may_not_read_the_person(
    provider: SmsProvider, anna: Actor
) -> None:
    del provider
    eva = an_actor()
    person = _somebody(anna, phone=None)
    both_ = [str(anna.id), str(eva.id)]
    row = _booked(anna, person, workers=both_)

    seen = outcomes.set_outcome(by=eva, id=row["id"], given={"state": "cancelled_by_us"})
    again = outcomes.undo_outcome(by=eva, id=row["id"])

    assert (seen["reminders"], again["reminders"]) == ([], [])
    day = MEETING.date()
    assert [each["reminders"] for each in service.followups(by=eva, first=day, last=day)] == [[]]
    assert _log(anna, row["id"]) == [("sms", "not_sent", "address")]


def test_whoever_is_protected_meanwhile_is_not_written_to(
    provider: SmsProvider, anna: Actor
) -> None:
    person = _somebody(anna)
    row = _booked(anna, person)
    protect(anna, person)

    _at(DAY_BEFORE)

    assert _log(anna, row["id"]) == [("sms", "not_sent", "protected")]
    assert provider.taken == []


def test_it_goes_in_their_own_hours_as_they_are_then(provider: SmsProvider, anna: Actor) -> None:
    person = _somebody(anna)
    _booked(anna, person)
    wishes = WISHES | {"safe_hours": "efter 16"}
    participants.change_participant(
        by=anna, id=person, expected=1, given={"contact_preference": wishes}
    )

    _at(DAY_BEFORE)
    assert provider.taken == []
    _at(DAY_BEFORE.replace(hour=16))
    assert len(provider.taken) == 1


def test_a_cancelled_meeting_is_not_reminded_of_and_one_that_is_open_again_is(
    provider: SmsProvider, anna: Actor
) -> None:
    row = _booked(anna, _somebody(anna))
    outcomes.set_outcome(by=anna, id=row["id"], given={"state": "cancelled_by_us"})
    assert _log(anna, row["id"]) == [("sms", "not_sent", "not_to_be")]

    outcomes.undo_outcome(by=anna, id=row["id"])
    _at(DAY_BEFORE)

    assert len(provider.taken) == 1


def test_a_meeting_that_is_moved_is_reminded_of_once_at_its_new_time(
    provider: SmsProvider, anna: Actor
) -> None:
    row = _booked(anna, _somebody(anna))
    moved = booking.reschedule(
        by=anna,
        id=row["id"],
        given={
            "id": str(uuid7()),
            "starts_at": (MEETING + timedelta(days=5)).isoformat(),
            "asked_by": "participant",
        },
    )

    _at(DAY_BEFORE)
    assert provider.taken == []
    _at(DAY_BEFORE + timedelta(days=5))
    assert len(provider.taken) == 1
    assert _log(anna, row["id"]) == [("sms", "not_sent", "not_to_be")]
    assert _log(anna, moved["id"]) == [("sms", "sent", None)]


def test_another_way_may_be_chosen_and_only_that_goes(
    provider: SmsProvider, letters: MailServer, anna: Actor
) -> None:
    row = _booked(anna, _somebody(anna, contact_preference=FROM_SOLNA))
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        service.change(by=anna, id=row["id"], expected=1, given={"reminder": "email"})

    _at(DAY_BEFORE)

    assert (provider.taken, len(letters.letters)) == ([], 1)
    assert _log(anna, row["id"]) == [("sms", "not_sent", "not_chosen"), ("email", "sent", None)]


def test_one_that_was_not_wished_goes_after_all_when_it_is(
    provider: SmsProvider, anna: Actor
) -> None:
    row = _booked(anna, _somebody(anna), reminder="none")
    for expected, chosen in enumerate(("sms", "none", "sms"), 1):
        service.change(by=anna, id=row["id"], expected=expected, given={"reminder": chosen})

    _at(DAY_BEFORE)

    assert len(provider.taken) == 1


def test_whoever_goes_back_to_a_code_is_written_to_no_more(
    provider: SmsProvider, anna: Actor
) -> None:
    code = a_code(anna)["code"]
    contact = a_recorded_contact(anna, recognition_code=code)
    person = _somebody(anna)
    link(anna, person, contact["id"])
    row = _booked(anna, person)
    _at(DAY_BEFORE)
    assert len(provider.taken) == 1
    regret.regret(by=anna, id=person, given={"door": "back_to_code"})

    # Nothing tells that whoever holds the code was known, and written to.
    assert service.followup(by=anna, id=row["id"])["reminders"] == []
    assert outgoing.entries(kind=reminders.REMINDER, abouts=[row["id"]]) == {row["id"]: []}
    _at(MEETING)
    assert len(provider.taken) == 1


def test_a_yes_taken_back_calls_off_the_first_meeting_and_its_reminder(
    provider: SmsProvider,
) -> None:
    sides = both(contact_preference=WISHES)
    handoff = sent(sides)
    acting.act(by=sides.receiver, id=handoff, action="accept", given={})
    first_meetings.book(
        by=sides.sender,
        id=handoff,
        given={
            "id": str(uuid7()),
            "receiver_id": str(sides.receiver.id),
            "starts_at": MEETING.isoformat(),
            "place": "hagalund",
            "reminder": "sms",
        },
    )
    meeting = kept(handoff).meeting_id
    assert _log(sides.sender, meeting) == [("sms", "waiting", None)]
    consents.withdraw(by=sides.sender, id=kept(handoff).consent_id)

    _at(DAY_BEFORE)

    assert _log(sides.sender, meeting) == [("sms", "not_sent", "not_to_be")]
    assert provider.taken == []


def test_what_somebody_has_wished_is_chosen_already(
    provider: SmsProvider, letters: MailServer, anna: Actor
) -> None:
    del provider, letters

    def wished(**said: Any) -> str:
        return reminders.wished(participants.participant(by=anna, id=_somebody(anna, **said)))

    assert wished() == "sms"
    assert wished(phone=None) == "none"
    assert wished(phone=None, contact_preference=FROM_SOLNA) == "email"
    assert wished(contact_preference=FROM_SOLNA | {"sms": "no"}) == "email"
    # Others read it too: that is for a person to choose.
    assert wished(contact_preference=WISHES | {"shared_phone": True}) == "none"
    assert wished(contact_preference={}) == "none"
    assert wished(protected=True) == "none"
