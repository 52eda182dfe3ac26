"""Lists of handoffs: what comes, what goes, what nobody has answered; never to which team."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from outreach.accounts.models import Unit
from outreach.audit.models import AuditEntry
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import NotAllowed
from outreach.handoffs import lifecycle, rules, service, worklists
from outreach.handoffs.schemas import ListedHandoffSchema
from outreach.shifts.public_holidays import is_off
from tests.builders import a_receiver, a_unit, an_actor, commit
from tests.handed_over import Both, agree, at, both, do, draft, go, sent

pytestmark = pytest.mark.usefixtures("app")

PATIENCE = 5


@pytest.fixture
def unit() -> Unit:
    return a_unit()


@pytest.fixture
def anna(unit: Unit) -> Actor:
    return an_actor(unit_id=str(unit.id))


@pytest.fixture
def chief(unit: Unit) -> Actor:
    return an_actor(role="supervisor", unit_id=str(unit.id))


@pytest.fixture
def team() -> Actor:
    return a_receiver()


def _ids(rows: list[dict[str, Any]]) -> list[UUID]:
    return [row["id"] for row in rows]


def _reads(by: Actor) -> list[str]:
    commit()
    wanted = sa.select(AuditEntry.object_id).where(
        AuditEntry.actor_id == by.id,
        AuditEntry.action == "read",
        AuditEntry.kind == "participant",
    )
    return sorted(db.session.scalars(wanted))


def _coming(by: Actor, **more: Any) -> list[UUID]:
    return _ids(worklists.coming(by=by, **more))


def _going(by: Actor, **more: Any) -> list[UUID]:
    return _ids(worklists.going(by=by, **more))


def _from_elsewhere(sides: Both) -> UUID:
    return draft(sides, direction="in", team=None, origin="af", fields=[])


def _late_from(since: datetime) -> datetime:
    """Return the first instant, whole days later, at which an answer is late."""
    at_last = since
    while True:
        at_last += timedelta(days=1)
        days = clock.local(since).date(), clock.local(at_last).date()
        if rules.is_overdue(*days, most=PATIENCE, is_off=is_off):
            return at_last


def test_what_was_sent_comes_to_the_team_the_longest_waiting_first(
    anna: Actor, team: Actor
) -> None:
    one, other, third = (sent(both(anna, team)) for _ in range(3))
    draft(both(anna, team))
    agree(elsewhere := both(anna, team), to_team="osa")
    go(elsewhere, draft(elsewhere, team="osa"), "send")
    do(team, one, "accept")

    assert _coming(team) == [other, third, one]
    assert _coming(team, over=True) == []
    do(team, other, "decline")
    assert (_coming(team), _coming(team, over=True)) == ([third, one], [other])
    assert len(_coming(a_receiver("osa"))) == 1
    assert _coming(a_receiver("kaa")) == []


def test_a_name_is_listed_where_it_was_sent_and_each_has_an_entry(anna: Actor, team: Actor) -> None:
    named = both(anna, team)
    nameless = both(anna, team)
    sent(named)
    agree(nameless)
    do(anna, draft(nameless), "send", fields=["phone"])

    rows = worklists.coming(by=team)

    assert [row["name"] for row in rows] == ["Elsa Nyström", None]
    assert _reads(team) == [str(named.person)]


def test_no_list_tells_which_team(anna: Actor, chief: Actor, team: Actor) -> None:
    sent(both(anna, team))
    now = clock.now()

    with time_machine.travel(now + timedelta(days=30), tick=False):
        lists = [
            worklists.coming(by=team), worklists.going(by=anna), worklists.going(by=chief),
            worklists.unanswered(by=anna),
        ]  # fmt: skip

    for rows in lists:
        assert len(rows) == 1
        assert set(rows[0]) == {*ListedHandoffSchema().fields, "place"}
        assert "jobbteamet" not in str(rows)


def test_who_comes_to_us_is_listed_for_whoever_follows_them(
    anna: Actor, chief: Actor, team: Actor
) -> None:
    sides = both(anna, team)
    handoff = _from_elsewhere(sides)
    colleague = an_actor()
    sent(both(anna, team))

    assert _coming(anna) == _coming(chief) == [handoff]
    assert worklists.coming(by=anna)[0]["name"] == "Elsa Nyström"
    assert _coming(colleague) == []
    assert _coming(an_actor(committee="SN")) == []
    assert handoff not in _coming(team)
    go(Both(anna, anna, sides.person), handoff, "accept", "start", "complete")
    assert (_coming(anna), _coming(anna, over=True)) == ([], [handoff])


def test_what_goes_is_listed_for_its_sender_and_the_unit_the_first_begun_first(
    anna: Actor, chief: Actor, team: Actor
) -> None:
    first, second = draft(both(anna, team)), sent(both(anna, team))
    eva = an_actor()
    theirs = sent(both(eva, team))
    do(anna, first, "withdraw")

    assert _going(anna) == _going(chief) == [second]
    assert _going(anna, over=True) == [first]
    assert _going(eva) == [theirs]
    assert _going(an_actor(committee="SN")) == []
    third = draft(both(anna, team))
    assert _going(anna) == [second, third]
    assert [row["name"] for row in worklists.going(by=anna)] == ["Elsa Nyström"] * 2


def test_a_protected_person_is_named_on_no_list(anna: Actor, chief: Actor, team: Actor) -> None:
    sides = both(anna, team, protected=True)
    agree(sides)
    handoff = draft(sides, fields=["language"])
    do(anna, handoff, "send")

    assert [row["name"] for row in worklists.going(by=anna)] == [None]
    assert [row["name"] for row in worklists.coming(by=team)] == [None]
    assert _going(chief) == []
    assert _reads(team) == []


@pytest.mark.parametrize(
    ("listing", "over"), [("coming", False), ("coming", True), ("going", False), ("going", True)]
)
def test_a_list_goes_on_where_it_ended(
    anna: Actor,
    team: Actor,
    listing: str,
    over: bool,  # noqa: FBT001 - both
) -> None:
    made = [sent(both(anna, team), *(("decline",) if over else ())) for _ in range(5)]
    for each in made if over else ():
        service.take_in(by=anna, id=each)
    act: Callable[..., list[dict[str, Any]]] = getattr(worklists, listing)
    by = team if listing == "coming" else anna
    found: list[UUID] = []
    after = None

    while rows := act(by=by, over=over, after=after, limit=2):
        assert len(rows) <= 2
        found += _ids(rows)
        after = (rows[-1]["place"], rows[-1]["id"])

    assert found == made


@pytest.mark.parametrize("back", [[], ["progress"], ["acceptance"], ["outcome"]], ids=str)
def test_what_ended_without_its_being_told_goes_on_among_the_open_ones(
    anna: Actor, team: Actor, back: list[str]
) -> None:
    declined = sent(both(anna, team), "decline", back=back)
    done = sent(both(anna, team), "accept", "start", "complete", back=back)
    if known := "acceptance" in back:
        service.take_in(by=anna, id=declined)
    over = [declined] * known + [done] * ("outcome" in back)

    assert _going(anna, over=True) == over
    assert _going(anna) == [each for each in (declined, done) if each not in over]
    shown = {row["id"]: row["state"] for row in worklists.going(by=anna)}
    assert not {"declined", "completed"} & set(shown.values())


def test_what_ended_after_the_last_day_goes_on_among_the_open_ones(
    anna: Actor, team: Actor
) -> None:
    now, last = clock.now(), clock.today() + timedelta(days=2)
    handoff = sent(both(anna, team), valid_to=last.isoformat())
    with time_machine.travel(now + timedelta(days=3), tick=False):
        do(team, handoff, "decline")

        assert _going(anna) == [handoff]
        assert _going(anna, over=True) == []
        assert _coming(team, over=True) == [handoff]


def test_what_nobody_answers_is_listed_when_the_days_that_were_agreed_on_have_gone(
    app: Flask, anna: Actor, chief: Actor, team: Actor
) -> None:
    assert app.config["HANDOFF_PATIENCE_DAYS"] == PATIENCE
    first, second = sent(both(anna, team)), sent(both(anna, team))
    late = _late_from(clock.now())

    with time_machine.travel(late - timedelta(days=1), tick=False):
        assert worklists.unanswered(by=anna) == []
        assert not any(row["overdue"] for row in worklists.going(by=anna))
    with time_machine.travel(late, tick=False):
        for by in (anna, chief):
            assert _ids(worklists.unanswered(by=by)) == [first, second]
        assert all(row["overdue"] for row in worklists.going(by=anna))
        assert all(row["overdue"] for row in worklists.coming(by=team))
        assert worklists.unanswered(by=an_actor()) == []


def test_only_an_answer_that_may_be_told_is_missed(anna: Actor, team: Actor) -> None:
    told, untold = sent(both(anna, team)), sent(both(anna, team), back=["progress"])
    returned = sent(both(anna, team), "return")
    accepted = sent(both(anna, team), "accept")
    last = clock.today() + timedelta(days=1)
    run_out = sent(both(anna, team), valid_to=last.isoformat())

    with time_machine.travel(clock.now() + timedelta(days=30), tick=False):
        found = _ids(worklists.unanswered(by=anna))

    assert found == [told]
    assert not {untold, returned, accepted, run_out} & set(found)


def test_what_may_no_longer_be_told_takes_no_place_on_the_list(
    anna: Actor, team: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worklists, "MOST_SHOWN", 1)
    last = clock.today() + timedelta(days=1)
    sent(both(anna, team), valid_to=last.isoformat())
    handoff = sent(both(anna, team))

    with time_machine.travel(clock.now() + timedelta(days=30), tick=False):
        assert _ids(worklists.unanswered(by=anna)) == [handoff]


def test_the_patience_is_a_setting(
    app: Flask, anna: Actor, team: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    handoff = sent(both(anna, team))
    late = _late_from(clock.now())
    monkeypatch.setitem(app.config, "HANDOFF_PATIENCE_DAYS", 0)

    with time_machine.travel(late, tick=False):
        assert _ids(worklists.unanswered(by=anna)) == [handoff]
        monkeypatch.setitem(app.config, "HANDOFF_PATIENCE_DAYS", 30)
        assert worklists.unanswered(by=anna) == []


def test_what_waits_is_what_it_is_ones_own_turn_to_do(anna: Actor, team: Actor) -> None:
    def waits() -> tuple[int, int]:
        return worklists.waiting(by=anna), worklists.waiting(by=team)

    handoff = sent(both(anna, team))
    assert waits() == (0, 1)
    do(team, handoff, "return")
    assert waits() == (1, 0)
    do(anna, handoff, "send")
    do(team, handoff, "accept")
    # What is with the team is no answer that it owes.
    assert waits() == (0, 0)
    draft(both(anna, team))
    incoming = _from_elsewhere(both(anna, team))
    assert waits() == (1, 0)
    do(anna, incoming, "decline")
    assert waits() == (0, 0)
    assert worklists.waiting(by=an_actor(role="analyst")) == 0


@pytest.mark.parametrize("standing", lifecycle.STANDINGS, ids=str)
def test_each_handoff_is_on_just_one_list_of_each_side(
    anna: Actor, team: Actor, standing: lifecycle.Standing
) -> None:
    handoff = at(both(anna, team), standing)
    over = standing.turn is None
    # What a side has yet to decide, or to take in, is not over to it.
    ours = over and standing not in (lifecycle.DECLINED, lifecycle.NOT_COMPLETED)
    theirs = over and standing != lifecycle.WITHDRAWN

    assert (_going(anna), _going(anna, over=True)) == (([], [handoff]) if ours else ([handoff], []))
    sees = [] if standing == lifecycle.DRAFT else [handoff]
    assert (_coming(team), _coming(team, over=True)) == (([], sees) if theirs else (sees, []))


@pytest.mark.parametrize("standing", lifecycle.STANDINGS, ids=str)
def test_the_badge_is_the_number_of_those_on_the_lists_that_wait(
    anna: Actor, team: Actor, standing: lifecycle.Standing
) -> None:
    at(both(anna, team), standing)
    _from_elsewhere(both(anna, team))

    for by in (anna, team):
        boxes = {"in": worklists.coming(by=by)}
        boxes["out"] = worklists.going(by=by) if by is anna else []
        wait = {box: sum(row["waits"] for row in rows) for box, rows in boxes.items()}
        assert worklists.waiting_by_box(by=by) == wait
        assert worklists.waiting(by=by) == sum(wait.values())


@pytest.mark.parametrize("role", ["analyst", "reviewer", "administrator"])
def test_no_other_role_has_lists_of_handoffs(role: str) -> None:
    other = an_actor(role=role)

    for listing in (worklists.coming, worklists.going, worklists.unanswered):
        with pytest.raises(NotAllowed):
            listing(by=other)
    for listing in (worklists.going, worklists.unanswered):
        with pytest.raises(NotAllowed):
            listing(by=a_receiver())
