"""The page for what others count: typed, pasted or fetched; what is wrong stands in its place."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from outreach.reported import figures
from tests.builders import Visitor, an_actor, uuid7
from tests.kolada_server import kolada_server

SignIn = Callable[..., Visitor]

_PAGE = "/siffror/underlag"
_PERIOD = "2026-01-01..2026-08-31"


@pytest.fixture(autouse=True)
def _september(app: Flask) -> Iterator[None]:
    del app
    with time_machine.travel(datetime(2026, 9, 8, 8, 0, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def analyst(app: Flask, signed_in: SignIn) -> Visitor:
    del app
    return signed_in(role="analyst", sites=(), committee=None)


def _post(visitor: Visitor, path: str, form: dict[str, Any]) -> TestResponse:
    return visitor.client.post(path, data=form, headers=visitor.headers)


def _row(number: int = 0, **said: str) -> dict[str, str]:
    row = {
        "id": str(uuid7()), "figure": "KN1", "period": _PERIOD, "unit": "Jobbfabriken Unga",
        "numerator": "30", "denominator": "60", "source": "E-post 3 sept",
    } | said  # fmt: skip
    return {f"rows-{number}-{name}": text for name, text in row.items()}


def _standing() -> list[tuple[str, str | None, object]]:
    by = an_actor(role="analyst", sites=(), committee=None)
    rows = figures.standing(by=by, figures=("KN1", "KN2", "KN3", "KN4", "KN5"))
    return [(row["figure"], row["unit"], row["value"] or row["numerator"]) for row in rows]


def test_a_value_is_typed_and_stands_on_the_page(analyst: Visitor) -> None:
    form = _row(note="Preliminärt")

    answers = [_post(analyst, _PAGE, form) for _ in range(2)]

    assert [each.status_code for each in answers] == [303, 303]
    page = analyst.get(_PAGE).text
    assert "1 värde sparat." in page
    assert re.search(r"30 av 60</td>\s*<td>E-post 3 sept<br><span[^>]*>Preliminärt", page)
    assert _standing() == [("KN1", "Jobbfabriken Unga", 30)]


def test_what_cannot_be_saved_is_shown_as_it_was_typed_with_all_that_is_wrong(
    analyst: Visitor,
) -> None:
    form = _row(numerator="61", source="", note="Från Eva")

    answer = _post(analyst, _PAGE, form)

    assert answer.status_code == 422
    assert "Täljaren är större än nämnaren." in answer.text
    assert 'href="#rows-0-numerator"' in answer.text
    assert 'href="#rows-0-source"' in answer.text
    for typed in ('value="61"', 'value="60"', 'value="Jobbfabriken Unga"', 'value="Från Eva"'):
        assert typed in answer.text
    assert f'<option value="{_PERIOD}" selected>' in answer.text


def test_of_several_rows_the_good_ones_are_saved_and_the_others_stay(analyst: Visitor) -> None:
    form = (
        _row()
        | _row(1, unit="Etableringen", numerator="many")
        | _row(2, figure="KN2", unit="", numerator="", denominator="", value="352")
    )

    answer = _post(analyst, _PAGE, form)

    assert answer.status_code == 422
    assert "2 värden sparade." in answer.text
    assert 'name="rows-1-id"' not in answer.text
    assert 'value="many"' in answer.text
    again = dict(re.findall(r'name="(rows-0-id)" value="([^"]+)"', answer.text))
    repaired = _row(unit="Etableringen", numerator="12", denominator="40") | again
    assert _post(analyst, _PAGE, repaired).status_code == 303
    assert {row[1] for row in _standing()} == {"Jobbfabriken Unga", "Etableringen", None}


_PASTED = (
    "Siffra\tEnhet\tTäljare\tNämnare\nKN1\tJobbfabriken Unga\t30\t60\nKN1\tEtableringen\t12\t40"
)


def _paste(visitor: Visitor, text: str, **more: Any) -> TestResponse:
    form = {"pasted": text, "usual-period": _PERIOD, "usual-source": "Excel från Eva"}
    return _post(visitor, f"{_PAGE}/rader", {**form, "batch": str(uuid7()), **more})


def test_cells_that_are_pasted_are_saved_with_the_period_and_source_chosen_beside_them(
    analyst: Visitor,
) -> None:
    batch = str(uuid7())

    answers = [_paste(analyst, _PASTED, batch=batch) for _ in range(2)]

    assert [each.status_code for each in answers] == [303, 303]
    assert [row[1:] for row in _standing()] == [("Etableringen", 12), ("Jobbfabriken Unga", 30)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_file_is_read_as_excel_writes_it(analyst: Visitor, encoding: str) -> None:
    text = "Siffra;Period;Enhet;Täljare;Nämnare;Källa\r\n"
    text += f"KN1;{_PERIOD};Vägledning för unga;1 030;2 060;Räknat för hand\r\n"
    file = (io.BytesIO(text.encode(encoding)), "underlag.csv")

    assert _paste(analyst, "", file=file).status_code == 303
    assert _standing() == [("KN1", "Vägledning för unga", 1030)]


def test_rows_that_are_wrong_become_a_form_and_the_others_are_saved(analyst: Visitor) -> None:
    answer = _paste(analyst, _PASTED.replace("12", "fler"))

    assert answer.status_code == 422
    assert "1 värde sparat." in answer.text
    assert 'value="fler"' in answer.text
    assert 'value="Etableringen"' in answer.text


def test_a_period_that_is_none_of_the_list_is_shown_as_it_came(analyst: Visitor) -> None:
    text = "Siffra;Period;Enhet;Täljare;Nämnare\nKN1;januari–augusti;Unga;30;60"

    answer = _paste(analyst, text)

    assert answer.status_code == 422
    assert '<option value="januari–augusti" selected>' in answer.text
    assert "Skriv perioden som" in answer.text


@pytest.mark.parametrize(
    ("text", "file", "told"),
    [
        ("", b"", "Klistra in minst en rad"),
        ("Siffra;Pris\nKN1;3", b"", "Kolumnen ”Pris” finns inte här."),
        ("", b"PK\x03\x04 and more", "Det är en Excelfil."),
    ],
)
def test_what_cannot_be_read_at_all_stays_where_it_was_pasted(
    analyst: Visitor, text: str, file: bytes, told: str
) -> None:
    answer = _paste(analyst, text, file=(io.BytesIO(file), "underlag.xlsx"))

    assert answer.status_code == 422
    assert told in answer.text
    assert f">{text}</textarea>" in answer.text


def _entered(analyst: Visitor) -> str:
    _post(analyst, _PAGE, _row())
    found = re.search(rf'href="{_PAGE}/([0-9a-f-]+)"', analyst.get(_PAGE).text)
    assert found is not None
    return found[1]


def test_a_value_is_put_right_and_taken_away(analyst: Visitor) -> None:
    there = _entered(analyst)
    form = analyst.get(f"{_PAGE}/{there}").text
    assert 'value="30"' in form

    wrong = _post(analyst, f"{_PAGE}/{there}", _row(numerator="61"))
    right = _post(analyst, f"{_PAGE}/{there}", _row(numerator="31"))

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert _standing() == [("KN1", "Jobbfabriken Unga", 31)]
    assert analyst.get(f"{_PAGE}/{there}").status_code == 404
    found = re.search(rf'action="({_PAGE}/[0-9a-f-]+/ta-bort)"', analyst.get(_PAGE).text)
    assert found is not None
    assert _post(analyst, found[1], {}).status_code == 303
    assert _standing() == []


def test_a_percent_is_shown_to_be_put_right_as_it_was_typed(analyst: Visitor) -> None:
    year = "2025-01-01..2025-12-31"
    form = _row(figure="KN3", period=year, unit="", numerator="", denominator="", value="6,10")
    _post(analyst, _PAGE, form)
    page = analyst.get(_PAGE).text
    found = re.search(rf'href="({_PAGE}/[0-9a-f-]+)"', page)
    assert found is not None

    assert '<td class="numbers">6,1</td>' in page
    assert 'value="6,10"' in analyst.get(found[1]).text


def test_a_correction_without_a_row_is_nothing(analyst: Visitor) -> None:
    there = _entered(analyst)

    assert _post(analyst, f"{_PAGE}/{there}", {}).status_code == 404


def test_kolada_is_asked_by_a_touch_and_says_what_came(
    app: Flask, analyst: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kolada_server() as kolada:
        kolada.held = {("N03937", 2025): 6.1}
        monkeypatch.setitem(app.config, "KOLADA_URL", kolada.url)
        answer = _post(analyst, f"{_PAGE}/kolada", {})
        page = analyst.get(_PAGE).text
        kolada.mood = "away"
        silent = _post(analyst, f"{_PAGE}/kolada", {})
        told = analyst.get(_PAGE).text

    assert answer.status_code == 303
    assert "Från Kolada: 1 nya, 0 ändrade, 0 som förut, 0 borttagna." in page
    assert silent.status_code == 303
    assert "Kolada svarade inte. Ingenting är ändrat." in told


def test_what_others_count_stands_beside_our_own_figures(
    app: Flask, analyst: Visitor, signed_in: SignIn
) -> None:
    del app
    supervisor = signed_in(role="supervisor", sites=(), committee="KN")
    _post(analyst, _PAGE, _row())
    for figure, value in (("KN2", "352"), ("KN3", "6,1")):
        period = _PERIOD if figure == "KN2" else "2025-01-01..2025-12-31"
        row = {"figure": figure, "period": period, "value": value, "unit": "", "source": "Kolada"}
        _post(analyst, _PAGE, _row(0, numerator="", denominator="", **row))

    asked = {"query_string": {"from": "2026-01-01", "to": "2026-08-31", "raw": "true"}}
    page = supervisor.get("/siffror", **asked).text
    file = supervisor.get("/siffror.csv", **asked).text

    assert re.search(r"30 av 60", page)
    assert "Ej avdubblerad mellan enheterna" in page
    assert re.search(r'figure__number">352 <span class="figure__unit">erbjudanden<', page)
    assert re.search(r'figure__number">6,1 <span class="figure__unit">procent, 2025<', page)
    assert "Källa: Kolada" in page
    assert "\r\n;N03937 2025;6,1\r\n" in file
    assert "\r\n;Jobbfabriken Unga;50,0;30;60\r\n" in file
