"""An ordinary entry of the directory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.directory.models import DirectoryEntry
from tests.builders import uuid7

Entry = Callable[..., dict[str, Any]]


@pytest.fixture
def an_entry() -> Entry:
    """A function: the body of an entry about adult education, with what the test says over it."""

    def body(**said: Any) -> dict[str, Any]:
        return {
            "id": str(uuid7()),
            "target": "komvux_sfi",
            "name": "Komvux och SFI",
            "for_whom": "Vuxna som vill läsa svenska.",
            "requirements": {"min_age": 16, "resident": True},
            "phone": "08-465 004 01",
            "hours": "Måndag 9–16\nTisdag 9–12",
            "languages": ["sv", "en"],
            "needs": ["language"],
            "url": "https://example.org/komvux",
            "valid_from": "2025-01-01",
        } | said

    return body


@pytest.fixture(autouse=True)
def _an_empty_directory(app: Flask, owner: sa.Engine) -> None:
    """Take away what the migrations ship, which the first test on a new database still finds."""
    assert app
    with owner.begin() as connection:
        connection.execute(sa.delete(DirectoryEntry))
