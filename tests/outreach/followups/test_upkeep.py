"""What becomes of meetings when their people come to be known, part from a code, or go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from outreach.contacts import service as contacts
from outreach.followups import booking, outcomes, service
from outreach.followups.models import Followup, FollowupTime
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import NotFound
from outreach.foundation.transaction import transaction
from outreach.identification import regret
from outreach.identification import service as identification
from outreach.participants import leaving, reading
from tests.builders import (
    a_booking,
    a_code,
    a_followup,
    a_free_time,
    a_participant,
    a_person,
    an_actor,
    uuid7,
)

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def anna() -> Actor:
    return an_actor()


def _in(**time: float) -> str:
    return (clock.now() + timedelta(**time)).isoformat()


def _identify(by: Actor, code: str) -> UUID:
    row, _ = identification.identify(by=by, given=a_person(recognition_code=code))
    return row["id"]  # type: ignore[no-any-return]


def _stored(id: UUID) -> Any:
    with transaction(by=system("test")):
        return db.session.execute(sa.select(Followup.__table__).where(Followup.id == id)).one()


def _regret(by: Actor, person: UUID, door: str) -> dict[str, Any]:
    return regret.regret(by=by, id=person, given={"door": door})


def test_what_was_booked_by_a_code_is_the_persons_from_when_they_are_known(anna: Actor) -> None:
    code = a_code(anna)["code"]
    row = a_followup(anna, recognition_code=code, purpose="CV")

    person = _identify(anna, code)

    followed = service.followup(by=anna, id=row["id"])
    assert (followed["participant_id"], followed["recognition_code"]) == (person, None)
    assert (followed["purpose"], followed["name"]) == ("CV", "Elsa Nyström")
    with pytest.raises(NotFound):
        service.followup(by=an_actor(committee="SN"), id=row["id"])


def test_a_meeting_with_somebody_who_may_not_know_of_the_person_stays_as_they_know_it(
    anna: Actor,
) -> None:
    code, stranger = a_code(anna)["code"], an_actor(committee="SN")
    theirs = a_followup(stranger, recognition_code=code)

    person = _identify(anna, code)

    seen = service.followup(by=stranger, id=theirs["id"])
    assert (seen["recognition_code"], seen["participant_id"]) == (code, None)
    assert _stored(theirs["id"]).participant_id != person


def test_undoing_an_identification_gives_the_meeting_back_as_it_was(anna: Actor) -> None:
    code = a_code(anna)["code"]
    row = a_followup(anna, recognition_code=code, purpose="CV")
    before = service.followup(by=anna, id=row["id"])
    person = _identify(anna, code)
    booked_since = a_followup(anna, participant_id=str(person), starts_at=_in(days=1))

    _regret(anna, person, "undo")

    after = service.followup(by=anna, id=row["id"])
    assert {**after, "version": 0} == {**before, "version": 0}
    # What was booked by name has nobody to be held with.
    gone = _stored(booked_since["id"])
    assert (gone.state, gone.sealed) == ("cancelled_by_participant", None)
    assert db.session.scalars(sa.select(sa.func.count()).select_from(FollowupTime)).one() == 1


def test_whoever_goes_back_to_a_code_is_met_by_the_new_code(anna: Actor) -> None:
    person = a_participant(anna)
    ahead = a_followup(anna, participant_id=str(person), purpose="Betyg från KTH")
    past = a_followup(anna, participant_id=str(person), starts_at=_in(minutes=-10), minutes=5)
    outcomes.set_outcome(by=anna, id=past["id"], given={"state": "no_show", "why_not": "Sjuk"})

    told = _regret(anna, person, "back_to_code")

    row = service.followup(by=anna, id=ahead["id"])
    assert row["recognition_code"] == told["recognition_code"]
    assert (row["state"], row["purpose"], row["participant_id"]) == ("booked", None, None)
    kept = _stored(past["id"])
    assert (kept.participant_id, kept.sealed, kept.state) == (person, None, "no_show")


def test_of_whoever_is_erased_what_was_to_be_is_called_off_and_no_word_is_left(
    anna: Actor,
) -> None:
    chief = an_actor(role="supervisor")
    person = a_participant(anna)
    ahead = a_followup(anna, participant_id=str(person), purpose="Betyg från KTH")
    request = _regret(anna, person, "erasure")["erasure_request_id"]
    with pytest.raises(reading.Restricted):
        service.followup(by=anna, id=ahead["id"])

    regret.decide(
        by=chief, id=request, given={"decision": "granted", "reason": "Personen vill det."}
    )

    kept = _stored(ahead["id"])
    assert (kept.state, kept.sealed, kept.happened) == ("cancelled_by_participant", None, False)
    assert db.session.scalars(sa.select(sa.func.count()).select_from(FollowupTime)).one() == 0


def test_when_details_are_forgotten_the_words_go_and_the_meeting_stays(anna: Actor) -> None:
    person = a_participant(anna)
    row = a_followup(anna, participant_id=str(person), purpose="Betyg från KTH")

    with transaction(by=anna):
        leaving.forget_details(by=anna, person=reading.open_person(by=anna, id=person))

    after = service.followup(by=anna, id=row["id"])
    assert (after["purpose"], after["state"], after["starts_at"]) == (
        None,
        "booked",
        row["starts_at"],
    )


def _erase(by: Actor, person: UUID, decision: str = "granted") -> None:
    request = _regret(by, person, "erasure")["erasure_request_id"]
    chief = an_actor(role="supervisor")
    regret.decide(by=chief, id=request, given={"decision": decision, "reason": "Personen vill."})


def test_what_was_said_while_there_was_only_a_code_goes_with_the_person_as_well(
    anna: Actor,
) -> None:
    code = a_code(anna)["code"]
    row = a_followup(anna, recognition_code=code, purpose="Betyg från KTH")
    person = _identify(anna, code)
    assert "KTH" not in str(_stored(row["id"]))

    _erase(anna, person)

    kept = _stored(row["id"])
    assert (kept.plain, kept.sealed, kept.recognition_code_id) == (None, None, None)


def test_when_a_request_is_partly_granted_what_was_said_under_a_code_is_gone_too(
    anna: Actor,
) -> None:
    code = a_code(anna)["code"]
    row = a_followup(anna, recognition_code=code, purpose="Betyg från KTH")
    person = _identify(anna, code)

    _erase(anna, person, "partly")

    assert service.followup(by=anna, id=row["id"])["purpose"] is None


def test_of_whoever_has_asked_to_be_erased_nothing_is_told_or_done_by_anybody(
    anna: Actor,
) -> None:
    bo, code = an_actor(), a_code(anna)["code"]
    said = a_booking(anna, recognition_code=code, purpose="CV", workers=[str(bo.id)])
    row, _ = booking.book(by=anna, given=said | {"starts_at": _in(minutes=-5)})
    person = _identify(anna, code)
    _regret(anna, person, "erasure")

    acts: list[Callable[[], object]] = [
        lambda: booking.book(by=anna, given=said | {"starts_at": row["starts_at"].isoformat()}),
        lambda: outcomes.set_outcome(by=anna, id=row["id"], given={"state": "held"}),
        lambda: outcomes.set_outcome(by=bo, id=row["id"], given={"state": "held"}),
        lambda: outcomes.undo_outcome(by=bo, id=row["id"]),
    ]
    for act in acts:
        with pytest.raises(reading.Restricted):
            act()


def test_a_code_whose_holder_is_protected_leaves_a_meeting_with_those_who_know_it(
    anna: Actor,
) -> None:
    bo, code = an_actor(), a_code(anna)["code"]
    theirs = a_followup(bo, recognition_code=code)
    own = a_followup(anna, recognition_code=code, starts_at=a_free_time())

    given = a_person(recognition_code=code, protected=True)
    person = identification.identify(by=anna, given=given)[0]["id"]

    seen = service.followup(by=bo, id=theirs["id"])
    assert (seen["recognition_code"], seen["participant_id"]) == (code, None)
    assert service.followup(by=anna, id=own["id"])["participant_id"] == person


def test_what_was_changed_while_the_person_was_known_is_not_told_with_the_code(
    anna: Actor,
) -> None:
    code = a_code(anna)["code"]
    row = a_followup(anna, recognition_code=code, purpose="CV")
    person = _identify(anna, code)
    change = {"purpose": "Samtal om skilsmässan", "reminder": "sms"}
    service.change(by=anna, id=row["id"], expected=2, given=change)

    _regret(anna, person, "undo")

    after = service.followup(by=anna, id=row["id"])
    assert (after["purpose"], after["reminder"], after["participant_id"]) == ("CV", "none", None)


def test_a_new_code_tells_nobody_that_its_holder_was_once_known(anna: Actor) -> None:
    person = a_participant(anna)
    row = a_followup(anna, participant_id=str(person))
    move = {"id": str(uuid7()), "starts_at": _in(days=3), "asked_by": "worker"}
    moved = booking.reschedule(by=anna, id=row["id"], given=move)

    _regret(anna, person, "back_to_code")

    seen = service.followup(by=an_actor(), id=moved["id"])
    assert (seen["supersedes"], seen["participant_id"]) == (None, None)


def test_voiding_the_contact_of_somebody_erased_asks_nobody_what_became_of_it(
    anna: Actor,
) -> None:
    person = a_participant(anna)
    row = a_followup(anna, participant_id=str(person), starts_at=_in(minutes=-5))
    held = outcomes.set_outcome(by=anna, id=row["id"], given={"state": "held"})
    _erase(anna, person)

    contacts.void_contact(by=anna, id=held["contact_id"], given={"reason": "mistap"})

    kept = _stored(row["id"])
    assert (kept.state, kept.contact_id) == ("held", None)
