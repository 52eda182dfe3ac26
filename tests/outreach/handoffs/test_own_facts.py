"""What a team follows of those whom it has taken on: its own, and nobody else's."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from outreach.audit.models import AuditEntry
from outreach.consents import service as consents
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import NotAllowed, NotFound, RuleBroken, Stale
from outreach.foundation.transaction import transaction
from outreach.handoffs import acting, own_facts, service
from outreach.handoffs.models import OsaDecision
from outreach.handoffs.standing import HandoffSettled
from outreach.participants import service as people
from tests.builders import a_consent, a_participant, an_actor, uuid7

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def anna() -> Actor:
    return an_actor()


def _receiver(team: str) -> Actor:
    return an_actor(role="receiver", sites=(), committee="SN", team=team)


@pytest.fixture
def ritva() -> Actor:
    return _receiver("osa")


@pytest.fixture
def daniel() -> Actor:
    return _receiver("jobbteamet")


def _taken_on(by: Actor, team: str, receiver: Actor) -> UUID:
    """Hand somebody over to the team, which says yes; return the handoff's id."""
    person = a_participant(by)
    consents.give_consent(by=by, given=a_consent(person, to_team=team))
    given = {
        "id": str(uuid7()),
        "participant_id": str(person),
        "team": team,
        "fields": ["name"],
    }
    row, _ = service.begin(by=by, given=given)
    acting.act(by=by, id=row["id"], action="send", given={})
    acting.act(by=receiver, id=row["id"], action="accept", given={})
    return UUID(str(row["id"]))


def _version(by: Actor, id: UUID) -> int:
    version: int = service.handoff(by=by, id=id)["version"]
    return version


def _set_osa(by: Actor, id: UUID, **said: Any) -> dict[str, Any]:
    return own_facts.set_osa(by=by, id=id, expected=_version(by, id), given=said)


DECISION = {"from": "2026-01-01", "to": "2026-12-31", "answer": "yes"}


def test_osas_decisions_and_pauses_are_kept_and_the_clocks_follow(
    anna: Actor, ritva: Actor
) -> None:
    handoff = _taken_on(anna, "osa", ritva)

    row = _set_osa(
        ritva,
        handoff,
        employed_from="2026-03-15",
        decisions=[DECISION],
        pauses=[{"from": "2026-07-01", "to": "2026-07-31"}],
    )

    assert row["osa"]["cap_on"] == date(2028, 3, 14) + timedelta(days=31)
    assert {each["kind"] for each in row["osa"]["deadlines"]} == {"decision", "cap", "followup"}
    again = _set_osa(ritva, handoff, pauses=[])
    assert again["osa"]["cap_on"] == date(2028, 3, 14)
    assert again["osa"]["decisions"] == [
        {"from": date(2026, 1, 1), "to": date(2026, 12, 31), "answer": "yes"}
    ]


def test_what_says_the_same_makes_no_version(anna: Actor, ritva: Actor) -> None:
    handoff = _taken_on(anna, "osa", ritva)
    before = _set_osa(ritva, handoff, decisions=[DECISION])["version"]

    assert _set_osa(ritva, handoff, decisions=[DECISION])["version"] == before


@pytest.mark.parametrize(
    ("said", "pointers"),
    [
        (
            {"decisions": [{"from": "2026-01-01", "to": "2027-01-01", "answer": "yes"}]},
            ["/decisions/0/to"],
        ),
        ({"decisions": [DECISION, DECISION]}, ["/decisions/1/from"]),
        ({"pauses": [{"from": "2026-02-02", "to": "2026-02-01"}]}, ["/pauses/0/to"]),
        ({"training_from": "2026-03-01", "employed_from": "2026-02-01"}, ["/employed_from"]),
        ({"employed_from": "2026-03-01", "ended_on": "2026-02-01"}, ["/ended_on"]),
        (
            {"decisions": [{"from": "2026-01-01"}], "diagnosis": "x"},
            ["/decisions/0/answer", "/decisions/0/to", "/diagnosis"],
        ),
    ],
)
def test_all_that_is_wrong_is_told_at_once(
    anna: Actor, ritva: Actor, said: dict[str, Any], pointers: list[str]
) -> None:
    handoff = _taken_on(anna, "osa", ritva)

    with pytest.raises(RuleBroken) as refused:
        _set_osa(ritva, handoff, **said)

    assert sorted(fault.pointer for fault in refused.value.faults) == pointers


def test_nobody_but_the_team_is_told(anna: Actor, ritva: Actor, daniel: Actor) -> None:
    handoff = _taken_on(anna, "osa", ritva)
    _set_osa(ritva, handoff, decisions=[DECISION])

    assert "osa" not in service.handoff(by=anna, id=handoff)
    with pytest.raises(NotFound):
        own_facts.set_osa(by=daniel, id=handoff, expected=1, given={})
    with pytest.raises(NotAllowed):
        own_facts.set_osa(by=anna, id=handoff, expected=1, given={})
    for reader, seen in ((ritva, 1), (anna, 0), (daniel, 0)):
        with transaction(by=reader):
            counted = sa.select(sa.func.count()).select_from(OsaDecision)
            assert db.session.scalars(counted).one() == seen


def test_it_is_gone_for_the_team_when_the_person_wants_no_more(anna: Actor, ritva: Actor) -> None:
    handoff = _taken_on(anna, "osa", ritva)
    _set_osa(ritva, handoff, decisions=[DECISION])

    acting.act(by=anna, id=handoff, action="withdraw", given={"reason": "person"})

    # That it was taken back stands until the team says that it knows, and nothing besides.
    [line] = own_facts.osa_table(by=ritva)
    assert (line["recalled"], line["name"], line["osa"]["decisions"]) == (True, None, [])
    service.take_in(by=ritva, id=handoff)
    assert own_facts.osa_table(by=ritva) == []
    with pytest.raises(HandoffSettled):
        _set_osa(ritva, handoff, decisions=[])
    assert service.handoff(by=ritva, id=handoff)["osa"]["decisions"] == []


def test_a_change_of_what_somebody_else_has_changed_is_stale(anna: Actor, ritva: Actor) -> None:
    handoff = _taken_on(anna, "osa", ritva)
    _set_osa(ritva, handoff, decisions=[DECISION])

    with pytest.raises(Stale):
        own_facts.set_osa(by=ritva, id=handoff, expected=1, given={})


def test_the_table_stands_by_the_nearest_day_and_ends_with_those_without(
    anna: Actor, ritva: Actor
) -> None:
    last, first, none = (_taken_on(anna, "osa", ritva) for _ in range(3))
    begin = clock.today()
    for handoff, days in ((last, 300), (first, 200)):
        decision = {
            "from": begin.isoformat(),
            "to": (begin + timedelta(days=days)).isoformat(),
            "answer": "yes",
        }
        _set_osa(ritva, handoff, decisions=[decision])

    table = own_facts.osa_table(by=ritva)

    assert [row["id"] for row in table] == [first, last, none]
    assert [row["next"] is None for row in table] == [False, False, True]


def test_the_dates_for_a_calendar_are_all_that_are_to_come_and_name_nobody(
    anna: Actor, ritva: Actor
) -> None:
    handoff, today = _taken_on(anna, "osa", ritva), clock.today()
    ends = today + timedelta(days=60)
    decision = {"from": today.isoformat(), "to": ends.isoformat(), "answer": "yes"}
    begun = clock.months_after(today, -4).isoformat()

    row = _set_osa(ritva, handoff, employed_from=begun, decisions=[decision])
    dates = own_facts.osa_dates(by=ritva)

    # The first follow-up was a month ago; the day to renew has passed, but not what it is before.
    assert [each["kind"] for each in dates] == ["decision", "followup", "followup", "cap", "cap"]
    assert (dates[0]["on"], dates[0]["about"]) == (ends - timedelta(days=90), ends)
    for each in dates:
        assert each.keys() == {"uid", "case_number", "kind", "on", "about", "sequence"}
        assert (each["case_number"], each["sequence"]) == (row["case_number"], row["version"] - 1)
    assert len({each["uid"] for each in dates}) == 5


def test_a_date_that_moves_is_known_again_by_its_id(anna: Actor, ritva: Actor) -> None:
    handoff = _taken_on(anna, "osa", ritva)
    _set_osa(ritva, handoff, employed_from=clock.today().isoformat())
    before = own_facts.osa_dates(by=ritva)

    later = clock.today() + timedelta(days=7)
    _set_osa(ritva, handoff, employed_from=later.isoformat())

    after = own_facts.osa_dates(by=ritva)
    assert [each["uid"] for each in after] == [each["uid"] for each in before]
    assert after[0]["on"] > before[0]["on"]
    assert after[0]["sequence"] > before[0]["sequence"]


def test_there_are_no_dates_of_whom_the_team_is_to_know_no_more(anna: Actor, ritva: Actor) -> None:
    handoff = _taken_on(anna, "osa", ritva)
    _set_osa(ritva, handoff, employed_from=clock.today().isoformat())
    acting.act(by=ritva, id=handoff, action="start", given={})
    acting.act(by=ritva, id=handoff, action="complete", given={"outcome": "measure_started"})
    assert own_facts.osa_dates(by=ritva) != []

    person = service.handoff(by=anna, id=handoff)["participant_id"]
    people.change_participant(by=anna, id=person, expected=1, given={"protected": True})

    assert [row["name"] for row in own_facts.osa_table(by=ritva)] == [None]
    assert own_facts.osa_dates(by=ritva) == []


def test_who_took_the_dates_is_on_the_trail_as_who_looked_at_the_table_is(
    anna: Actor, ritva: Actor
) -> None:
    handoff = _taken_on(anna, "osa", ritva)
    person = service.handoff(by=anna, id=handoff)["participant_id"]
    own_facts.osa_table(by=ritva)
    looked = _entries(ritva)

    own_facts.osa_dates(by=ritva)

    assert ("read", "participant", str(person)) in looked
    taken = _entries(ritva)[len(looked) :]
    assert taken == [("read", "participant", str(person)), ("export", "handoffs", None)]


def _entries(by: Actor) -> list[tuple[str, str, str | None]]:
    wanted = sa.select(AuditEntry.action, AuditEntry.kind, AuditEntry.object_id).where(
        AuditEntry.actor_id == by.id
    )
    rows = db.session.execute(wanted.order_by(AuditEntry.id))
    return [(row.action, row.kind, row.object_id) for row in rows]


def test_nobody_else_is_handed_the_dates(anna: Actor, daniel: Actor) -> None:
    with pytest.raises(NotFound):
        own_facts.osa_dates(by=daniel)
    with pytest.raises(NotAllowed):
        own_facts.osa_dates(by=anna)


def test_jobbteamet_counts_the_days_to_the_first_employer(anna: Actor, daniel: Actor) -> None:
    handoff = _taken_on(anna, "jobbteamet", daniel)
    today = clock.today().isoformat()

    row = own_facts.set_ips(
        by=daniel,
        id=handoff,
        expected=_version(daniel, handoff),
        given={"specialist_id": str(daniel.id), "first_employer_contact_on": today},
    )

    assert row["ips"]["days_to_employer"] == 0
    assert row["ips"]["mark_on"] == clock.today() + timedelta(days=30)
    assert row["ips"]["specialist"] == daniel.name


def test_an_employers_yes_is_its_own_and_taken_back_after_it_was_given(
    anna: Actor, daniel: Actor
) -> None:
    handoff = _taken_on(anna, "jobbteamet", daniel)
    version = _version(daniel, handoff)
    today = clock.today().isoformat()

    for said, pointer in (
        ({"employer_yes_withdrawn_on": today}, "/employer_yes_withdrawn_on"),
        ({"employer_yes_on": "2199-01-01"}, "/employer_yes_on"),
        ({"specialist_id": str(anna.id)}, "/specialist_id"),
    ):
        with pytest.raises(RuleBroken) as refused:
            own_facts.set_ips(by=daniel, id=handoff, expected=version, given=said)
        assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_the_load_is_those_from_here_and_ones_own_count_of_the_others(
    anna: Actor, daniel: Actor
) -> None:
    handoff = _taken_on(anna, "jobbteamet", daniel)
    _taken_on(anna, "jobbteamet", daniel)
    said = {"specialist_id": str(daniel.id)}
    own_facts.set_ips(by=daniel, id=handoff, expected=_version(daniel, handoff), given=said)

    load = own_facts.count_elsewhere(by=daniel, given={"active": 9, "percent": 50})

    [own] = [each for each in load["specialists"] if each["id"] == daniel.id]
    assert (own["here"], own["elsewhere"], own["most"]) == (1, 9, 10)
    assert own["counted_on"] == clock.today()
    assert load["unassigned"] == 1


def test_neither_team_sees_the_others_page(ritva: Actor, daniel: Actor) -> None:
    with pytest.raises(NotFound):
        own_facts.load(by=ritva)
    with pytest.raises(NotFound):
        own_facts.osa_table(by=daniel)
    with pytest.raises(NotFound):
        own_facts.count_elsewhere(by=ritva, given={"active": 1})
