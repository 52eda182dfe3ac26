"""Closures: days on which a site is closed, and the note on its door."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from outreach.foundation import clock
from outreach.shifts import closures
from tests.builders import Visitor, uuid7

SignIn = Callable[..., Visitor]


def _a_closure(**said: Any) -> dict[str, Any]:
    day = clock.today().isoformat()
    return {
        "id": str(uuid7()),
        "site": "hagalund",
        "first_day": day,
        "last_day": day,
        "note": "Vi har utbildning.",
    } | said


def test_a_supervisor_closes_a_site_and_its_staff_see_it(signed_in: SignIn) -> None:
    sent = _a_closure()

    answer = signed_in(role="supervisor").send("closures", sent)

    assert answer.status_code == 201
    listed = signed_in().get("closures").get_json()["items"]
    assert [(row["id"], row["note"]) for row in listed] == [(sent["id"], "Vi har utbildning.")]


def test_five_posts_of_one_closure_at_once_make_one(app: Flask, signed_in: SignIn) -> None:
    chief = signed_in(role="supervisor")
    browsers = [Visitor(app, chief.user) for _ in range(5)]
    sent = _a_closure()

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda browser: browser.send("closures", sent), browsers))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    assert len(chief.get("closures").get_json()["items"]) == 1


def test_the_same_id_with_other_days_is_refused(signed_in: SignIn) -> None:
    chief, sent = signed_in(role="supervisor"), _a_closure()
    chief.send("closures", sent)

    answer = chief.send("closures", sent | {"note": "Något annat."})

    assert answer.get_json()["type"] == "/problems/id-reuse"


def test_the_last_day_is_not_before_the_first_and_the_note_fits_the_door(
    signed_in: SignIn,
) -> None:
    before = (clock.today() - timedelta(days=1)).isoformat()

    answer = signed_in(role="supervisor").send(
        "closures", _a_closure(last_day=before, note="x" * 141)
    )

    assert answer.status_code == 422
    told = {fault["pointer"] for fault in answer.get_json()["errors"]}
    assert told == {"/last_day", "/note"}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "tomorrow"])
def test_a_day_out_of_every_calendar_is_told_as_a_fault(signed_in: SignIn, day: str) -> None:
    answer = signed_in(role="supervisor").send("closures", _a_closure(first_day=day, last_day=day))

    assert answer.status_code == 422


def test_only_the_sites_supervisor_closes_it_and_takes_it_back(signed_in: SignIn) -> None:
    chief = signed_in(role="supervisor")
    elsewhere = signed_in(role="supervisor", sites=("bagartorp",), committee="SN")
    sent = _a_closure()

    assert signed_in().send("closures", sent).status_code == 403
    assert elsewhere.send("closures", sent).get_json()["type"] == "/problems/not-your-site"
    chief.send("closures", sent)
    assert elsewhere.send(f"closures/{sent['id']}/withdraw").status_code == 404
    assert chief.send(f"closures/{sent['id']}/withdraw").status_code == 200


def test_a_withdrawn_closure_is_kept_but_no_longer_in_force(signed_in: SignIn) -> None:
    chief, sent = signed_in(role="supervisor"), _a_closure()
    chief.send("closures", sent)

    first = chief.send(f"closures/{sent['id']}/withdraw").get_json()
    second = chief.send(f"closures/{sent['id']}/withdraw").get_json()

    assert first["withdrawn_at"] is not None
    assert second == first
    assert chief.get("closures").get_json()["items"] == []


def test_closures_are_found_by_any_day_that_they_touch(signed_in: SignIn) -> None:
    today = clock.today()
    ends = today + timedelta(days=4)
    signed_in(role="supervisor").send("closures", _a_closure(last_day=ends.isoformat()))

    def found(first: int, last: int) -> int:
        days = (today + timedelta(days=first), today + timedelta(days=last))
        return len(closures.closures(sites=["hagalund"], first=days[0], last=days[1]))

    assert [found(-3, -1), found(-3, 0), found(2, 3), found(4, 9), found(5, 9)] == [0, 1, 1, 1, 0]
