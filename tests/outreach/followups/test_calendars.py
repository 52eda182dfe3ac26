"""One's own meetings as a calendar: whose they are, what is told of them, and when it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from outreach.audit.models import AuditEntry
from outreach.followups import booking, calendars, outcomes, reading, service
from outreach.followups.models import CalendarFeed
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import IdReuse, NotAllowed, NotFound, RuleBroken
from outreach.foundation.transaction import transaction
from outreach.staff import service as staff
from tests.builders import (
    a_booking,
    a_code,
    a_followup,
    a_participant,
    a_receiver,
    an_actor,
    uuid7,
)
from tests.known_people import erase, protect

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def anna() -> Actor:
    return an_actor()


def _calendar(by: Actor) -> str:
    return calendars.make_calendar(by=by, given={})[1]


def _in(**time: float) -> str:
    return (clock.now() + timedelta(**time)).isoformat()


def _met(by: Actor, **said: Any) -> dict[str, Any]:
    """Book a meeting with somebody new who has a code."""
    return a_followup(by, recognition_code=a_code(by)["code"], **said)


def _starts(secret: str) -> list[str]:
    return [row["starts_at"].isoformat() for row in calendars.meetings(secret=secret)]


def _is_over(secret: str) -> bool:
    try:
        calendars.meetings(secret=secret)
    except NotFound:
        return True
    return False


def test_it_holds_ones_own_meetings_in_order_and_nobody_elses(anna: Actor) -> None:
    samir, person = an_actor(), a_participant(anna)
    secret = _calendar(anna)
    later = a_followup(anna, participant_id=str(person), starts_at=_in(days=2))
    sooner = _met(anna, starts_at=_in(days=1))
    both = _met(anna, starts_at=_in(days=3), workers=[str(samir.id), str(anna.id)])
    theirs = _met(anna, starts_at=_in(days=1), workers=[str(samir.id)])

    assert _starts(secret) == [each["starts_at"].isoformat() for each in (sooner, later, both)]
    assert _starts(_calendar(samir)) == [each["starts_at"].isoformat() for each in (theirs, both)]


def test_of_a_meeting_it_tells_when_and_where_and_nothing_else(anna: Actor) -> None:
    person = a_participant(anna)
    secret = _calendar(anna)
    meeting = a_followup(
        anna, participant_id=str(person), purpose="CV", interpreter_needed=True, language="ti"
    )

    [row] = calendars.meetings(secret=secret)

    assert row.keys() == {
        "uid", "starts_at", "ends_at", "place", "cancelled", "sequence", "stamp", "modified",
    }  # fmt: skip
    # With an interpreter it takes twice its minutes.
    assert row["ends_at"] - row["starts_at"] == timedelta(minutes=60)
    assert (row["place"], row["cancelled"], row["sequence"]) == ("hagalund", False, 0)
    assert row["stamp"] == row["modified"] == meeting["created_at"]


def test_it_is_known_by_an_id_of_its_own_that_leads_nowhere(anna: Actor) -> None:
    samir = an_actor()
    meeting = _met(anna, workers=[str(samir.id), str(anna.id)])

    def uid(secret: str) -> str:
        [row] = calendars.meetings(secret=secret)
        return str(row["uid"])

    first = uid(_calendar(anna))
    assert first == uid(_calendar(anna))
    assert first != uid(_calendar(samir))
    assert meeting["id"].hex not in first


def test_it_reaches_from_thirty_days_ago_to_a_year_ahead(anna: Actor) -> None:
    secret, now = _calendar(anna), clock.now()
    for days in (32, 29):
        with time_machine.travel(now - timedelta(days=days), tick=False):
            _met(anna)
    _met(anna, starts_at=_in(days=365))

    found = [row["starts_at"] - now for row in calendars.meetings(secret=secret)]

    assert [each.days for each in found] == [-29, 365]
    assert _booked() == 3


def _booked() -> int:
    with transaction(by=system("test")):
        return len(db.session.execute(reading.ROW).all())


def test_what_is_moved_stands_twice_as_cancelled_and_as_it_is_now(anna: Actor) -> None:
    secret, meeting = _calendar(anna), _met(anna)
    given = {"id": str(uuid7()), "starts_at": _in(days=1), "asked_by": "participant"}

    booking.reschedule(by=anna, id=meeting["id"], given=given, expected=None)

    before, after = calendars.meetings(secret=secret)
    assert (before["cancelled"], before["starts_at"]) == (True, meeting["starts_at"])
    assert (after["cancelled"], after["starts_at"].isoformat()) == (False, given["starts_at"])
    assert before["uid"] != after["uid"]


@pytest.mark.parametrize(
    ("state", "cancelled"),
    [
        ("held", False),
        ("no_show", False),
        ("cancelled_by_participant", True),
        ("cancelled_by_us", True),
    ],
)
def test_it_tells_whether_a_meeting_was_called_off_and_no_more_of_what_became_of_it(
    anna: Actor, *, state: str, cancelled: bool
) -> None:
    secret, meeting = _calendar(anna), _met(anna, starts_at=_in(minutes=-1))

    given = {"state": state, "topics": ["cv"]} if state == "held" else {"state": state}
    outcomes.set_outcome(by=anna, id=meeting["id"], given=given)

    [row] = calendars.meetings(secret=secret)
    assert (row["cancelled"], row["sequence"]) == (cancelled, 1)
    assert row["stamp"] == row["modified"] > meeting["created_at"]


def test_another_place_is_told_under_the_same_id_with_a_higher_number(anna: Actor) -> None:
    secret, meeting = _calendar(anna), _met(anna)
    [before] = calendars.meetings(secret=secret)

    service.change(by=anna, id=meeting["id"], expected=1, given={"place": "remote"})

    [after] = calendars.meetings(secret=secret)
    assert (after["uid"], after["sequence"], after["place"]) == (before["uid"], 1, "remote")
    # When that was changed is not kept; when it was booked is no answer.
    assert after["modified"] is None


def test_a_meeting_with_somebody_protected_is_not_in_it_not_even_for_who_is_named(
    anna: Actor,
) -> None:
    person, secret = a_participant(anna), _calendar(anna)
    a_followup(anna, participant_id=str(person))
    other = _met(anna, starts_at=_in(days=1))

    protect(anna, person)

    assert _starts(secret) == [other["starts_at"].isoformat()]
    a_followup(anna, participant_id=str(person), starts_at=_in(days=2))
    assert len(_starts(secret)) == 1
    # Nor is it told afterwards when somebody was met who is no longer known.
    erase(person)
    assert len(_starts(secret)) == 1


def test_a_receivers_calendar_has_the_meetings_that_they_are_booked_for(anna: Actor) -> None:
    daniel, person = a_receiver(), a_participant(anna)
    given = a_booking(anna, participant_id=str(person), workers=[str(anna.id), str(daniel.id)])
    booking.book(by=anna, given=given, also={daniel.id})

    [row] = calendars.meetings(secret=_calendar(daniel))

    assert (row["starts_at"].isoformat(), row["place"]) == (given["starts_at"], "hagalund")
    protect(anna, person)
    assert calendars.meetings(secret=_calendar(daniel)) == []


def test_the_secret_is_told_once_and_never_kept(anna: Actor) -> None:
    row, secret = calendars.make_calendar(by=anna, given={})

    kept = db.session.execute(sa.text("SELECT t::text FROM calendar_feed t")).scalar_one()

    assert secret not in kept
    assert secret.encode().hex() not in kept
    assert calendars.calendars(by=anna) == [row]
    assert secret not in str(row)
    assert len(secret) > 40


def test_there_is_one_at_a_time_and_a_new_one_ends_the_old(anna: Actor) -> None:
    samir = an_actor()
    first, theirs = _calendar(anna), _calendar(samir)

    second = _calendar(anna)

    assert [_is_over(each) for each in (first, second, theirs)] == [True, False, False]
    assert len(calendars.calendars(by=anna)) == 1


def test_its_id_may_be_the_senders_and_is_nobodys_again(anna: Actor) -> None:
    given = {"id": str(uuid7())}
    row, secret = calendars.make_calendar(by=anna, given=given)

    assert str(row["id"]) == given["id"]
    for by in (anna, an_actor()):
        with pytest.raises(IdReuse):
            calendars.make_calendar(by=by, given=given)
    assert not _is_over(secret)
    with pytest.raises(RuleBroken):
        calendars.make_calendar(by=anna, given={"name": "Mitt"})


def test_it_is_ended_at_once_by_whose_it_is_and_by_nobody_else(anna: Actor) -> None:
    secret = _calendar(anna)
    [row] = calendars.calendars(by=anna)

    with pytest.raises(NotFound):
        calendars.revoke_calendar(by=an_actor(), id=row["id"])
    assert not _is_over(secret)
    calendars.revoke_calendar(by=anna, id=row["id"])

    assert _is_over(secret)
    assert calendars.calendars(by=anna) == []
    with pytest.raises(NotFound):
        calendars.revoke_calendar(by=anna, id=row["id"])


@pytest.mark.parametrize("end", [staff.close_user, staff.end_sessions])
def test_it_ends_with_the_account_and_with_all_that_lets_somebody_in(
    anna: Actor, end: Callable[..., object]
) -> None:
    samir = an_actor()
    secret, other = _calendar(anna), _calendar(samir)

    end(by=system("test"), id=anna.id)

    assert [_is_over(each) for each in (secret, other)] == [True, False]
    assert db.session.scalars(sa.select(CalendarFeed.user_id)).all() == [samir.id]


def test_it_ends_when_its_owner_meets_nobody_any_more(anna: Actor) -> None:
    secret = _calendar(anna)

    staff.change_user(by=system("test"), id=anna.id, expected=1, given={"roles": ["analyst"]})

    assert _is_over(secret)


@pytest.mark.parametrize("role", ["analyst", "reviewer", "administrator"])
def test_whoever_meets_nobody_has_none(role: str) -> None:
    by = an_actor(role=role)

    for act in (
        lambda: calendars.make_calendar(by=by, given={}),
        lambda: calendars.calendars(by=by),
        lambda: calendars.revoke_calendar(by=by, id=uuid7()),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.parametrize("said", ["", "oc_", "x", "\0", "å" * 300])
def test_what_was_never_an_address_is_not_found(anna: Actor, said: str) -> None:
    _calendar(anna)

    assert _is_over(said)


def test_it_is_kept_on_which_day_it_was_last_asked_for(anna: Actor) -> None:
    secret = _calendar(anna)
    assert calendars.calendars(by=anna)[0]["last_fetched_on"] is None

    for ahead in (timedelta(), timedelta(days=3)):
        with time_machine.travel(clock.now() + ahead, tick=False):
            calendars.meetings(secret=secret)
            calendars.meetings(secret=secret)
            assert calendars.calendars(by=anna)[0]["last_fetched_on"] == clock.today()


def test_the_trail_has_who_made_and_ended_one_and_no_word_of_each_time_a_phone_asked(
    anna: Actor,
) -> None:
    row, secret = calendars.make_calendar(by=anna, given={})
    calendars.meetings(secret=secret)
    calendars.revoke_calendar(by=anna, id=row["id"])

    entries = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.kind == "calendar").order_by(AuditEntry.id)
    ).all()

    assert [(each.action, each.actor_id, each.object_id) for each in entries] == [
        ("create", anna.id, str(row["id"])),
        ("revoke", anna.id, str(row["id"])),
    ]
    assert [each.details for each in entries] == [None, None]
