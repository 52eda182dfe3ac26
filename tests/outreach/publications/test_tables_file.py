"""A frozen report as a spreadsheet: in the words of its day, whoever reads it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from outreach.publications.tables_file import FrozenLabels, csv_of, labels_of, period_in
from outreach.sites import service as sites

_LABELS = {"site": {"hagalund": {"sv": "Hagalund som det hette", "en": "Hagalund of old"}}}


def _document(**more: Any) -> dict[str, Any]:
    key = {"site": "hagalund", "activity": "total"}
    cell = {"key": key, "value": 12, "status": "ok"}
    places = [
        {**cell, "key": {"site": site, "activity": activity}}
        for site in ("hagalund", "residual", "total")
        for activity in ("residual", "total")
    ]
    return {
        "period": {"from": "2026-01-01", "to": "2026-08-31"},
        "data_as_of": "2026-09-08T01:30:00Z",
        "frozen_at": "2026-09-08T08:00:00Z",
        "frozen_by": "=Eva",
        "version": 2,
        "checksum": "abc",
        "figures": [],
        "tables": [
            {
                "id": "contacts_site_activity",
                "measure": "contacts",
                "title": "Kontakter per plats och verksamhet",
                "dimensions": [
                    {"name": "site", "values": ["hagalund"]},
                    {"name": "activity", "values": []},
                ],
                "cells": places,
            }
        ],
    } | more


@pytest.mark.parametrize("language", ["sv", "en"])
def test_it_is_swedish_and_in_the_words_of_its_day_whoever_asks(app: Flask, language: str) -> None:
    with app.test_request_context(), force_locale(language):
        file = csv_of(_document(dnr="SN/2026:17", note="Rättat"), _LABELS).decode("utf-8-sig")

    lines = file.split("\r\n")
    assert lines[:5] == [
        "Fastställd;8 sep. 2026 10:00;'=Eva",
        "Version;2",
        "Dnr;SN/2026:17",
        "Anmärkning;Rättat",
        "Kontrollsumma (SHA-256);abc",
    ]
    assert "Hagalund som det hette;12;12" in lines


def test_a_code_without_a_label_is_called_by_itself(app: Flask) -> None:
    labels = FrozenLabels(_LABELS)

    assert labels.label("site", "hagalund", "en") == "Hagalund of old"
    assert labels.label("site", "hagalund", "de") == "Hagalund som det hette"
    assert labels.label("gender", "woman", "sv") == "woman"
    with app.app_context():
        assert labels_of(sites.code_lists())["gender"]["woman"] == {"sv": "Kvinna", "en": "Woman"}
    assert str(period_in(_document())) == "2026-01-01..2026-08-31"
