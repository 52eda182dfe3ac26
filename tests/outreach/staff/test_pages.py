"""The administrator's pages of staff and units."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Flask

from outreach.accounts.models import Unit, User
from outreach.foundation.database import db
from tests.builders import Visitor, a_second_factor, a_user, an_otp, uuid7

SignIn = Callable[..., Visitor]
Body = Callable[..., dict[str, Any]]


def _post(visitor: Visitor, path: str, **form: Any) -> Any:
    return visitor.client.post(path, data=form, headers=visitor.headers)


def test_a_person_is_added_by_the_form_and_found_by_the_search(
    administrator: Visitor, a_colleague: Body
) -> None:
    answer = _post(administrator, "/personal", **a_colleague(name="Åsa Ek"))

    assert answer.status_code == 303
    assert "Åsa Ek kan logga in nu." in administrator.get("/personal").text
    assert "Åsa Ek" in administrator.get("/personal?sok=åsa").text
    assert "Ingen heter så" in administrator.get("/personal?sok=finns-inte").text


def test_a_refused_person_is_told_why_and_keeps_everything_but_the_password(
    administrator: Visitor, a_colleague: Body
) -> None:
    answer = _post(
        administrator, "/personal", **a_colleague(password="kort", committee="", name="Åsa Ek")
    )

    assert answer.status_code == 422
    page = answer.text
    assert 'id="password-error"' in page
    assert 'id="committee-error"' in page
    assert 'value="Åsa Ek"' in page
    assert 'value="ny.kollega"' in page
    assert 'value="caseworker" checked' in page
    assert 'value="hagalund" checked' in page
    assert "kort" not in page


def test_a_change_by_the_form_writes_what_was_ticked(
    administrator: Visitor, signed_in: SignIn
) -> None:
    worker = signed_in()
    address = f"/personal/{worker.user.id}"

    answer = _post(
        administrator, address, version="1", name="Nytt Namn", committee="SN",
        roles=["caseworker", "receiver"], sites=["bagartorp"], team="osa",
    )  # fmt: skip

    assert answer.status_code == 303
    row = administrator.get(f"users/{worker.user.id}").get_json()
    assert (row["name"], row["committee"], row["team"], row["sites"]) == (
        "Nytt Namn",
        "SN",
        "osa",
        ["bagartorp"],
    )


def test_a_stale_change_is_told_and_keeps_what_was_typed(
    administrator: Visitor, signed_in: SignIn
) -> None:
    answer = _post(
        administrator, f"/personal/{signed_in().user.id}", version="8", name="Mitt Namn",
        committee="KN", roles=["caseworker"], sites=["hagalund"],
    )  # fmt: skip

    assert answer.status_code == 412
    assert "Någon annan har ändrat under tiden" in answer.text
    assert 'value="Mitt Namn"' in answer.text


def test_the_last_administrator_is_told_why_the_account_stays(administrator: Visitor) -> None:
    answer = _post(administrator, f"/personal/{administrator.user.id}/avsluta")

    assert answer.status_code == 409
    assert "Den sista systemförvaltaren måste finnas kvar" in answer.text


def test_a_person_is_signed_out_and_closed_by_buttons(
    administrator: Visitor, signed_in: SignIn
) -> None:
    worker = signed_in()
    address = f"/personal/{worker.user.id}"

    out = _post(administrator, f"{address}/logga-ut")
    gone = worker.get("me").status_code
    closed = _post(administrator, f"{address}/avsluta")

    assert (out.status_code, gone, closed.status_code) == (303, 401, 303)
    assert "Kontot avslutades" in administrator.get(address).text
    assert worker.user.name not in administrator.get("/personal").text
    assert worker.user.name in administrator.get("/personal?visa=avslutade").text


def test_a_new_password_by_the_form_is_held_to_the_rules_and_never_shown(
    administrator: Visitor, signed_in: SignIn
) -> None:
    address = f"/personal/{signed_in().user.id}/losenord"

    weak = _post(administrator, address, password="hemligt")
    empty = _post(administrator, address)
    good = _post(administrator, address, password="moln-kanna-ficka-onsdag")

    assert (weak.status_code, empty.status_code, good.status_code) == (422, 422, 303)
    assert 'id="password-error"' in weak.text
    assert "hemligt" not in weak.text


def test_a_unit_is_added_and_changed_by_its_form(administrator: Visitor) -> None:
    number = str(uuid7())
    refused = _post(administrator, "/personal/enheter", id=number, name="Enhet Väst")
    added = _post(
        administrator, "/personal/enheter", id=number, name="Enhet Väst", committee="KN",
        sites=["hagalund"],
    )  # fmt: skip
    changed = _post(
        administrator, f"/personal/enheter/{number}", version="1", name="Enhet Öst", committee="SN"
    )

    assert refused.status_code == 422
    assert 'value="Enhet Väst"' in refused.text
    assert (added.status_code, changed.status_code) == (303, 303)
    db.session.rollback()
    unit = db.session.scalars(sa.select(Unit)).one()
    assert (unit.name, unit.committee, unit.sites) == ("Enhet Öst", "SN", [])
    assert "Enhet Öst" in administrator.get("/personal").text


def test_no_persons_name_is_in_a_title(administrator: Visitor, signed_in: SignIn) -> None:
    worker = signed_in()
    page = administrator.get(f"/personal/{worker.user.id}").text

    title = page.split("<title>")[1].split("</title>")[0]
    assert worker.user.name in page
    assert worker.user.name not in title
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == 2


def test_the_page_of_a_person_tells_of_the_second_factor_and_resets_it(
    administrator: Visitor,
) -> None:
    user = a_user()
    address = f"/personal/{user.id}"
    before = administrator.get(address).text
    a_second_factor(user)
    with_factor = administrator.get(address).text

    answer = _post(administrator, f"{address}/tva-steg")

    assert "Inloggning i två steg är inte påslagen." in before
    assert f'action="{address}/tva-steg"' in with_factor
    assert answer.status_code == 303
    after = administrator.get(address).text
    assert "Inloggningen i två steg är återställd." in after
    assert f'action="{address}/tva-steg"' not in after


def test_ones_own_page_offers_no_reset_and_refuses_one(app: Flask) -> None:
    user = a_user(role="administrator", sites=(), committee=None)
    visitor = Visitor(app, user, otp=an_otp(a_second_factor(user)))
    address = f"/personal/{user.id}"

    page, answer = visitor.get(address).text, _post(visitor, f"{address}/tva-steg")

    assert "Inloggning i två steg är påslagen" in page
    assert f'action="{address}/tva-steg"' not in page
    assert answer.status_code == 403
    assert "återställer en annan systemförvaltare" in answer.text
