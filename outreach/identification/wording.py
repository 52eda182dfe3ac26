"""Earlier visits, and when something was, as the pages say it in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import format_date, get_locale

from outreach.foundation import clock
from outreach.sites import service as sites

Row = Mapping[str, Any]


def visit(row: Row) -> dict[str, Any]:
    """Return a contact as date, place and kind: all that anybody needs to know it again by."""
    lists, language = sites.code_lists(), str(get_locale())
    return {
        "id": row.get("contact_id", row["id"]),
        "link_id": row["id"] if "contact_id" in row else None,
        "day": day(row.get("local_day") or row["date"]),
        "site": lists.label("site", row["site"], language),
        "kind": lists.label("contact_type", row["contact_type"], language),
        "voided": row.get("voided_at") is not None,
    }


def written(row: Row) -> dict[str, Any]:
    """Return what waits to be linked: when and where it was, who it was, and its last day."""
    return {
        "id": row["id"],
        "at": instant(row["occurred_at"]),
        "site": label("site", row["site"]),
        "name": " ".join(filter(None, (row["given_name"], row["family_name"]))),
        "note": row["note"],
        "erased": day(row["erased_on"]),
    }


def choices(name: str) -> list[dict[str, str]]:
    """Return what may be chosen of a code list today."""
    language = str(get_locale())
    return [
        {"code": each.code, "label": each.label(language)}
        for each in sites.code_lists().offered(name, clock.today())
    ]


def label(name: str, code: str | None) -> str | None:
    """Return a code's label, None where nothing was chosen."""
    return sites.code_lists().label(name, code, str(get_locale())) if code else None


def day(on: date) -> str:
    """Return a day as it is said."""
    return str(format_date(on, "d MMMM y"))


def instant(at: datetime) -> str:
    """Return a moment as day and time on the wall clock."""
    local = clock.local(at)
    return f"{day(local.date())} {local:%H:%M}"
