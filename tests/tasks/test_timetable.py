"""The timetable: at the right hour by the clock in Solna, the whole year round."""

from __future__ import annotations

from datetime import datetime

import pytest
from celery.schedules import crontab

from outreach.foundation.clock import STOCKHOLM
from outreach.indicators.night import STARTS_AT
from tasks.timetable import TIMETABLE, ZONE, beat_schedule


def test_the_night_is_at_half_past_three_by_the_clock_in_solna() -> None:
    figures = beat_schedule()["figures"]

    assert ZONE == "Europe/Stockholm"
    assert figures["schedule"] == crontab(hour=STARTS_AT.hour, minute=STARTS_AT.minute)
    assert (STARTS_AT.hour, STARTS_AT.minute) == (3, 30)


@pytest.mark.parametrize("day", [(2026, 3, 29), (2026, 10, 25), (2028, 2, 29), (2026, 7, 1)])
def test_half_past_three_comes_once_on_every_day_of_the_year(day: tuple[int, int, int]) -> None:
    instants = {
        datetime(*day, STARTS_AT.hour, STARTS_AT.minute, tzinfo=STOCKHOLM, fold=fold).timestamp()
        for fold in (0, 1)
    }

    assert len(instants) == 1


def test_no_row_waits_in_the_queue_for_ever() -> None:
    assert all(row["options"]["expires"] > 0 for row in beat_schedule().values())
    assert len(beat_schedule()) == len(TIMETABLE)
