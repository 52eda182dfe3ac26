"""The directory's pages: found by need, kept with nothing typed lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from outreach.directory.models import DirectoryEntry
from outreach.foundation import clock
from outreach.foundation.database import db
from tests.builders import Visitor, uuid7

SignIn = Callable[..., Visitor]
Entry = Callable[..., dict[str, Any]]


@pytest.fixture
def keeper(signed_in: SignIn) -> Visitor:
    """The administrator's browser."""
    return signed_in(role="administrator", sites=(), committee=None)


def _form(**said: Any) -> dict[str, Any]:
    return {
        "id": str(uuid7()),
        "target": "syv",
        "name": "Vägledningen",
        "for_whom": "Alla som undrar.",
        "needs": ["study_guidance"],
        "min_age": "16",
        "resident": "1",
        "hours": "Måndag 9–16\r\nTisdag 9–12",
        "valid_from": "2025-01-01",
    } | said


def _post(visitor: Visitor, path: str, form: dict[str, Any]) -> Any:
    return visitor.client.post(path, data=form, headers=visitor.headers)


def test_a_caseworker_finds_where_to_send_somebody_by_need(
    keeper: Visitor, signed_in: SignIn, an_entry: Entry
) -> None:
    keeper.send("directory", an_entry(name="Språkhuset", needs=["language"]))
    keeper.send("directory", an_entry(name="Företagshuset", needs=["start_business"]))
    worker = signed_in()

    everything = worker.get("/vart").text
    language = worker.get("/vart?behov=language").text

    assert "Språkhuset" in everything
    assert "Företagshuset" in everything
    assert "Språkhuset" in language
    assert "Företagshuset" not in language
    assert "Minst 16 år. Bor i Solna" in language
    assert 'href="tel:0846500401"' in language


def test_an_unknown_need_shows_everything(keeper: Visitor, an_entry: Entry) -> None:
    keeper.send("directory", an_entry(name="Språkhuset"))

    assert "Språkhuset" in keeper.get("/vart?behov=gossip").text


def test_an_old_entry_says_kontrollera(keeper: Visitor, signed_in: SignIn, an_entry: Entry) -> None:
    keeper.send("directory", an_entry())
    worker = signed_in()
    fresh = worker.get("/vart").text
    db.session.execute(
        sa.update(DirectoryEntry).values(checked_on=clock.today() - timedelta(days=181))
    )
    db.session.commit()

    assert "Kontrollera<" not in fresh
    assert "Kontrollera<" in worker.get("/vart").text


def test_the_administrator_adds_an_entry_by_its_form(keeper: Visitor) -> None:
    answer = _post(keeper, "/katalog", _form())

    assert answer.status_code == 303
    row = db.session.scalars(sa.select(DirectoryEntry)).one()
    assert (row.name, row.min_age, row.max_age, row.resident) == ("Vägledningen", 16, None, True)
    assert row.hours == "Måndag 9–16\nTisdag 9–12"
    assert row.phone is None


def test_a_refused_form_tells_each_fault_and_keeps_all_that_was_typed(keeper: Visitor) -> None:
    answer = _post(
        keeper,
        "/katalog",
        _form(name="", phone="växeln", min_age="40", max_age="20", bring="Betyg & intyg"),
    )

    assert answer.status_code == 422
    page = answer.text
    for name in ("name", "phone", "max_age"):
        assert f'id="{name}-error"' in page
    assert 'value="växeln"' in page
    assert "Betyg &amp; intyg" in page
    assert "Alla som undrar." in page
    assert 'value="study_guidance" checked' in page
    assert 'value="1" checked' in page
    assert db.session.scalar(sa.select(sa.func.count()).select_from(DirectoryEntry)) == 0


def test_an_age_that_is_no_number_is_told_beside_the_field(keeper: Visitor) -> None:
    answer = _post(keeper, "/katalog", _form(min_age="sexton"))

    assert answer.status_code == 422
    assert 'id="min_age-error"' in answer.text
    assert 'value="sexton"' in answer.text


def test_a_change_by_its_form_empties_what_was_emptied(keeper: Visitor, an_entry: Entry) -> None:
    sent = an_entry()
    keeper.send("directory", sent)

    answer = _post(keeper, f"/katalog/{sent['id']}", _form(version="1", hours=""))

    assert answer.status_code == 303
    row = keeper.get(f"directory/{sent['id']}").get_json()
    assert (row["phone"], row["hours"], row["languages"]) == (None, None, [])
    assert row["target"] == "syv"


def test_a_stale_form_is_told_so_and_keeps_what_was_typed(keeper: Visitor, an_entry: Entry) -> None:
    sent = an_entry()
    keeper.send("directory", sent)

    answer = _post(keeper, f"/katalog/{sent['id']}", _form(version="9", name="Mitt namn"))

    assert answer.status_code == 412
    assert "Någon annan har ändrat under tiden" in answer.text
    assert 'value="Mitt namn"' in answer.text


def test_an_emptied_name_is_refused_on_a_change(keeper: Visitor, an_entry: Entry) -> None:
    sent = an_entry()
    keeper.send("directory", sent)

    answer = _post(keeper, f"/katalog/{sent['id']}", _form(version="1", name=""))

    assert answer.status_code == 422
    assert 'id="name-error"' in answer.text


def test_the_editor_shows_what_needs_checking_first_and_what_is_retired_last(
    keeper: Visitor, an_entry: Entry
) -> None:
    keeper.send("directory", an_entry(name="Aldrig gammal"))
    old = an_entry(name="Öldrig")
    keeper.send("directory", old)
    db.session.execute(
        sa.update(DirectoryEntry).where(DirectoryEntry.id == old["id"]).values(checked_on=None)
    )
    db.session.commit()
    keeper.send("directory", an_entry(name="Borta", valid_to="2025-02-01"))

    page = keeper.get("/katalog").text

    assert page.index("Öldrig") < page.index("Aldrig gammal") < page.index("Borta")


def test_checked_today_and_retired_by_one_button_each(keeper: Visitor, an_entry: Entry) -> None:
    sent = an_entry()
    keeper.send("directory", sent)
    db.session.execute(sa.update(DirectoryEntry).values(checked_on=None))
    db.session.commit()

    checked = _post(keeper, f"/katalog/{sent['id']}/kontrollerad", {})
    retired = _post(keeper, f"/katalog/{sent['id']}/avsluta", {})

    assert (checked.status_code, retired.status_code) == (303, 303)
    row = keeper.get(f"directory/{sent['id']}").get_json()
    assert row["checked_on"] == row["valid_to"] == clock.today().isoformat()
    assert "visas till och med i dag" in keeper.get("/katalog").text
