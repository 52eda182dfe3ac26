"""Freezing from the console."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import UUID

from click.testing import Result

from outreach.foundation.actor import system
from outreach.publications import service
from outreach.publications.schemas import PublicationSchema

Run = Callable[..., Result]

_MONTH = "2026-01-01..2026-01-31"


def test_a_period_is_frozen_and_told_and_not_twice_when_nothing_has_changed(run: Run) -> None:
    run("nightly")

    done = run("publish", _MONTH, "--dnr", "SN/2026:17", "--note", "Första gången.", "--json")
    again = run("publish", _MONTH)

    told = json.loads(done.stdout)
    assert not PublicationSchema().validate(told)
    assert (told["period"], told["version"], told["dnr"]) == (_MONTH, 1, "SN/2026:17")
    assert service.is_as_frozen(by=system("test"), id=UUID(told["id"]))
    assert (done.exit_code, again.exit_code) == (0, 1)
    assert "Perioden är redan fastställd" in again.stderr


def test_a_period_that_is_not_over_is_told_so(run: Run) -> None:
    run("nightly")

    done = run("publish", "2199-01-01..2199-01-31")

    assert done.exit_code == 1
    assert "Den perioden visas inte" in done.stderr
