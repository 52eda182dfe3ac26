"""Code lists and places over HTTP: codes are for ever, choices are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from outreach.audit.models import AuditEntry
from outreach.foundation import clock
from outreach.foundation.database import db
from outreach.sites import service
from tests.builders import Visitor, a_contact, uuid7

SignIn = Callable[..., Visitor]


def _a_topic(**said: Any) -> dict[str, Any]:
    return {
        "code": "housing",
        "label_sv": "Bostad",
        "label_en": "Housing",
        "valid_from": "2025-01-01",
    } | said


def _revision(visitor: Visitor) -> str:
    return f'"{visitor.get("codes").get_json()["revision"]}"'


def _audited(kind: str) -> list[tuple[str, str | None]]:
    rows = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.kind == kind).order_by(AuditEntry.id)
    )
    return [(row.action, row.object_id) for row in rows]


def test_a_new_code_can_be_chosen_at_once(administrator: Visitor, signed_in: SignIn) -> None:
    worker = signed_in()
    before = worker.send("contacts", a_contact(topics=["housing"])).status_code

    answer = administrator.send("codes/topic", _a_topic())
    again = administrator.send("codes/topic", _a_topic())
    other = administrator.send("codes/topic", _a_topic(label_sv="Boende"))

    assert before == 422
    assert (answer.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert worker.send("contacts", a_contact(topics=["housing"])).status_code == 201
    assert administrator.get("codes").get_json()["lists"]["topic"][-1]["code"] == "housing"
    assert _audited("code") == [("create", "topic/housing")]


def test_a_retired_code_stays_on_what_is_recorded_and_in_the_lists(
    administrator: Visitor, signed_in: SignIn
) -> None:
    worker = signed_in()
    sent = a_contact(topics=["cv"])
    worker.send("contacts", sent)
    yesterday = (clock.today() - timedelta(days=1)).isoformat()

    answer = administrator.send(
        "codes/topic/cv", {"valid_to": yesterday}, method="PATCH", If_Match=_revision(administrator)
    )

    assert answer.get_json()["valid_to"] == yesterday
    assert worker.send("contacts", a_contact(topics=["cv"])).status_code == 422
    assert worker.get(f"contacts/{sent['id']}").get_json()["topics"] == ["cv"]
    listed = administrator.get("codes").get_json()["lists"]["topic"]
    assert next(code["label_sv"] for code in listed if code["code"] == "cv") == "CV och ansökan"


def test_a_code_that_the_program_needs_cannot_be_retired(administrator: Visitor) -> None:
    answer = administrator.send(
        "codes/gender/unknown",
        {"valid_to": "2026-01-01"},
        method="PATCH",
        If_Match=_revision(administrator),
    )

    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == ["/valid_to"]


@pytest.mark.parametrize("list_name", ["gender", "age_band", "contact_type", "activity"])
def test_a_closed_list_takes_no_new_code(administrator: Visitor, list_name: str) -> None:
    answer = administrator.send(f"codes/{list_name}", _a_topic())

    assert answer.get_json()["type"] == "/problems/closed-list"


def test_a_code_never_changes_and_every_fault_is_told(administrator: Visitor) -> None:
    answer = administrator.send(
        "codes/topic/cv",
        {"code": "resume", "label_sv": "", "valid_to": "2024-01-01", "position": -1},
        method="PATCH",
        If_Match=_revision(administrator),
    )

    assert {fault["pointer"] for fault in answer.get_json()["errors"]} == {
        "/code",
        "/label_sv",
        "/position",
        "/valid_to",
    }


def test_a_change_of_a_code_names_the_revision_it_was_made_from(administrator: Visitor) -> None:
    change = {"label_sv": "CV"}
    before = _revision(administrator)
    administrator.send("codes/topic", _a_topic())

    without = administrator.send("codes/topic/cv", change, method="PATCH")
    stale = administrator.send("codes/topic/cv", change, method="PATCH", If_Match=before)
    fresh = administrator.send(
        "codes/topic/cv", change, method="PATCH", If_Match=_revision(administrator)
    )

    assert (without.status_code, stale.status_code, fresh.status_code) == (428, 412, 200)


def test_an_unknown_list_or_code_is_not_found(administrator: Visitor) -> None:
    assert administrator.send("codes/colour", _a_topic()).status_code == 404
    answer = administrator.send(
        "codes/topic/golf", {"label_sv": "X"}, method="PATCH", If_Match=_revision(administrator)
    )
    assert answer.status_code == 404


def test_a_new_site_takes_contacts_when_a_committee_answers_for_it(
    administrator: Visitor, signed_in: SignIn
) -> None:
    worker = signed_in(sites=("ritorp",))
    duty = {
        "id": str(uuid7()), "site": "ritorp", "activity": "open", "committee": "SN",
        "valid_from": "2025-01-01",
    }  # fmt: skip

    site = administrator.send(
        "codes/site", _a_topic(code="ritorp", label_sv="Ritorp", label_en="Ritorp")
    )
    before = worker.send("contacts", a_contact(site="ritorp")).status_code
    added = administrator.send("duties", duty)
    again = administrator.send("duties", duty)
    answer = worker.send("contacts", a_contact(site="ritorp"))

    assert (site.status_code, before, added.status_code, again.status_code) == (201, 422, 201, 200)
    assert answer.get_json()["committee"] == "SN"


def test_two_committees_never_answer_for_one_activity_at_one_site_the_same_day(
    administrator: Visitor,
) -> None:
    duty = {
        "id": str(uuid7()), "site": "hagalund", "activity": "open", "committee": "SN",
        "valid_from": "2027-01-01",
    }  # fmt: skip
    held = next(
        row
        for row in administrator.get("duties").get_json()["items"]
        if (row["site"], row["activity"]) == ("hagalund", "open")
    )

    overlapping = administrator.send("duties", duty)
    ended = administrator.send(f"duties/{held['id']}/end", {"valid_to": "2026-12-31"})
    added = administrator.send("duties", duty)
    reopened = administrator.send(f"duties/{held['id']}/end", {"valid_to": None})

    assert [fault["pointer"] for fault in overlapping.get_json()["errors"]] == ["/valid_from"]
    assert (ended.status_code, added.status_code, reopened.status_code) == (200, 201, 422)
    assert [action for action, _ in _audited("duty")] == ["end", "create"]


def _duty_of(visitor: Visitor, site: str, activity: str) -> dict[str, Any]:
    return next(
        row
        for row in visitor.get("duties").get_json()["items"]
        if (row["site"], row["activity"]) == (site, activity)
    )


def test_where_no_identity_is_recorded_is_the_committees_to_decide(administrator: Visitor) -> None:
    held = _duty_of(administrator, "hagalund", "outreach")
    address = f"duties/{held['id']}/identity"

    decided = administrator.send(address, {"identity_recorded": False})
    again = administrator.send(address, {"identity_recorded": False})
    lists = service.code_lists()

    assert held["identity_recorded"] is True
    assert decided.get_json() == again.get_json() == held | {"identity_recorded": False}
    assert not lists.may_identify("hagalund", "outreach", clock.today())
    assert lists.may_identify("hagalund", "open", clock.today())
    assert _audited("duty") == [("change", held["id"])]
    administrator.send(address, {"identity_recorded": True})
    assert service.code_lists().may_identify("hagalund", "outreach", clock.today())


def test_a_decision_about_identity_is_yes_or_no(administrator: Visitor) -> None:
    held = _duty_of(administrator, "hagalund", "open")

    for said in ({}, {"identity_recorded": None}, {"identity_recorded": "no"}):
        answer = administrator.send(f"duties/{held['id']}/identity", said)
        assert [fault["pointer"] for fault in answer.get_json()["errors"]] == ["/identity_recorded"]
    unknown = administrator.send(f"duties/{uuid7()}/identity", {"identity_recorded": False})
    assert unknown.status_code == 404


def test_a_duty_may_begin_with_no_identity_recorded(administrator: Visitor) -> None:
    duty = {
        "id": str(uuid7()), "site": "remote", "activity": "outreach", "committee": "SN",
        "valid_from": "2025-01-01", "identity_recorded": False,
    }  # fmt: skip

    assert administrator.send("duties", duty).status_code == 201
    assert _duty_of(administrator, "remote", "outreach")["identity_recorded"] is False


def test_every_fault_of_a_duty_is_told_at_once(administrator: Visitor) -> None:
    answer = administrator.send(
        "duties",
        {"id": "x", "site": "moon", "activity": "closed", "committee": "XX",
         "valid_from": "2026-02-01", "valid_to": "2026-01-01"},
    )  # fmt: skip

    assert {fault["pointer"] for fault in answer.get_json()["errors"]} == {
        "/activity",
        "/committee",
        "/id",
        "/site",
        "/valid_to",
    }
