"""What was chosen for the product, as rules ask for it."""

from __future__ import annotations

import pytest
from flask import Flask

from outreach.foundation import settings


def test_a_number_is_read_as_one_however_it_was_written(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "HANDOFF_PATIENCE_DAYS", "7")

    assert settings.whole_number("HANDOFF_PATIENCE_DAYS") == 7


def test_what_there_is_no_setting_for_is_an_error(app: Flask) -> None:
    assert app

    with pytest.raises(KeyError):
        settings.whole_number("NO_SUCH_SETTING")
