"""The directory's use cases that no route calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask

from outreach.directory import service
from outreach.foundation.actor import system
from outreach.foundation.errors import NotAllowed
from tests.builders import an_actor

Entry = Callable[..., dict[str, Any]]


def test_the_demo_gives_silent_entries_numbers_that_reach_nobody(
    app: Flask, an_entry: Entry
) -> None:
    assert app
    by = system("demo")
    service.create_entry(by=by, given=an_entry(name="Har nummer"))
    for place in range(6):
        service.create_entry(by=by, given=an_entry(name=f"Tyst {place}", phone=None))

    filled = service.fill_in_for_demo(by=by)
    again = service.fill_in_for_demo(by=by)

    silent = [entry for entry in service.entries() if entry["name"].startswith("Tyst")]
    assert (filled, again) == (6, 0)
    assert {entry["phone"] for entry in silent} == {f"08-465 004 0{place}" for place in range(6)}
    assert [entry["stale"] for entry in silent].count(True) == 1
    kept = next(entry for entry in service.entries() if entry["name"] == "Har nummer")
    assert kept["phone"] == "08-465 004 01"


def test_a_person_may_not_fill_in_fiction(app: Flask) -> None:
    assert app

    with pytest.raises(NotAllowed):
        service.fill_in_for_demo(by=an_actor(role="administrator"))


def test_entries_are_found_by_the_target_they_answer_to_and_the_day(
    app: Flask, an_entry: Entry
) -> None:
    assert app
    by = system("test")
    service.create_entry(by=by, given=an_entry(target="syv", name="Vägledningen"))
    service.create_entry(by=by, given=an_entry(target="syv", name="Förr", valid_to="2025-06-30"))

    now = service.entries(target="syv")
    then = service.entries(target="syv", on=date(2025, 6, 30))

    assert [entry["name"] for entry in now] == ["Vägledningen"]
    assert [entry["name"] for entry in then] == ["Förr", "Vägledningen"]
    assert service.entries(target="kaa") == []
