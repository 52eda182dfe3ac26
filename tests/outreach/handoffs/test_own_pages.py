"""The receivers' own pages: OSA by the nearest day, Jobbteamet's count, what is typed is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from outreach.accounts.service import actor_named, actor_with_id
from outreach.consents import service as consents
from outreach.foundation import clock
from outreach.handoffs.lifecycle import Action
from tests.builders import Visitor, a_participant, an_actor
from tests.calendar_files import events_in
from tests.handed_over import Both, agree, do, draft, kept

SignIn = Callable[..., Visitor]


@pytest.fixture
def ritva(signed_in: SignIn) -> Visitor:
    return signed_in(role="receiver", sites=(), committee="SN", team="osa")


@pytest.fixture
def daniel(signed_in: SignIn) -> Visitor:
    return signed_in(role="receiver", sites=(), committee="SN", team="jobbteamet")


def _taken_on(receiver: Visitor, team: str, answer: Action = "accept") -> UUID:
    by = an_actor()
    sides = Both(by, actor_named(receiver.user.username), a_participant(by, given_name="Elsa"))
    agree(sides, to_team=team)
    handoff = draft(sides, team=team)
    do(sides.sender, handoff, "send")
    do(sides.receiver, handoff, answer)
    return handoff


def _post(visitor: Visitor, path: str, **form: Any) -> TestResponse:
    return visitor.client.post(path, data=form, headers=visitor.headers)


def _version(visitor: Visitor, handoff: UUID) -> str:
    return str(visitor.get(f"handoffs/{handoff}").get_json()["version"])


def test_osas_dates_are_typed_row_by_row_and_the_table_has_the_nearest(ritva: Visitor) -> None:
    handoff = _taken_on(ritva, "osa")
    today = clock.today()
    form = {
        "version": _version(ritva, handoff),
        "employed_from": today.isoformat(),
        "decision_from": [today.isoformat(), ""],
        "decision_to": [(today + timedelta(days=200)).isoformat(), ""],
        "decision_answer": ["yes", "yes"],
        "pause_from": [""],
        "pause_to": [""],
    }

    assert _post(ritva, f"/overlamningar/{handoff}/osa", **form).status_code == 303

    told = ritva.get(f"handoffs/{handoff}").get_json()["osa"]
    assert len(told["decisions"]) == 1
    table = ritva.get("/overlamningar/osa").text
    assert "Elsa" in table
    assert "Följ upp" in table


def test_osas_dates_are_handed_out_for_a_calendar_by_case_number_alone(ritva: Visitor) -> None:
    handoff, ends = _taken_on(ritva, "osa"), clock.today() + timedelta(days=200)
    case_number = ritva.get(f"handoffs/{handoff}").get_json()["case_number"]
    # Nothing is offered to be fetched before there is a date.
    assert "/overlamningar/osa.ics" not in ritva.get("/overlamningar/osa").text
    form = {
        "version": _version(ritva, handoff),
        "decision_from": clock.today().isoformat(),
        "decision_to": ends.isoformat(),
        "decision_answer": "yes",
    }
    _post(ritva, f"/overlamningar/{handoff}/osa", **form)

    assert "/overlamningar/osa.ics" in ritva.get("/overlamningar/osa").text
    answer = ritva.get("/overlamningar/osa.ics")

    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="datum.ics"'
    assert answer.headers["Cache-Control"] == "no-store"
    [event] = events_in(answer.data)
    assert event.start == ends - timedelta(days=90)
    assert event.end == event.start + timedelta(days=1)
    assert str(event["SUMMARY"]).startswith(f"{case_number}: beslut slutar ")
    assert str(ends.year) in str(event["SUMMARY"])
    assert str(event["TRANSP"]) == "TRANSPARENT"
    # Neither who it is nor, in whosever calendar it may lie, with which team.
    told = answer.data.replace(b"\r\n ", b"").upper()
    for word in ("Elsa", "Nyström", "osa", str(handoff), handoff.hex):
        assert word.upper().encode() not in told


def test_without_anybody_there_is_no_file_to_fetch_but_an_empty_calendar(ritva: Visitor) -> None:
    assert "osa.ics" not in ritva.get("/overlamningar/osa").text
    assert events_in(ritva.get("/overlamningar/osa.ics").data) == []


def test_a_date_that_cannot_be_is_told_at_its_field_and_nothing_typed_is_lost(
    ritva: Visitor,
) -> None:
    handoff = _taken_on(ritva, "osa")
    form = {
        "version": _version(ritva, handoff),
        "training_from": "2026-01-02",
        "employed_from": "2026-03-01",
        "ended_on": "2026-02-01",
        "decision_from": ["2026-01-05", "2026-06-01", ""],
        "decision_to": ["2026-05-31", "2026-05-01", ""],
        "decision_answer": ["yes", "no", "pending"],
        "pause_from": ["2026-04-01", ""],
        "pause_to": ["2026-04-10", ""],
    }

    refused = _post(ritva, f"/overlamningar/{handoff}/osa", **form)

    assert refused.status_code == 422
    page = refused.text
    for name in ("training_from", "employed_from", "ended_on"):
        assert re.search(rf'name="{name}"[^>]* value="{form[name]}"', page)
    typed = re.findall(r'name="(?:decision|pause)_(?:from|to)" type="date" value="([^"]+)"', page)
    assert typed == [
        "2026-01-05", "2026-05-31", "2026-06-01", "2026-05-01", "2026-04-01", "2026-04-10",
    ]  # fmt: skip
    # Each stands once in the summary and once beside its field.
    assert page.count("Avslutad kan inte vara före Anställd från.") == 2
    assert page.count("Till kan inte vara före Från på samma rad.") == 2
    assert 'href="#decision_to-2">Beslut 2, till:' in page
    assert 'id="decision_to-2-error"' in page
    assert page.count("ds-validation-message") == 2


def test_what_somebody_else_has_written_meanwhile_is_not_written_over(ritva: Visitor) -> None:
    handoff = _taken_on(ritva, "osa")

    stale = _post(ritva, f"/overlamningar/{handoff}/osa", version="1", employed_from="2026-03-01")

    assert stale.status_code == 412


def test_jobbteamet_writes_who_supports_and_counts_the_others(daniel: Visitor) -> None:
    handoff = _taken_on(daniel, "jobbteamet")
    form = {"version": _version(daniel, handoff), "specialist_id": str(daniel.user.id)}

    assert _post(daniel, f"/overlamningar/{handoff}/stod", **form).status_code == 303
    _post(daniel, "/overlamningar/ovriga", active="14", percent="100")

    page = daniel.get("/overlamningar").text
    assert "15 av 20" in page
    assert "varav 14 från annat håll" in page


@pytest.mark.parametrize("active", ["många", "9" * 5000, "-1", ""])
def test_a_count_that_is_none_is_told(daniel: Visitor, active: str) -> None:
    answer = _post(daniel, "/overlamningar/ovriga", active=active)

    assert answer.status_code == 303
    assert "är inte räknade" in daniel.get("/overlamningar").text


def test_a_page_of_another_team_is_not_there(daniel: Visitor, ritva: Visitor) -> None:
    assert daniel.get("/overlamningar/osa").status_code == 404
    assert daniel.get("/overlamningar/osa.ics").status_code == 404
    assert _post(ritva, "/overlamningar/ovriga", active="1").status_code == 404


def test_the_dates_have_the_meeting_that_is_booked_and_what_was_taken_back(ritva: Visitor) -> None:
    handoff, other = _taken_on(ritva, "osa"), _taken_on(ritva, "osa")
    by = actor_named(ritva.user.username)
    do(by, handoff, "first-meeting", state="booked", at="2198-10-31T10:30:00+01:00")
    sender = actor_with_id(kept(other).created_by)
    assert sender is not None
    consents.withdraw(by=sender, id=kept(other).consent_id)

    returned = _taken_on(ritva, "osa", "return")

    page = ritva.get("/overlamningar/osa").text

    assert "Ni har bett om mer" in page.partition(f'href="/overlamningar/{returned}"')[2]
    assert "31 oktober 2198 10:30" in page
    first, _, rest = page.partition(f'href="/overlamningar/{handoff}"')
    assert f'href="/overlamningar/{other}"' in first
    assert "Det som ni har läst får inte användas" in first
    assert "Det som ni har läst får inte användas" not in rest
