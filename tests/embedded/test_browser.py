from __future__ import annotations

from pathlib import Path

import pytest

from embedded import browser
from embedded.refusal import Refusal


@pytest.fixture
def a_firefox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that says that it is Firefox 153, and is the one that was chosen."""
    return _calls_itself(tmp_path, monkeypatch, "Mozilla Firefox 153.7.0esr")


def _calls_itself(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> Path:
    program = folder / "firefox"
    program.write_text(f"#!/bin/sh\necho '{name}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("FIREFOX", str(program))
    return program


def test_the_firefox_that_was_chosen_is_the_one(a_firefox: Path) -> None:
    assert browser.find_firefox() == str(a_firefox)


@pytest.mark.parametrize("name", ["Mozilla Firefox 140.12.0esr", "Chromium 156.0", ""])
def test_a_firefox_that_cannot_be_driven_is_refused_by_its_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = _calls_itself(tmp_path, monkeypatch, name)

    with pytest.raises(Refusal, match=str(program)):
        browser.find_firefox()


def test_without_a_firefox_it_is_said_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FIREFOX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Refusal, match="apt install firefox-esr"):
        browser.find_firefox()
