"""Contacts as pages show them, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import segno
from flask_babel import format_date, get_locale, gettext
from markupsafe import Markup

from outreach.foundation import clock
from outreach.sites.codelists import CodeLists

Row = Mapping[str, Any]


def who(row: Row, lists: CodeLists) -> str:
    """Return whom a contact was with: "Kvinna 30–44", "Grupp, 7 personer" or "Kort möte"."""
    language = str(get_locale())
    if row["headcount"] > 1:
        return str(gettext("Grupp, %(count)s personer", count=row["headcount"]))
    if row["contact_type"] == "brief":
        return lists.label("contact_type", "brief", language)
    gender = lists.label("gender", row["gender"], language)
    return f"{gender} {lists.label('age_band', row['age_band'], language)}"


def about(row: Row, lists: CodeLists) -> str:
    """Return what a contact was about."""
    language = str(get_locale())
    return ", ".join(lists.label("topic", code, language) for code in row["topics"])


def by_hour(rows: Iterable[Row], shown: Mapping[Any, Any]) -> list[dict[str, Any]]:
    """Return contacts hour by hour on the wall clock, each as `shown` has it by its id.

    The rows are in the order of their time, and span less than a day. Those voided are shown but
    not counted.
    """
    hours: dict[str, list[Row]] = {}
    for row in rows:
        hour = clock.local(row["occurred_at"]).hour
        hours.setdefault(f"{hour:02}–{(hour + 1) % 24:02}", []).append(row)
    return [
        {
            "label": label,
            "count": sum(row["voided_at"] is None for row in held),
            "contacts": [shown[row["id"]] for row in held],
        }
        for label, held in hours.items()
    ]


def code(row: Row) -> dict[str, Any]:
    """Return a recognition code as a page shows it, with the square that a camera reads."""
    return {
        "id": row["id"],
        "words": [word | {"word": word["word"].upper()} for word in row["words"]],
        "check": row["code"].rpartition("-")[2],
        "digits": row["digits"],
        "last_day": format_date(row["expires_on"], "d MMMM y"),
        "square": _square(row["code"]),
    }


def _square(text: str) -> Markup:
    """Return a text as a QR code: a drawing in the page itself, black on white in every theme."""
    drawn = segno.make_qr(text, error="m").svg_inline(
        border=3, omitsize=True, light="white", svgclass="square", lineclass=None
    )
    return Markup(drawn)  # noqa: S704 - drawn by ourselves from a code of ours
