"""Tablets as pages show them, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import segno
from flask_babel import format_datetime, get_locale, gettext

from outreach.foundation import clock
from outreach.sites.codelists import CodeLists

# What waits longer than a working day's end is worth looking at.
_WAITED_LONG = timedelta(hours=24)

Row = Mapping[str, Any]


def tablet(row: Row, lists: CodeLists) -> dict[str, Any]:
    """Return a tablet in words: where it belongs, when it was heard of, what it has not sent."""
    oldest = row["oldest_pending_at"]
    return {
        "id": row["id"],
        "name": row["name"],
        "place": lists.label("site", row["site"], str(get_locale())),
        "enrolled": row["enrolled_at"] is not None,
        "revoked": row["revoked_at"] and moment(row["revoked_at"]),
        "app_version": row["app_version"],
        "seen": row["last_seen_at"] and moment(row["last_seen_at"]),
        "pending": row["pending_count"],
        "pending_since": oldest and moment(oldest),
        "waited_long": bool(oldest and clock.now() - oldest > _WAITED_LONG),
        "storage": _storage(row["storage_persisted"]),
    }


def moment(instant: datetime) -> str:
    """Return an instant as the clock on the wall in Solna shows it."""
    return str(format_datetime(instant, "d MMMM y HH:mm"))


def code_card(row: Row, lists: CodeLists, *, address: str) -> dict[str, Any]:
    """Return a tablet's one-time code for the printer, with the square that a camera reads.

    The code stands after the `#` of the address, which is never sent to anybody.
    """
    square = segno.make_qr(f"{address}#kod={row['code']}", error="m").svg_inline(
        scale=4, dark="#000000", light="#ffffff", omitsize=True, svgclass="square"
    )
    place = lists.label("site", row["site"], str(get_locale()))
    until = moment(row["code_expires_at"])
    return {"name": row["name"], "place": place, "code": row["code"], "until": until} | {
        "square": square
    }


def _storage(persisted: object) -> str:
    if persisted is None:
        return str(gettext("Vet inte än"))
    if persisted:
        return str(gettext("Webbläsaren har lovat att behålla det som sparas"))
    return str(gettext("Webbläsaren kan rensa när plattan blir full"))
