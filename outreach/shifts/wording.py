"""Shifts, closures and hours as pages show them, in the reader's language."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from flask_babel import format_date, get_locale, gettext

from outreach.foundation import clock
from outreach.foundation.errors import N_
from outreach.shifts import rules
from outreach.shifts.models import Closure
from outreach.shifts.public_holidays import holiday
from outreach.shifts.rules import Interval
from outreach.sites import service as sites
from outreach.sites.codelists import CodeLists

Row = dict[str, Any]

# How a state is told; a planned shift that has not been needs no mark.
STATES = {
    "running": N_("Pågår"),
    "closed": N_("Klart"),
    "cancelled": N_("Inställt"),
    "forgotten": N_("Inte stängt"),
    "missed": N_("Aldrig startat"),
}
WEEKDAYS = (
    N_("Måndag"), N_("Tisdag"), N_("Onsdag"), N_("Torsdag"), N_("Fredag"), N_("Lördag"),
    N_("Söndag"),
)  # fmt: skip
_LAST_WEEKDAY = (
    N_("i måndags"), N_("i tisdags"), N_("i onsdags"), N_("i torsdags"), N_("i fredags"),
    N_("i lördags"), N_("i söndags"),
)  # fmt: skip


def day_ago(day: date) -> str:
    """Return a day that has been as one speaks of it: `i går`, `i tisdags`, `3 november`."""
    days = (clock.today() - day).days
    if days == 0:
        return str(gettext("i dag"))
    if days == 1:
        return str(gettext("i går"))
    if 1 < days <= len(_LAST_WEEKDAY) - 1:
        return str(gettext(_LAST_WEEKDAY[day.weekday()]))
    return str(format_date(day, "d MMMM y" if day.year != clock.today().year else "d MMMM"))


def hours(begin: datetime, end: datetime | None) -> str:
    """Return hours as the wall shows them: `10:00–16:00`, or `från 10:00` without an end."""
    if end is None:
        return str(gettext("från %(time)s", time=f"{clock.local(begin):%H:%M}"))
    return f"{clock.local(begin):%H:%M}–{clock.local(end):%H:%M}"


def door_hours(opens: time | None, closes: time | None) -> str:
    """Return a weekday's hours on the door: `10:00–16:00`, or that it is closed."""
    if opens is None or closes is None:
        return str(gettext("Stängt"))
    return f"{opens:%H:%M}–{closes:%H:%M}"


def days(first: date, last: date) -> str:
    """Return a span of days: `24 december`, `24 december – 6 januari`."""
    if first == last:
        return str(format_date(first, "EEEE d MMMM"))
    return f"{format_date(first, 'd MMMM')} – {format_date(last, 'd MMMM')}"


def shift_shown(row: Row, lists: CodeLists) -> Row:
    """Return a shift with words for what it is, when it is and what has become of it."""
    state = rules.state_of(row, clock.now())
    language = str(get_locale())
    planned = hours(row["starts_at"], row["ends_at"])
    actual = hours(row["started_at"], row["ended_at"]) if row["started_at"] else None
    # One that runs has kept to its plan so far where it began when it was to.
    as_planned = actual is None or planned == hours(
        row["started_at"], row["ended_at"] or row["ends_at"]
    )
    return {
        "id": row["id"],
        "version": row["version"],
        "site": row["site"],
        "site_label": lists.label("site", row["site"], language),
        "activity": row["activity"],
        "activity_label": lists.label("activity", row["activity"], language),
        "day": clock.local(row["starts_at"]).date(),
        "planned": planned,
        "actual": None if as_planned else actual,
        "workers": [worker["name"] for worker in row["workers"]],
        "state": state,
        "state_label": gettext(STATES[state]) if state in STATES else None,
        "is_open": state not in ("closed", "cancelled"),
        "is_over": state in ("forgotten", "missed"),
    }


def closure_shown(closure: Closure) -> Row:
    """Return a closure with its days in words."""
    label = sites.code_lists().label("site", closure.site, str(get_locale()))
    return {
        "id": closure.id,
        "site": closure.site,
        "site_label": label,
        "days": days(closure.first_day, closure.last_day),
        "note": closure.note,
    }


def week_shown(
    week: Sequence[date],
    places: Collection[str],
    found: Sequence[Row],
    closed: Sequence[Closure],
    door: Mapping[tuple[str, date], Interval],
) -> list[Row]:
    """Return a week day by day, each with every place and what there is at it."""
    lists, language, today = sites.code_lists(), str(get_locale()), clock.today()
    shown = [shift_shown(row, lists) for row in found]
    return [
        {
            "date": day,
            "name": format_date(day, "EEEE d MMMM"),
            "short": format_date(day, "EEE d MMM"),
            "is_today": day == today,
            "is_past": day < today,
            "holiday": holiday(day, language),
            "places": [
                {
                    "code": place,
                    "label": lists.label("site", place, language),
                    "door": hours(*door[place, day]) if (place, day) in door else None,
                    "closures": [
                        closure_shown(closure)
                        for closure in closed
                        if closure.site == place and closure.first_day <= day <= closure.last_day
                    ],
                    "shifts": [
                        shift for shift in shown if (shift["site"], shift["day"]) == (place, day)
                    ],
                    "open": _open_by_plan(found, place, day),
                }
                for place in places
            ],
        }
        for day in week
    ]


def _open_by_plan(found: Sequence[Row], place: str, day: date) -> str | None:
    """Return when the place is open by the day's plan, for the note on its door."""
    planned = rules.union(
        (row["starts_at"], row["ends_at"])
        for row in found
        if (row["site"], row["activity"]) == (place, "open")
        and row["ends_at"]
        and not row["cancelled_at"]
        and clock.local(row["starts_at"]).date() == day
    )
    return ", ".join(hours(*interval) for interval in planned) or None
