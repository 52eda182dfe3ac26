"""How somebody's time here begins, is filled in, goes to another worker, and ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from outreach.accounts.models import Unit
from outreach.application import SUBSCRIPTIONS
from outreach.audit.models import AuditEntry
from outreach.enrolments import reading, service
from outreach.enrolments.events import EnrolmentClosed
from outreach.enrolments.models import Enrolment
from outreach.enrolments.recording import AlreadyEnrolled
from outreach.enrolments.schemas import OpeningSchema
from outreach.enrolments.service import AlreadyClosed
from outreach.foundation import clock, events, vault
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import IdReuse, NotAllowed, NotFound, OutreachError, Stale
from outreach.foundation.sameness import sameness
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.participants import leaving, openings, responsibilities
from outreach.participants import reading as people
from outreach.participants import service as participants
from outreach.participants.reading import ReasonRequired
from tests.builders import a_participant, an_actor, uuid7

pytestmark = pytest.mark.usefixtures("app")

Enrol = Callable[..., tuple[UUID, UUID]]


@pytest.fixture
def told() -> Iterator[list[object]]:
    heard: list[object] = []
    events.connect({EnrolmentClosed: (heard.append,)})
    yield heard
    events.connect(SUBSCRIPTIONS)


def _today(ago: int = 0) -> date:
    return clock.today() - timedelta(days=ago)


def _closing(**said: Any) -> dict[str, Any]:
    return {"closing_result": "work_unsupported", "closed_on": _today().isoformat()} | said


def _pointers(act: Callable[[], object]) -> set[str]:
    with pytest.raises(OutreachError) as refused:
        act()
    return {fault.pointer for fault in refused.value.faults}


def _acts(person: UUID) -> list[str]:
    entries = sa.select(AuditEntry.action).where(AuditEntry.object_id == str(person))
    return list(db.session.scalars(entries.order_by(AuditEntry.xid, AuditEntry.id)))


def test_a_person_has_one_open_enrolment_at_a_time_and_a_repeat_changes_nothing(
    enrol: Enrol,
) -> None:
    anna = an_actor()
    person, period = enrol(anna, origin="af")

    def opened(whose: UUID = person, **said: Any) -> UUID:
        given = {"route_in": "own_initiative", "origin": "af"} | said
        facts = read(OpeningSchema(), given, service.opening_faults)
        with transaction(by=anna):
            return service.open_enrolment(by=anna, participant=whose, facts=facts)

    assert opened(enrolment_id=str(period)) == period
    with pytest.raises(IdReuse):
        opened(enrolment_id=str(period), origin="fk")
    with pytest.raises(AlreadyEnrolled):
        opened()
    with pytest.raises(IdReuse):
        opened(a_participant(anna), enrolment_id=str(period))


def test_what_was_said_first_is_not_to_be_guessed_without_the_persons_key(enrol: Enrol) -> None:
    said = {
        "route_in": "own_initiative",
        "occupation_before": {"code": "sick_leave", "extent": None},
    }
    person, period = enrol(an_actor(), **said, income_before=["financial_assistance"])
    guessed = sameness(
        {"id": period, "participant_id": person, "income_before": ("financial_assistance",)} | said
    )

    with transaction(by=system("test")):
        kept = db.session.scalar(sa.select(Enrolment.sameness).where(Enrolment.id == period))

    assert kept == vault.key_of(person).digest(guessed)
    assert kept != guessed


def test_enrolments_are_taken_in_once_and_none_for_whom_no_key_opens_any_more() -> None:
    anna = an_actor()
    person, gone = a_participant(anna), a_participant(anna)
    vault.erase([gone])

    def taken_in(*items: dict[str, Any]) -> list[Any]:
        outcomes = service.import_enrolments(by=system("import"), items=items)
        return [each.error.slug if each.error else each.created for each in outcomes]

    ended = {"closed_on": _today().isoformat(), "closing_result": "work_unsupported"}
    first = {
        "id": str(uuid7()), "participant_id": str(person), "route_in": "own_initiative",
        "opened_on": _today(9).isoformat(), "income_before": ["wage", "financial_assistance"],
    }  # fmt: skip
    second = first | ended | {"id": str(uuid7()), "opened_on": _today(20).isoformat()}
    erased = first | {"id": str(uuid7()), "participant_id": str(gone)}

    assert taken_in(first, erased, second, first) == [True, "not-found", True, False]
    assert taken_in(first, second) == [False, False]
    assert taken_in(
        first | {"income_before": ["wage"]}, second | {"participant_id": str(gone)}
    ) == [
        "id-reuse",
        "not-found",
    ]
    other = a_participant(anna)
    assert taken_in(second | {"participant_id": str(other)}) == ["id-reuse"]


def test_a_change_needs_the_version_it_was_made_from_and_one_that_changes_nothing_makes_none(
    enrol: Enrol,
) -> None:
    anna = an_actor()
    person, period = enrol(anna, income_before=["wage"])

    same = service.change_enrolment(
        by=anna, id=period, expected=1, given={"income_before": ["wage"]}
    )
    assert same["version"] == 1
    turned = {"income_before": ["pension", "wage"], "route_in": "outreach"}
    assert service.change_enrolment(by=anna, id=period, expected=1, given=turned)["version"] == 2
    with pytest.raises(Stale) as stale:
        service.change_enrolment(by=anna, id=period, expected=1, given={"origin": "af"})

    assert stale.value.current
    assert stale.value.current["income_before"] == ["pension", "wage"]
    # What the refusal shows is read.
    assert _acts(person)[-2:] == ["change", "read"]


def test_all_that_is_wrong_with_a_change_is_told_at_once(enrol: Enrol) -> None:
    anna = an_actor()
    _, period = enrol(anna)
    given = {
        "route_in": "chance",
        "income_before": ["wage", "wage"],
        "occupation_before": {"extent": 101},
        "start_date": _today().isoformat(),
        "closed_on": _today().isoformat(),
    }

    found = _pointers(lambda: service.change_enrolment(by=anna, id=period, expected=1, given=given))

    assert found == {
        "/route_in", "/income_before/1", "/occupation_before/code", "/occupation_before/extent",
        "/start_date", "/closed_on",
    }  # fmt: skip


def test_closing_ends_the_responsibility_tells_others_and_is_done_once(
    enrol: Enrol, told: list[object]
) -> None:
    anna, eva = an_actor(), an_actor()
    person, period = enrol(anna)

    row = service.close_enrolment(by=anna, id=period, given=_closing(start_date="2026-01-01"))

    assert (row["group"], row["lasted_one_month"], row["responsible"]) == ("work", "pending", None)
    assert (row["closed_by"]["id"], row["version"]) == (anna.id, 2)
    assert row["missing"] == ("occupation_after", "income_after")
    assert told == [EnrolmentClosed(period, person, "work_unsupported", _today())]
    assert _acts(person)[-1] == "close"
    with pytest.raises(ReasonRequired):
        participants.participant(by=anna, id=person)
    with pytest.raises(AlreadyClosed):
        service.close_enrolment(by=anna, id=period, given=_closing())
    with pytest.raises(ReasonRequired):
        service.change_enrolment(by=anna, id=period, expected=2, given={})
    openings.open_participant(by=eva, id=person, given={"reason": "present"})
    with pytest.raises(AlreadyClosed):
        service.close_enrolment(by=eva, id=period, given={})
    assert len(told) == 1


def test_a_closing_is_held_against_the_days_and_against_its_result(enrol: Enrol) -> None:
    anna = an_actor()
    _, period = enrol(anna, opened_on=_today(5).isoformat())
    late = _today(-1).isoformat()
    cases: list[tuple[dict[str, Any], set[str]]] = [
        ({}, {"/closing_result", "/closed_on"}),
        (_closing(closed_on=_today(6).isoformat()), {"/closed_on"}),
        (_closing(closed_on=late, closing_result="luck"), {"/closed_on", "/closing_result"}),
        (_closing(funded=True), {"/funded"}),
        (_closing(closing_result="moved", start_date=late), {"/start_date"}),
        (_closing(closing_result="education_other", lasted_one_month="no"), {"/lasted_one_month"}),
        (_closing(verified_by="gossip", extent=0), {"/verified_by", "/extent"}),
    ]
    for given, wanted in cases:
        found = _pointers(lambda: service.close_enrolment(by=anna, id=period, given=given))  # noqa: B023
        assert found == wanted
    with pytest.raises(Stale):
        service.close_enrolment(by=anna, id=period, given=_closing(), expected=9)
    row = service.close_enrolment(
        by=anna, id=period, given=_closing(closing_result="moved", funded=False), expected=1
    )
    assert (row["group"], row["funded"], row["lasted_one_month"]) == ("other", None, None)


def test_what_came_of_it_is_filled_in_afterwards_by_whoever_may_read_the_person(
    enrol: Enrol,
) -> None:
    anna, eva = an_actor(), an_actor()
    person, period = enrol(anna)
    service.close_enrolment(by=anna, id=period, given=_closing())
    openings.open_participant(by=eva, id=person, given={"reason": "calling"})

    row = service.change_enrolment(
        by=eva, id=period, expected=2, given={"lasted_one_month": "yes", "income_after": ["wage"]}
    )

    assert (row["lasted_one_month"], row["income_after"]) == ("yes", ["wage"])
    given = {"funded": True}
    assert _pointers(
        lambda: service.change_enrolment(by=eva, id=period, expected=3, given=given)
    ) == {"/funded"}


def test_how_it_ended_is_corrected_by_whoever_closed_it_or_a_supervisor(
    enrol: Enrol, unit: Unit
) -> None:
    anna, eva = an_actor(unit_id=str(unit.id)), an_actor()
    chief = an_actor(role="supervisor", unit_id=str(unit.id))
    person, period = enrol(anna)
    service.close_enrolment(by=anna, id=period, given=_closing(extent=50, income_after=["wage"]))
    for worker in (anna, eva):
        openings.open_participant(by=worker, id=person, given={"reason": "correction"})

    with pytest.raises(NotAllowed):
        service.change_enrolment(by=eva, id=period, expected=2, given={"closing_result": "moved"})
    moved = service.change_enrolment(
        by=anna, id=period, expected=2, given={"closing_result": "moved"}
    )
    assert (moved["extent"], moved["lasted_one_month"], moved["income_after"]) == (
        None, None, ["wage"],
    )  # fmt: skip
    wrong = service.change_enrolment(
        by=chief, id=period, expected=3, given={"closing_result": "registered_in_error"}
    )
    assert (wrong["group"], wrong["income_after"]) == ("excluded", None)


def test_another_worker_of_the_committee_becomes_responsible_for_a_reason_from_the_list(
    enrol: Enrol, unit: Unit
) -> None:
    anna, eva = an_actor(), an_actor(unit_id=str(unit.id))
    person, period = enrol(anna)

    def give(by: Actor, worker: UUID, version: int, reason: str = "workload") -> dict[str, Any]:
        given = {"worker": str(worker), "reason": reason}
        return service.give_to(by=by, id=period, expected=version, given=given)

    assert give(anna, anna.id, 1)["version"] == 1
    assert _pointers(lambda: give(anna, an_actor(committee="SN").id, 1)) == {"/worker"}
    assert _pointers(lambda: give(anna, eva.id, 1, "because Elsa said so")) == {"/reason"}
    row = give(anna, eva.id, 1)
    assert (row["responsible"]["id"], row["version"]) == (eva.id, 2)
    with pytest.raises(ReasonRequired):
        give(anna, anna.id, 2)
    with pytest.raises(Stale):
        give(eva, anna.id, 1)
    chief = an_actor(role="supervisor", unit_id=str(unit.id))
    assert give(chief, anna.id, 2)["responsible"]["id"] == anna.id
    service.close_enrolment(by=anna, id=period, given=_closing())
    openings.open_participant(by=anna, id=person, given={"reason": "correction"})
    with pytest.raises(AlreadyClosed):
        give(anna, eva.id, 4)


def test_a_reason_to_look_makes_nobodys_caseload_of_somebody_elses_participant(
    enrol: Enrol,
) -> None:
    anna, bo = an_actor(), an_actor()
    person, period = enrol(anna)
    openings.open_participant(by=bo, id=person, given={"reason": "calling"})

    assert reading.enrolment(by=anna, id=period)["colleagues"]
    assert reading.enrolment(by=bo, id=period)["colleagues"] == {}
    for worker in (bo, an_actor(), anna):
        given = {"worker": str(worker.id), "reason": "other"}
        with pytest.raises(NotAllowed) as refused:
            service.give_to(by=bo, id=period, expected=1, given=given)
        assert "ansvarig" in refused.value.detail

    assert reading.enrolment(by=anna, id=period)["responsible"]["id"] == anna.id


def test_whom_nobody_is_responsible_for_is_taken_on_by_whoever_has_a_reason_to_look(
    enrol: Enrol,
) -> None:
    anna, bo = an_actor(), an_actor()
    person, period = enrol(anna)
    with transaction(by=anna):
        responsibilities.end_responsibility(by=anna, id=person)
    openings.open_participant(by=bo, id=person, given={"reason": "handoff"})

    given = {"worker": str(bo.id), "reason": "other"}
    row = service.give_to(by=bo, id=period, expected=1, given=given)

    assert row["responsible"]["id"] == bo.id


def test_whoever_is_protected_goes_to_somebody_named_alone(enrol: Enrol) -> None:
    anna, eva = an_actor(), an_actor()
    person, period = enrol(anna, person={"protected": True})
    given = {"worker": str(eva.id), "reason": "absence"}

    with pytest.raises(NotFound):
        reading.enrolment(by=eva, id=period)
    assert _pointers(lambda: service.give_to(by=anna, id=period, expected=1, given=given)) == {
        "/worker"
    }
    named = [str(anna.id), str(eva.id)]
    participants.change_participant(by=anna, id=person, expected=1, given={"named_workers": named})
    service.give_to(by=anna, id=period, expected=1, given=given)

    assert reading.enrolment(by=eva, id=period)["responsible"]["id"] == eva.id


def test_withdrawing_closes_what_should_not_have_been(enrol: Enrol, told: list[object]) -> None:
    anna = an_actor()
    person, period = enrol(anna)

    for _ in range(2):
        with transaction(by=anna):
            service.withdraw_enrolments(by=anna, participant=person)

    openings.open_participant(by=anna, id=person, given={"reason": "correction"})
    row = reading.enrolment(by=anna, id=period)
    assert (row["closing_result"], row["closed_on"]) == ("registered_in_error", _today())
    assert told == [EnrolmentClosed(period, person, "registered_in_error", _today())]
    assert participants.participant(by=anna, id=person)["responsible"] is None


def test_of_whoever_is_forgotten_no_period_says_what_they_did_or_lived_on(
    enrol: Enrol,
) -> None:
    anna, chief = an_actor(), an_actor(role="supervisor")
    said = {"occupation_before": {"code": "part_time", "extent": 50}, "income_before": ["wage"]}
    after = {"occupation_after": {"code": "part_time", "extent": 80}, "income_after": ["wage"]}
    person, period = enrol(anna, **said)
    others, _ = enrol(anna, **said)
    service.close_enrolment(by=anna, id=period, given=_closing(**after))

    with transaction(by=chief):
        opened = people.open_for_decision(by=chief, id=person)
        assert opened is not None
        leaving.forget_details(by=chief, person=opened)

    (row,) = reading.enrolments_of(by=system("test"), participant=person)
    assert [row[name] for name in (*said, *after)] == [None] * 4
    assert (row["closing_result"], row["route_in"]) == ("work_unsupported", "own_initiative")
    with transaction(by=system("test")):
        kept = sa.select(Enrolment.occupation_before_extent, Enrolment.occupation_after_extent)
        assert db.session.execute(kept.where(Enrolment.id == period)).one() == (None, None)
    (row,) = reading.enrolments_of(by=anna, participant=others)
    assert row["income_before"] == ["wage"]


def test_somebody_who_is_back_begins_again_with_whoever_meets_them(enrol: Enrol) -> None:
    anna, eva = an_actor(), an_actor()
    person, period = enrol(anna)
    given = {"id": str(uuid7()), "participant_id": str(person), "route_in": "own_initiative"}
    with pytest.raises(AlreadyEnrolled):
        service.begin_enrolment(by=anna, given=given)
    service.close_enrolment(by=anna, id=period, given=_closing())
    with pytest.raises(ReasonRequired):
        service.begin_enrolment(by=eva, given=given)
    openings.open_participant(by=eva, id=person, given={"reason": "present"})

    row, created = service.begin_enrolment(by=eva, given=given)
    again, twice = service.begin_enrolment(by=eva, given=given)

    assert (created, twice, again["id"]) == (True, False, row["id"])
    assert row["responsible"]["id"] == eva.id
    both = reading.enrolments_of(by=eva, participant=person)
    assert {each["id"] for each in both} == {period, row["id"]}
    still = reading.enrolments_of(by=eva, participant=person, state="open")
    assert [each["id"] for each in still] == [row["id"]]


def test_a_reason_to_look_ends_nobodys_time_here(enrol: Enrol) -> None:
    anna, bo = an_actor(), an_actor()
    person, period = enrol(anna)
    openings.open_participant(by=bo, id=person, given={"reason": "present"})

    def refused() -> str:
        with pytest.raises(NotAllowed) as error:
            service.close_enrolment(by=bo, id=period, given=_closing())
        assert reading.enrolment(by=bo, id=period)["why_not_close"] == error.value.detail
        return error.value.detail

    assert "Be någon av dem" in refused()
    assert reading.enrolment(by=anna, id=period)["why_not_close"] is None
    with transaction(by=anna):
        responsibilities.end_responsibility(by=anna, id=person)
    assert "Bli ansvarig först" in refused()
    given = {"worker": str(bo.id), "reason": "other"}
    service.give_to(by=bo, id=period, expected=1, given=given)

    assert service.close_enrolment(by=bo, id=period, given=_closing())["group"] == "work"


def test_whoever_comes_back_begins_again_with_whoever_meets_them_and_not_behind_their_back(
    enrol: Enrol,
) -> None:
    anna, eva = an_actor(), an_actor()
    person, period = enrol(anna)
    service.close_enrolment(by=anna, id=period, given=_closing())
    given = {"id": str(uuid7()), "participant_id": str(person), "route_in": "own_initiative"}
    openings.open_participant(by=eva, id=person, given={"reason": "correction"})

    with pytest.raises(NotAllowed) as refused:
        service.begin_enrolment(by=eva, given=given)
    assert "Personen ringer" in refused.value.detail
    openings.open_participant(by=eva, id=person, given={"reason": "calling"})

    assert service.begin_enrolment(by=eva, given=given)[1]


def test_nobody_begins_anew_with_somebody_elses_participant(enrol: Enrol) -> None:
    anna, eva = an_actor(), an_actor()
    enrol(anna)
    person = a_participant(anna)
    given = {"id": str(uuid7()), "participant_id": str(person), "route_in": "own_initiative"}
    openings.open_participant(by=eva, id=person, given={"reason": "present"})

    with pytest.raises(NotAllowed) as refused:
        service.begin_enrolment(by=eva, given=given)

    assert "ansvarig" in refused.value.detail
    assert service.begin_enrolment(by=anna, given=given)[1]


def test_the_other_committee_and_the_other_roles_are_told_of_nothing(enrol: Enrol) -> None:
    anna = an_actor()
    person, period = enrol(anna)
    given = {"worker": str(anna.id), "reason": "other"}
    acts: list[Callable[[Actor], object]] = [
        lambda by: reading.enrolment(by=by, id=period),
        lambda by: reading.enrolments_of(by=by, participant=person),
        lambda by: service.change_enrolment(by=by, id=period, expected=1, given={}),
        lambda by: service.close_enrolment(by=by, id=period, given=_closing()),
        lambda by: service.give_to(by=by, id=period, expected=1, given=given),
        lambda by: service.begin_enrolment(
            by=by,
            given={"id": str(uuid7()), "participant_id": str(person), "route_in": "outreach"},
        ),
    ]
    for other in (an_actor(committee="SN"), an_actor(role="supervisor", committee="SN")):
        for act in acts:
            with pytest.raises(NotFound):
                act(other)
    for role in ("receiver", "analyst", "reviewer", "administrator"):
        for act in acts:
            with pytest.raises(NotAllowed):
                act(an_actor(role=role))
    assert reading.enrolment(by=anna, id=period)["version"] == 1
