"""The pages of tablets."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from outreach.devices import one_time, service
from outreach.foundation import clock
from outreach.foundation.actor import system
from tests.builders import Visitor, a_tablet, commit, uuid7

SignedIn = Callable[..., Visitor]
BY = system("test")
_CODE = re.compile(rf"\b[{one_time.ALPHABET}]{{4}}-[{one_time.ALPHABET}]{{4}}\b")


def _post(visitor: Visitor, path: str, **form: Any) -> TestResponse:
    return visitor.client.post(path, data=form, headers=visitor.headers)


def _form(**said: str) -> dict[str, str]:
    return {"id": str(uuid7()), "site": "hagalund", "names": "Hagalund 1"} | said


def _codes(page: TestResponse) -> list[str]:
    return _CODE.findall(page.text)


def test_several_tablets_are_entered_at_once_and_each_has_its_code_on_the_sheet(
    app: Flask, administrator: Visitor
) -> None:
    names = "Hagalund 1\r\n\r\n  Hagalund 2 \nHagalund 3\n"

    sheet = _post(administrator, "/plattor", **_form(names=names))

    assert sheet.status_code == 201
    codes = _codes(sheet)
    assert len(set(codes)) == 3
    assert sheet.text.count("<svg") >= 3
    assert "http://localhost/platta" in sheet.text
    kept = [
        app.test_client().post("/api/v1/devices/enrolments", json={"code": code}).get_json()
        for code in codes
    ]
    assert [each["name"] for each in kept] == ["Hagalund 1", "Hagalund 2", "Hagalund 3"]


def test_the_same_form_sent_twice_enters_no_tablet_twice(administrator: Visitor) -> None:
    form = _form(names="Hagalund 1\nHagalund 2")

    first, second = (_post(administrator, "/plattor", **form) for _ in range(2))

    commit()
    assert len(service.devices(by=BY)) == 2
    assert not set(_codes(first)) & set(_codes(second))


def test_a_code_is_shown_on_its_sheet_and_nowhere_else(administrator: Visitor) -> None:
    (code,) = _codes(_post(administrator, "/plattor", **_form()))
    commit()
    (row,) = service.devices(by=BY)

    for path in ("/plattor", f"/plattor/{row['id']}"):
        assert code not in administrator.get(path).text


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"names": " \n "}, "names"),
        ({"names": "x" * 81}, "names"),
        ({"names": "\n".join(["x"] * 51)}, "names"),
        ({"site": ""}, "site"),
        ({"site": "ingenstans"}, "site"),
    ],
)
def test_a_faulty_form_enters_nothing_and_keeps_what_was_typed(
    administrator: Visitor, said: dict[str, str], field: str
) -> None:
    answer = _post(administrator, "/plattor", **_form(**said))

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    commit()
    assert service.devices(by=BY) == []
    if field == "site":
        assert "Hagalund 1" in answer.text


def test_the_list_tells_how_each_tablet_is_doing(administrator: Visitor) -> None:
    waiting, _ = service.create_device(
        by=BY, given={"id": str(uuid7()), "name": "Ny", "site": "bagartorp"}
    )
    late, fine, gone = (a_tablet(name=name)["device_id"] for name in ("Sen", "Bra", "Borta"))
    facts: dict[str, Any] = {"app_version": "1.4.0", "storage_persisted": True}
    since = clock.now() - timedelta(days=2)
    service.heard(late, pending_count=4, oldest_pending_at=since, **facts)
    service.heard(fine, pending_count=0, oldest_pending_at=None, **facts)
    service.revoke_device(by=BY, id=gone)
    commit()

    page = administrator.get("/plattor").text

    cards = page.split('<li class="card place">')[1:]
    told = {name: next(card for card in cards if f">{name}</a>" in card) for name in (
        "Ny", "Sen", "Bra", "Borta",
    )}  # fmt: skip
    assert "Väntar på att läggas in" in told["Ny"]
    assert f"/plattor/{waiting['id']}" in told["Ny"]
    assert "4 är inte skickade" in told["Sen"]
    assert "mer än ett dygn" in told["Sen"]
    assert "allt är skickat" in told["Bra"]
    assert "1.4.0" in told["Bra"]
    assert "har lovat" in told["Bra"]
    assert "place__stale" not in told["Bra"]
    assert "Spärrad" in told["Borta"]


def test_a_supervisor_reads_of_own_places_and_is_offered_nothing_to_change(
    signed_in: SignedIn,
) -> None:
    own, other = a_tablet(name="Här"), a_tablet(name="Där", site="bagartorp")
    chief = signed_in(role="supervisor", sites=("hagalund",))

    page = chief.get("/plattor").text
    one = chief.get(f"/plattor/{own['device_id']}").text

    assert "Här" in page
    assert "Där" not in page
    assert chief.get(f"/plattor/{other['device_id']}").status_code == 404
    for text in (page, one):
        assert "/plattor/ny" not in text
        assert "/personal" not in text
        assert "/sparra" not in text
        assert "/kod" not in text


def test_plattor_is_a_place_of_its_own_for_whoever_has_no_administration(
    signed_in: SignedIn, administrator: Visitor
) -> None:
    chief = signed_in(role="supervisor").get("/plattor").text
    both = signed_in(role="supervisor", roles=["supervisor", "administrator"]).get("/plattor").text
    boss = administrator.get("/plattor").text

    def places(page: str) -> dict[str, str]:
        menu = page.split('<ul class="places__list">')[1].split("</ul>", maxsplit=1)[0]
        return dict(re.findall(r'href="([^"]+)"( aria-current="\w+")?', menu))

    assert places(chief)["/plattor"] == ' aria-current="page"'
    assert "/plattor" not in places(both)
    assert "/plattor" not in places(boss)
    assert places(boss)["/personal"] == ' aria-current="true"'
    assert "/plattor" not in places(signed_in().get("/vart").text)


def test_a_new_code_is_for_the_same_tablet(app: Flask, administrator: Visitor) -> None:
    tablet = a_tablet(name="Hagalund 1")

    sheet = _post(administrator, f"/plattor/{tablet['device_id']}/kod")

    (code,) = _codes(sheet)
    kept = app.test_client().post("/api/v1/devices/enrolments", json={"code": code}).get_json()
    assert (sheet.status_code, kept["device_id"]) == (201, str(tablet["device_id"]))
    assert "Hagalund 1" in sheet.text


def test_revoking_says_what_happens_before_and_after(administrator: Visitor) -> None:
    path = f"/plattor/{a_tablet()['device_id']}"
    before = administrator.get(path).text

    answer = _post(administrator, f"{path}/sparra")

    assert "Det som inte är skickat tas emot och läggs åt sidan" in before
    assert answer.headers["Location"] == path
    after = administrator.get(path).text
    assert "Platta 1 är spärrad." in after
    assert "tas emot och läggs åt sidan" in after
    assert f"{path}/kod" not in after
    assert f"{path}/sparra" not in after
    late = _post(administrator, f"{path}/kod")
    assert late.status_code == 409


def test_whoever_is_at_the_tablet_is_asked_for_its_code_without_signing_in(
    client: FlaskClient,
) -> None:
    page = client.get("/platta")

    assert page.status_code == 200
    assert "Plattans engångskod" in page.text
    assert "Lägg till på hemskärmen" in page.text
    assert "Set-Cookie" not in page.headers
    assert 'href="/platta"' in client.get("/logga-in").text


def test_a_storage_that_is_a_tablet_already_takes_no_other_tablets_code(
    client: FlaskClient,
) -> None:
    mine, other = a_tablet(name="Min"), a_tablet(name="En annan")
    codes = {
        name: service.give_code(by=BY, id=each["device_id"])["code"]
        for name, each in (("own", mine), ("other", other))
    }
    commit()

    def enrol(code: str) -> TestResponse:
        given = {"code": code, "device_id": str(mine["device_id"])}
        return client.post("/api/v1/devices/enrolments", json=given)

    refused, taken = enrol(codes["other"]), enrol(codes["own"])

    assert (refused.status_code, refused.get_json()["type"]) == (409, "/problems/other-device")
    assert taken.get_json()["device_id"] == str(mine["device_id"])
    used = client.post("/api/v1/devices/enrolments", json={"code": codes["other"]})
    assert used.status_code == 201
