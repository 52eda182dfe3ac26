"""Whom somebody is responsible for: in which order, by whose eyes, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import time_machine

from outreach.accounts.models import Unit
from outreach.audit.models import AuditEntry
from outreach.caseload import worklists
from outreach.enrolments import reading as enrolled
from outreach.enrolments import service as enrolments
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import NotAllowed, NotFound
from outreach.identification import regret
from outreach.participants import next_steps
from outreach.staff import service as staff
from tests.builders import a_recorded_contact, an_actor
from tests.statements import asked

pytestmark = pytest.mark.usefixtures("app")
Identify = Callable[..., UUID]


def _plan(by: Actor, person: UUID, text: str, days: int | None = None) -> None:
    due_on = None if days is None else (clock.today() + timedelta(days=days)).isoformat()
    given = {"text": text, "turn": "worker", "due_on": due_on}
    next_steps.set_next_step(by=by, id=person, expected=1, given=given)


def _names(rows: list[dict[str, Any]]) -> list[str | None]:
    return [row["name"] for row in rows]


def _read_entries() -> list[str | None]:
    db.session.rollback()
    wanted = sa.select(AuditEntry.object_id).where(
        AuditEntry.kind == "participant", AuditEntry.action == "read"
    )
    return list(db.session.scalars(wanted))


def _days_ago(days: int) -> str:
    return (clock.today() - timedelta(days=days)).isoformat()


def test_what_is_overdue_comes_first_then_who_was_not_met_then_swedish_order(
    identify: Identify,
) -> None:
    anna = an_actor()
    for name, opened in (("Örn", 0), ("Ek", 0), ("Åberg", 0), ("Zetter", 120), ("Ask", 200)):
        identify(anna, given_name="A", family_name=name, opened_on=_days_ago(opened))
    late = identify(anna, given_name="A", family_name="Å", opened_on=_days_ago(0))
    later = identify(anna, given_name="A", family_name="Ö", opened_on=_days_ago(100))
    _plan(anna, late, "Ringer", -1)
    _plan(anna, later, "Ringer", -9)

    rows, more = worklists.caseload(by=anna)

    assert _names(rows) == ["A Ö", "A Å", "A Ask", "A Zetter", "A Ek", "A Åberg", "A Örn"]
    assert [row["overdue"] for row in rows] == [True, True, *[False] * 5]
    assert [row["silent"] for row in rows] == [True, False, True, True, *[False] * 3]
    assert not more


def test_each_line_tells_the_step_the_last_contact_since_when_and_what_is_missing(
    identify: Identify,
) -> None:
    anna = an_actor()
    person = identify(anna, opened_on=_days_ago(3))
    identify(anna, given_name="Utan", opened_on=_days_ago(0))
    with time_machine.travel(clock.now() - timedelta(days=2), tick=False):
        a_recorded_contact(anna, participant_id=str(person))
    a_recorded_contact(anna, participant_id=str(person))
    _plan(anna, person, "Tar med betyg", 5)

    (row, bare), _ = worklists.caseload(by=anna)

    assert row["next_step"]["text"] == "Tar med betyg"
    assert row["next_step"]["set_by"]["name"] == anna.name
    assert (row["last_contact_on"], row["since"]) == (
        clock.today(), clock.today() - timedelta(days=3),
    )  # fmt: skip
    assert row["missing"] == ("occupation_before", "income_before")
    assert (bare["next_step"], bare["last_contact_on"], bare["missing"]) == (None, None, ())
    next_steps.finish_next_step(by=anna, id=person, expected=2)
    assert worklists.caseload(by=anna)[0][0]["next_step"] is None


def test_only_ones_own_people_are_there_and_each_who_is_named_is_one_entry(
    identify: Identify,
) -> None:
    anna, eva = an_actor(), an_actor()
    own = [identify(anna) for _ in range(3)]
    identify(eva)
    ended = identify(anna)
    (enrolment,) = enrolled.enrolments_of(by=anna, participant=ended)
    said = {"closing_result": "moved", "closed_on": clock.today().isoformat()}
    enrolments.close_enrolment(by=anna, id=enrolment["id"], given=said)
    before = len(_read_entries())

    rows, _ = worklists.caseload(by=anna)

    assert {row["participant_id"] for row in rows} == set(own)
    assert len(_read_entries()) == before + 3


def test_lists_name_nobody_who_is_protected_or_has_asked_to_be_erased(
    identify: Identify, unit: Unit
) -> None:
    anna = an_actor(unit_id=str(unit.id))
    chief = an_actor(role="supervisor", unit_id=str(unit.id))
    shielded, leaving = identify(anna, protected=True), identify(anna)
    _plan(anna, shielded, "Ringer", -1)
    _plan(anna, leaving, "Ringer")
    regret.regret(by=anna, id=leaving, given={"door": "erasure"})
    before = len(_read_entries())

    own, _ = worklists.caseload(by=anna)
    chiefs, _ = worklists.caseload(by=chief, worker=anna.id)

    assert {row["participant_id"] for row in own} == {shielded, leaving}
    assert {row["participant_id"] for row in chiefs} == {leaving}
    for row in (*own, *chiefs):
        assert row["case_number"].startswith("JV-")
        told = ("name", "next_step", "last_contact_on", "since")
        assert [row[name] for name in told] == [None] * 4
    assert len(_read_entries()) == before


def test_a_supervisor_reads_the_lists_of_the_unit_and_of_no_other(
    identify: Identify, unit: Unit
) -> None:
    anna, chief = (an_actor(role=r, unit_id=str(unit.id)) for r in ("caseworker", "supervisor"))
    stranger = an_actor()
    identify(anna)
    identify(stranger)

    assert len(worklists.caseload(by=chief, worker=anna.id)[0]) == 1
    assert worklists.caseload(by=chief)[0] == []
    for elsewhere in (stranger.id, uuid4()):
        with pytest.raises(NotFound):
            worklists.caseload(by=chief, worker=elsewhere)
    with pytest.raises(NotFound):
        worklists.caseload(by=an_actor(role="supervisor"), worker=anna.id)
    with pytest.raises(NotAllowed):
        worklists.caseload(by=stranger, worker=anna.id)
    with pytest.raises(NotAllowed):
        worklists.caseload(by=an_actor(role="analyst"))


def test_a_supervisor_is_told_whose_lists_there_are_and_how_long(
    identify: Identify, unit: Unit
) -> None:
    anna = an_actor(name="Anna Ö", unit_id=str(unit.id))
    chief = an_actor(role="supervisor", name="Karin A", unit_id=str(unit.id))
    gone = an_actor(name="Borta B", unit_id=str(unit.id))
    empty = an_actor(name="Slutat S", unit_id=str(unit.id))
    for _ in range(2):
        identify(anna)
    identify(gone)
    administrator = an_actor(role="administrator")
    for each in (gone, empty):
        staff.close_user(by=administrator, id=each.id)
    before = len(_read_entries())

    found = worklists.workers(by=chief)

    assert [(each["name"], each["people"]) for each in found] == [
        ("Anna Ö", 2), ("Borta B", 1), ("Karin A", 0),
    ]  # fmt: skip
    assert worklists.workers(by=anna) == []
    assert worklists.workers(by=an_actor(role="supervisor")) == []
    assert len(_read_entries()) == before


def test_a_long_list_keeps_what_waits_longest_and_says_that_there_is_more(
    identify: Identify, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worklists, "MOST_LISTED", 2)
    anna = an_actor()
    for name in ("Ask", "Björk"):
        identify(anna, given_name="A", family_name=name)
    late = identify(anna, given_name="A", family_name="Öst")
    _plan(anna, late, "Ringer", -1)

    rows, more = worklists.caseload(by=anna)

    assert more
    assert len(rows) == 2
    assert rows[0]["name"] == "A Öst"


def test_a_list_takes_as_many_questions_for_one_as_for_many(identify: Identify) -> None:
    anna = an_actor()

    def questions() -> int:
        with asked() as statements:
            worklists.caseload(by=anna)
        return len(statements)

    _plan(anna, identify(anna), "Ringer")
    one = questions()
    for _ in range(5):
        _plan(anna, identify(anna), "Ringer")

    assert questions() == one
