"""The console's commands of figures, as a person or a script runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.audit.models import AuditEntry
from outreach.foundation import clock
from outreach.foundation.database import db
from outreach.indicators.schemas import FiguresSchema, JobSchema
from tests.builders import a_recorded_contact, an_actor, commit


def _outreach(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "outreach", *words],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _told(environment: dict[str, str], *words: str) -> dict[str, Any]:
    done = _outreach(environment, *words, "--json")
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.fixture
def _contact(app: Flask) -> None:
    del app
    a_recorded_contact(an_actor())
    commit()


@pytest.mark.usefixtures("_contact")
def test_a_night_and_then_the_figures_as_the_console_tells_them(
    environment: dict[str, str],
) -> None:
    today = clock.today()

    run = _told(environment, "nightly")
    raw = _told(environment, "figures", "--period", f"{today}..{today}", "--raw")
    gated = _told(environment, "figures", "--period", f"{today}..{today}")

    assert not JobSchema().validate(run)
    assert (run["state"], run["days"]) == ("done", [today.isoformat()])
    assert not FiguresSchema().validate(raw)
    assert raw["figures"][0]["beside"]["contacts"] == 1
    assert gated["figures"][0]["beside"]["contacts"] is None
    commit()
    reads = sa.select(AuditEntry).where(AuditEntry.action == "read").order_by(AuditEntry.id)
    assert [(read.actor, read.object_id, read.details) for read in db.session.scalars(reads)] == [
        ("system:console", f"{today}..{today}", {"raw": raw}) for raw in (True, False)
    ]


@pytest.mark.usefixtures("_contact")
def test_days_and_everything_may_be_asked_for(environment: dict[str, str]) -> None:
    today = clock.today()
    yesterday = today - timedelta(days=1)

    full = _told(environment, "nightly", "--full")
    ranged = _told(environment, "nightly", "--from", str(yesterday), "--to", str(yesterday))

    assert full["days"] == [today.isoformat()]
    assert ranged["days"] == []


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("words", "pointer"),
    [
        (("nightly", "--from", "2026-02-01", "--to", "2026-01-01"), "/to"),
        (("nightly", "--full", "--from", "2026-02-01"), "/full"),
        (("figures", "--period", "2026"), "/period"),
        (("figures", "--period", "0001-01-01..9999-12-31", "--raw"), "/period"),
    ],
)
def test_what_means_nothing_is_refused_with_its_place(
    environment: dict[str, str], words: tuple[str, ...], pointer: str
) -> None:
    done = _outreach(environment, *words)

    assert done.returncode == 1
    assert f"  {pointer}: " in done.stderr
    assert done.stdout == ""
