"""The administrator's pages of code lists and places."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from babel.dates import format_date

from outreach.foundation import clock
from tests.builders import Visitor, uuid7


def _post(visitor: Visitor, path: str, **form: Any) -> Any:
    return visitor.client.post(path, data=form, headers=visitor.headers)


def _revision(visitor: Visitor) -> int:
    return int(visitor.get("codes").get_json()["revision"])


def test_the_lists_are_shown_and_say_where_retired_codes_live_on(administrator: Visitor) -> None:
    assert "Ämnen" in administrator.get("/kodlistor").text
    page = administrator.get("/kodlistor/topic").text

    assert "CV och ansökan" in page
    assert "står kvar på det som redan är registrerat" in page
    assert administrator.get("/kodlistor/gossip").status_code == 404


def test_a_code_is_added_by_the_form_with_nothing_typed_lost(administrator: Visitor) -> None:
    form = {"code": "housing", "label_sv": "Bostad", "label_en": "", "valid_from": "2025-01-01"}

    refused = _post(administrator, "/kodlistor/topic", **form)
    added = _post(administrator, "/kodlistor/topic", **form | {"label_en": "Housing"})

    assert refused.status_code == 422
    assert 'id="label_en-error"' in refused.text
    assert 'value="Bostad"' in refused.text
    assert added.status_code == 303
    assert "Bostad" in administrator.get("/kodlistor/topic").text


def test_a_codes_text_order_and_days_change_by_the_form(administrator: Visitor) -> None:
    answer = _post(
        administrator, "/kodlistor/topic/cv", version=_revision(administrator), label_sv="CV",
        label_en="CV", position="0", valid_from="2025-01-01", valid_to="2030-12-31",
    )  # fmt: skip

    assert answer.status_code == 303
    assert "Till och med 31 december 2030" in administrator.get("/kodlistor/topic").text


def test_a_stale_or_faulty_change_of_a_code_keeps_what_was_typed(administrator: Visitor) -> None:
    form = {"label_sv": "Mitt ord", "label_en": "Mine", "valid_from": "2025-01-01"}
    address = "/kodlistor/topic/cv"

    stale = _post(administrator, address, version=_revision(administrator) + 7, **form)
    faulty = _post(
        administrator,
        address,
        version=_revision(administrator),
        **form | {"valid_to": "2024-01-01"},
    )

    assert (stale.status_code, faulty.status_code) == (412, 422)
    assert 'value="Mitt ord"' in stale.text
    assert 'value="Mitt ord"' in faulty.text
    assert 'id="valid_to-error"' in faulty.text


def test_a_code_is_retired_by_one_button(administrator: Visitor) -> None:
    answer = _post(administrator, "/kodlistor/topic/cv/avsluta", version=_revision(administrator))

    yesterday = clock.today() - timedelta(days=1)
    last = format_date(yesterday, "d MMMM y", locale="sv")
    listed = administrator.get("codes").get_json()["lists"]["topic"]
    assert answer.status_code == 303
    assert (
        next(code["valid_to"] for code in listed if code["code"] == "cv") == yesterday.isoformat()
    )
    assert f"1 januari 2025 – {last}" in administrator.get("/kodlistor/topic").text


def test_a_needed_code_has_no_button_to_retire_it(administrator: Visitor) -> None:
    page = administrator.get("/kodlistor/gender/unknown").text

    assert "Programmet behöver den här koden" in page
    assert "/avsluta" not in page


def test_a_site_and_its_duty_are_added_by_their_forms(administrator: Visitor) -> None:
    site = _post(
        administrator, "/kodlistor/site", code="ritorp", label_sv="Ritorp", label_en="Ritorp",
        valid_from="2025-01-01",
    )  # fmt: skip
    number = str(uuid7())
    refused = _post(
        administrator, "/platser/ansvar", id=number, site="ritorp", valid_from="2025-01-01"
    )
    added = _post(
        administrator, "/platser/ansvar", id=number, site="ritorp", activity="open",
        committee="SN", valid_from="2025-01-01",
    )  # fmt: skip
    ended = _post(administrator, f"/platser/ansvar/{number}", valid_to="2026-12-31")

    assert site.headers["Location"] == "/platser"
    assert refused.status_code == 422
    assert 'value="ritorp" selected' in refused.text
    assert (added.status_code, ended.status_code) == (303, 303)
    page = administrator.get("/platser").text
    assert "Öppen verksamhet: Socialnämnden" in page
    assert "till och med 31 december 2026" in page


def test_a_refused_site_keeps_what_was_typed_on_its_own_page(administrator: Visitor) -> None:
    answer = _post(administrator, "/kodlistor/site", code="Ritorp!", label_sv="Ritorp")

    assert answer.status_code == 422
    assert "Ny plats" in answer.text
    assert 'value="Ritorp!"' in answer.text


def test_a_last_day_before_the_first_is_told_beside_the_field(administrator: Visitor) -> None:
    duty = administrator.get("duties").get_json()["items"][0]

    answer = _post(administrator, f"/platser/ansvar/{duty['id']}", valid_to="2020-01-01")

    assert answer.status_code == 422
    assert 'value="2020-01-01"' in answer.text


def test_the_committees_decision_about_names_is_set_beside_its_question(
    administrator: Visitor,
) -> None:
    duty = administrator.get("duties").get_json()["items"][0]
    page = administrator.get(f"/platser/ansvar/{duty['id']}").text

    undecided = _post(administrator, f"/platser/ansvar/{duty['id']}/identitet")
    decided = _post(
        administrator, f"/platser/ansvar/{duty['id']}/identitet", identity_recorded="no"
    )

    assert "Frågan till nämnden" in page
    assert 'value="yes" checked' in page
    assert undecided.status_code == 422
    assert 'id="identity_recorded-error"' in undecided.text
    assert decided.headers["Location"] == "/platser"
    assert "inga namn skrivs in" in administrator.get("/platser").text
    assert 'value="no" checked' in administrator.get(f"/platser/ansvar/{duty['id']}").text


def test_a_new_duty_says_whether_names_are_written_down(administrator: Visitor) -> None:
    number = str(uuid7())
    form = {
        "id": number, "site": "remote", "activity": "outreach", "committee": "SN",
        "valid_from": "2025-01-01", "identity_recorded": "no",
    }  # fmt: skip

    refused = _post(administrator, "/platser/ansvar", **form | {"valid_to": "2024-01-01"})
    added = _post(administrator, "/platser/ansvar", **form)

    assert 'value="no" checked' in refused.text
    assert added.status_code == 303
    assert 'value="no" checked' in administrator.get(f"/platser/ansvar/{number}").text
