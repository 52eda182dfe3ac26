"""Changing who somebody is: all faults at once, nothing typed lost, a conflict told with both."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from werkzeug.test import TestResponse

from outreach.accounts.service import actor_named
from outreach.audit.models import AuditEntry
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.participants import service as participants
from tests.builders import Visitor, a_number

SignIn = Callable[..., Visitor]
Identify = Callable[..., UUID]


def _by(visitor: Visitor) -> Actor:
    return actor_named(visitor.user.username)


def _typed(**said: Any) -> dict[str, Any]:
    return {
        "version": "1",
        "given_name": "Elsa",
        "family_name": "Nyström",
        "by_sms": "unknown",
        "by_call": "unknown",
        "by_email": "unknown",
        "protected": "no",
    } | said


def _change(visitor: Visitor, person: UUID, **form: Any) -> TestResponse:
    return visitor.client.post(
        f"/deltagare/{person}/andra", data=_typed(**form), headers=visitor.headers
    )


def _stands(visitor: Visitor, person: UUID) -> dict[str, Any]:
    return participants.participant(by=_by(visitor), id=person)


def test_everything_about_somebody_is_changed_at_once(
    signed_in: SignIn, identify: Identify
) -> None:
    worker = signed_in()
    person = identify(_by(worker))
    number = a_number()

    saved = _change(
        worker, person, given_name="Elsa  Maria", number=number, phone="070-174 06 05",
        email="Elsa@Example.se", language="ti", interpreter="phone", by_sms="yes", by_call="no",
        allowed=["shared_phone"], safe_hours="9–12",
    )  # fmt: skip

    assert (saved.status_code, saved.headers["Location"]) == (303, f"/deltagare/{person}")
    row = _stands(worker, person)
    assert row["given_name"] == "Elsa Maria"
    assert (row["number"], row["phone"], row["email"]) == (
        number, "+46701740605", "Elsa@example.se",
    )  # fmt: skip
    assert row["birth_date"].year == 1990
    assert row["contact_preference"] == {
        "sms": "yes", "call": "no", "email": "unknown", "leave_message": False,
        "say_where_from": False, "shared_phone": True, "safe_hours": "9–12",
    }  # fmt: skip


def test_the_form_holds_what_stands_and_saving_it_as_it_is_changes_nothing(
    signed_in: SignIn, identify: Identify
) -> None:
    worker = signed_in()
    person = identify(
        _by(worker), number=a_number(), phone="070-174 06 05", language="ti",
        contact_preference={"sms": "yes", "leave_message": True},
    )  # fmt: skip

    page = worker.get(f"/deltagare/{person}/andra").text
    fields = dict(re.findall(r'<input class="ds-input" id="(\w+)"[^>]* value="([^"]*)"', page))
    again = _change(
        worker, person, language="ti", by_sms="yes", allowed=["leave_message"], **fields
    )

    assert fields["number"] == "19900101-9802"
    assert fields["phone"] == "070-174 06 05"
    assert "birth_date" not in fields
    assert re.search(r'value="ti" selected', page)
    assert re.search(r'name="by_sms"[^>]*value="yes" checked', page)
    assert again.status_code == 303
    assert _stands(worker, person)["version"] == 1


def test_the_trail_names_the_fields_that_changed_and_no_value(
    signed_in: SignIn, identify: Identify
) -> None:
    worker = signed_in()
    person = identify(_by(worker))

    _change(worker, person, phone="070-174 06 05")

    db.session.rollback()
    wanted = sa.select(AuditEntry.details).where(
        AuditEntry.action == "change", AuditEntry.object_id == str(person)
    )
    assert list(db.session.scalars(wanted)) == [{"fields": ["phone"]}]


def test_all_that_is_wrong_is_told_at_once_and_nothing_typed_is_lost(
    signed_in: SignIn, identify: Identify
) -> None:
    worker = signed_in()
    person = identify(_by(worker))

    answer = _change(
        worker, person, given_name="", number="1990", birth_date="i går", phone="<ring>",
        email="elsa", safe_hours="9" * 81, by_sms="yes", allowed=["say_where_from"],
        protected="yes", named_workers=[],
    )  # fmt: skip

    assert answer.status_code == 422
    for name in ("given_name", "number", "birth_date", "phone", "email", "safe_hours",
                 "named_workers"):  # fmt: skip
        assert f'id="{name}-error"' in answer.text
        assert f'href="#{name}"' in answer.text
    for kept in ('value="1990"', 'value="&lt;ring&gt;"', 'value="elsa"', 'value="i går"'):
        assert kept in answer.text
    assert re.search(r'name="by_sms"[^>]*value="yes" checked', answer.text)
    assert re.search(r'value="say_where_from" checked', answer.text)
    assert _stands(worker, person)["version"] == 1


def test_a_change_of_somebody_elses_is_told_with_both_and_may_be_saved_over(
    signed_in: SignIn, identify: Identify
) -> None:
    worker = signed_in()
    person = identify(_by(worker))
    participants.change_participant(
        by=_by(worker), id=person, expected=1, given={"phone": "08-465 004 00", "language": "ti"}
    )

    stale = _change(worker, person, phone="070-174 06 05")
    told = stale.text.partition('class="differing"')[2].partition("</dl>")[0]
    again = _change(worker, person, phone="070-174 06 05", version="2")

    assert stale.status_code == 412
    for words in ("Telefon", "070-174 06 05", "0846500400", "Språk", "Tigrinja"):
        assert words in told
    assert "Förnamn" not in told
    assert 'value="070-174 06 05"' in stale.text
    assert 'name="version" value="2"' in stale.text
    assert again.status_code == 303
    assert _stands(worker, person)["phone"] == "+46701740605"


def test_a_form_that_names_no_version_is_told_so(signed_in: SignIn, identify: Identify) -> None:
    worker = signed_in()
    person = identify(_by(worker))

    assert _change(worker, person, version="x").status_code == 412


def test_a_protected_person_is_for_the_named_from_then_on(
    signed_in: SignIn, identify: Identify
) -> None:
    worker, colleague, outsider = signed_in(), signed_in(), signed_in(committee="SN")
    person = identify(_by(worker))
    address = f"/deltagare/{person}"

    page = worker.get(f"{address}/andra").text
    without_oneself = _change(
        worker, person, protected="yes", named_workers=[str(colleague.user.id)]
    )
    saved = _change(
        worker, person, protected="yes",
        named_workers=[str(worker.user.id), str(colleague.user.id)],
    )  # fmt: skip

    assert str(colleague.user.id) in page
    assert str(outsider.user.id) not in page
    assert without_oneself.status_code == 422
    assert "Ta med dig själv" in without_oneself.text
    assert saved.status_code == 303
    assert colleague.get(address).status_code == 200
    assert signed_in().get(address).status_code == 404
    assert "Skyddade personuppgifter" in worker.get(address).text
    lifted = _change(worker, person, protected="no", version="2")
    assert lifted.status_code == 303
    assert _stands(worker, person)["protected"] is False
