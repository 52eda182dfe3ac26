"""The pages of codes: one to hand out, a thread to find again, a sheet of cards to print."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import format_date, get_locale

from outreach.accounts import guard
from outreach.accounts.permissions import LOG_CONTACTS, READ_THREADS, access
from outreach.contacts import recognition_codes, wording
from outreach.foundation.errors import OutreachError
from outreach.foundation.forms import Refusal, refusal_of, typed, without_blanks
from outreach.sites import service as sites

blueprint = Blueprint("recognition_pages", __name__)

# What a sheet of paper has room for is what one begins with.
_CARDS = "10"

Row = dict[str, Any]


@blueprint.get("/koder")
@access(LOG_CONTACTS)
def codes() -> str:
    """Offer to make a code, to look one up and to print cards."""
    return _page({})


@blueprint.post("/koder")
@access(LOG_CONTACTS)
def do_make_code() -> Any:
    """Make a code and show it."""
    row, _ = recognition_codes.make_code(by=guard.actor(), given=typed(["id"]))
    return redirect(url_for("recognition_pages.code", code_id=row["id"]), 303)


@blueprint.get("/koder/<uuid:code_id>")
@access(LOG_CONTACTS)
def code(code_id: UUID) -> str:
    """Show a code so large that its holder can photograph it."""
    row = recognition_codes.code(by=guard.actor(), id=code_id)
    return render_template("contacts/code.html", code=wording.code(row))


@blueprint.post("/koder/sok")
@access(READ_THREADS)
def do_look_up() -> Any:
    """Show the thread of the code that was typed; or ask again, with what is wrong."""
    given = without_blanks(typed(["code"]))
    try:
        found = recognition_codes.look_up(by=guard.actor(), given=given)
    except OutreachError as error:
        refusal = refusal_of(error)
        return _page(given, refusal), refusal.status
    return _page({}, thread=_thread(found))


@blueprint.post("/koder/ark")
@access(LOG_CONTACTS)
def do_print_cards() -> Any:
    """Make a sheet of cards and show it; or ask again, with what is wrong."""
    given = without_blanks(typed(["id", "count"]))
    number = str(given.get("count", ""))
    is_short = len(number) <= len("100") and number.isascii() and number.isdecimal()
    wanted = given | ({"count": int(number)} if is_short else {})
    try:
        sheet_id, _ = recognition_codes.print_cards(by=guard.actor(), given=wanted)
    except OutreachError as error:
        refusal = refusal_of(error)
        return _page(given, refusal), refusal.status
    return redirect(url_for("recognition_pages.cards", sheet_id=sheet_id), 303)


@blueprint.get("/koder/ark/<uuid:sheet_id>")
@access(LOG_CONTACTS)
def cards(sheet_id: UUID) -> str:
    """Show the cards of a sheet that may still be given out, as they are printed."""
    free, used = recognition_codes.cards(by=guard.actor(), sheet_id=sheet_id)
    return render_template(
        "contacts/code_cards.html", cards=[wording.code(row) for row in free], used=used
    )


def _page(given: Row, refusal: Refusal | None = None, thread: Row | None = None) -> str:
    return render_template(
        "contacts/codes.html",
        given=given,
        new_code=uuid4(),
        new_sheet=uuid4(),
        count=given.get("count", _CARDS),
        thread=thread,
        errors=refusal.errors if refusal else None,
        message=refusal.message if refusal else None,
    )


def _thread(found: Row) -> Row:
    """Return a thread in words: whom it is about, and where and when they were met."""
    lists, language = sites.code_lists(), str(get_locale())
    return {
        "code": found["code"],
        "code_id": found["id"],
        "who": [
            lists.label(name, found[name], language)
            for name in ("gender", "age_band", "talk_language")
            if found[name]
        ],
        "contacts": [
            {
                "day": format_date(contact["date"], "d MMMM y"),
                "site": lists.label("site", contact["site"], language),
                "kind": lists.label("contact_type", contact["contact_type"], language),
            }
            for contact in found["contacts"]
        ],
        "shortened": len(found["contacts"]) == recognition_codes.MOST_SHOWN,
    }
