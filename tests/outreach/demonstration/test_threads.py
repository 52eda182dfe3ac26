"""People who come back with a code: as many as would, each the same person every time."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from outreach.demonstration import threads, year
from outreach.foundation import clock

NOW = datetime.fromisoformat("2026-11-23T14:20:00+01:00")

Thread = list[dict[str, Any]]


def _told(now: datetime) -> tuple[int, dict[UUID, Thread]]:
    """Return how many contacts there are, and those of each thread."""
    found: dict[UUID, Thread] = defaultdict(list)
    number = 0
    for shift in year.shifts(now):
        known = threads.met(shift)
        number += len(shift.contacts)
        for contact in shift.contacts:
            if contact["id"] in known:
                found[known[contact["id"]]].append(contact)
    return number, found


NUMBER, THREADS = _told(NOW)


def test_a_few_of_a_hundred_contacts_are_with_somebody_who_has_a_code() -> None:
    with_code = sum(len(thread) for thread in THREADS.values())
    lengths = [len(thread) for thread in THREADS.values()]

    assert 0.04 < with_code / NUMBER < 0.08
    assert max(lengths) <= 6
    assert sum(length > 1 for length in lengths) > 0.7 * len(lengths)
    sites = [{contact["site"] for contact in thread} for thread in THREADS.values()]
    assert any(len(visited) > 1 for visited in sites)


def test_somebody_is_the_same_person_every_time_and_new_only_once() -> None:
    for thread in THREADS.values():
        for name in ("age_band", "gender", "talk_language"):
            assert len({contact[name] for contact in thread}) == 1
        days = sorted(datetime.fromisoformat(contact["occurred_at"]) for contact in thread)
        assert len({clock.local(day).date() for day in days}) == len(days)
        assert [contact["first_time"] for contact in thread].count("yes") <= 1
        assert all(contact["headcount"] == 1 for contact in thread)


def test_a_thread_is_the_same_whenever_it_is_told_of() -> None:
    _, later = _told(NOW + timedelta(days=7))
    lasting = NOW - timedelta(days=200), NOW - timedelta(days=30)

    def told(found: dict[UUID, Thread]) -> dict[UUID, list[str]]:
        return {
            thread: [
                contact["id"]
                for contact in contacts
                if lasting[0] < datetime.fromisoformat(contact["occurred_at"]) < lasting[1]
            ]
            for thread, contacts in found.items()
        }

    first, second = told(THREADS), told(later)
    assert {thread: ids for thread, ids in first.items() if ids} == {
        thread: ids for thread, ids in second.items() if ids
    }
