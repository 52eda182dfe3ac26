"""*Personen ångrar sig* (`/deltagare/<id>/angra`): three doors, a question each, a receipt."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, abort, render_template, request
from flask_babel import gettext

from outreach.accounts import guard
from outreach.accounts.permissions import CHANGE_PARTICIPANTS, READ_PARTICIPANTS, access
from outreach.contacts import wording as contact_wording
from outreach.foundation.errors import N_, OutreachError
from outreach.foundation.forms import Refusal, refusal_of, typed
from outreach.identification import information_texts, overview, regret, wording
from outreach.identification.rules import BACK_TO_CODE, ERASURE, UNDO

blueprint = Blueprint("regret_pages", __name__)

# The doors as their addresses call them.
_DOORS = {"direkt": UNDO, "kod": BACK_TO_CODE, "radering": ERASURE}
_WHY_CLOSED = {
    "committee": N_("Nämnden har inte öppnat den här vägen."),
    "late": N_("Det har gått mer än 24 timmar, eller så är personen inte inskriven här."),
    "noted": N_("Det finns anteckningar. Därför går det inte längre att ångra direkt."),
}


@blueprint.get("/deltagare/<uuid:participant_id>/angra")
@access(READ_PARTICIPANTS)
def doors(participant_id: UUID) -> str:
    """Show the three doors: what each does, what it cannot undo, and which are open now."""
    found = overview.ways_back(by=guard.actor(), id=participant_id)
    return render_template("identification/doors.html", **_worded(found))


@blueprint.get("/deltagare/<uuid:participant_id>/angra/<door>")
@access(READ_PARTICIPANTS)
def ask(participant_id: UUID, door: str) -> Any:
    """Ask whether the person really wants to go through a door."""
    return _question(participant_id, _known(door), {"id": uuid4(), "text": None})


@blueprint.post("/deltagare/<uuid:participant_id>/angra/<door>")
@access(CHANGE_PARTICIPANTS)
def take(participant_id: UUID, door: str) -> Any:
    """Go through a door, and answer with the receipt; the same sending again answers it again."""
    which, given = _known(door), typed(("id", "text"))
    actor = guard.actor()
    sent = {"door": which} | ({"id": given["id"]} if given["id"] else {})
    try:
        receipt = regret.regret(by=actor, id=participant_id, given=sent)
    except regret.TooLateToUndo as error:
        return _question(participant_id, which, given, refusal_of(error))
    except OutreachError as error:
        if refusal_of(error).errors:
            return _question(participant_id, which, given, refusal_of(error))
        raise
    return _receipt(receipt, given, door, participant_id)


def _receipt(receipt: dict[str, Any], given: dict[str, Any], door: str, person: UUID) -> str:
    """Return the paper for the person: the case number, and never the name."""
    text = information_texts.text(request.form.get("show_in") or given["text"])
    facts = {
        "committee": guard.actor().committee,
        "case_number": receipt["case_number"],
        "at": receipt["at"],
        "contacts": receipt["contacts"],
        "due": receipt["due_on"],
    }
    return render_template(
        "identification/receipt.html",
        letter=text.letter(receipt["door"], facts),
        case_number=receipt["case_number"],
        code=contact_wording.code(receipt["code"]) if receipt["code"] else None,
        texts=_texts(),
        text=text.language,
        given=given,
        address=request.path,
        person=person if door == "radering" else None,
    )


def _question(
    participant_id: UUID, door: str, given: dict[str, Any], refusal: Refusal | None = None
) -> Any:
    found = overview.ways_back(by=guard.actor(), id=participant_id)
    page = render_template(
        "identification/door.html",
        **_worded(found),
        door=door,
        address=request.path,
        given=given,
        texts=_texts(),
        text=information_texts.text(given["text"]).language,
        message=refusal.message or next(iter(refusal.errors.values())) if refusal else None,
    )
    return page, refusal.status if refusal else 200


def _worded(found: dict[str, Any]) -> dict[str, Any]:
    until = found["undo_until"]
    return found | {
        "undo_until": wording.instant(until) if until else None,
        "why_closed": {
            door: gettext(_WHY_CLOSED[why]) if why else None
            for door, why in found["closed"].items()
        },
    }


def _texts() -> list[dict[str, str]]:
    return [{"code": each.language, "label": each.name} for each in information_texts.offered()]


def _known(door: str) -> str:
    if door not in _DOORS:
        abort(404)
    return _DOORS[door]
