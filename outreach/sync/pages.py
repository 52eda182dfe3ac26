"""What a tablet has lost, what is missing, and what somebody must decide (`/plattor/…/granska`)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from outreach.accounts import guard
from outreach.accounts.permissions import DECIDE_TABLETS, READ_DEVICES, access
from outreach.devices import wording as tablets
from outreach.foundation.errors import OutreachError
from outreach.foundation.forms import refusal_of
from outreach.foundation.http import cursor_at, instant_and_id
from outreach.sites import service as sites
from outreach.sync import overview, review, wording

blueprint = Blueprint("sync_pages", __name__)


@blueprint.get("/plattor/<uuid:device_id>/granska")
@access(READ_DEVICES)
def look(device_id: UUID) -> str:
    """Show how it stands with what a tablet handed in, and what is to be decided."""
    return _page(device_id)


@blueprint.post("/plattor/<uuid:device_id>/granska/<uuid:kept_id>")
@access(DECIDE_TABLETS)
def decide(device_id: UUID, kept_id: UUID) -> Any:
    """Apply or discard one operation; what cannot be applied is told beside it."""
    decision = request.form.get("decision", "")
    try:
        review.decide(by=guard.actor(), id=kept_id, given={"decision": decision})
    except OutreachError as error:
        refusal = refusal_of(error)
        message = refusal.message or " ".join(refusal.errors.values())
        return _page(device_id, refused=(kept_id, message)), refusal.status
    told = gettext("Sparat.") if decision == "apply" else gettext("Kastat.")
    flash(told, "success")
    return redirect(url_for("sync_pages.look", device_id=device_id), 303)


@blueprint.post("/plattor/<uuid:device_id>/granska")
@access(DECIDE_TABLETS)
def discard_strangers(device_id: UUID) -> Any:
    """Discard at once what may be a thief's, as far as it was shown."""
    until = instant_and_id(request.form.get("until", ""))
    many = review.discard_strangers(by=guard.actor(), device=device_id, until=until)
    flash(ngettext("%(num)s händelse kastad.", "%(num)s händelser kastade.", many), "success")
    return redirect(url_for("sync_pages.look", device_id=device_id), 303)


@blueprint.post("/plattor/<uuid:device_id>/forlust/<uuid:loss_id>")
@access(READ_DEVICES)
def see_loss(device_id: UUID, loss_id: UUID) -> Any:
    """Let a loss be seen."""
    overview.see_loss(by=guard.actor(), device=device_id, id=loss_id)
    return redirect(url_for("sync_pages.look", device_id=device_id), 303)


def _until(rows: list[dict[str, Any]]) -> str:
    """Return how far the list is shown."""
    return cursor_at(rows[-1]["received_at"], rows[-1]["id"]) if rows else ""


def _page(device_id: UUID, refused: tuple[UUID, str] | None = None) -> str:
    lists = sites.code_lists()
    state = overview.state_of(by=guard.actor(), device=device_id)
    items = [wording.to_decide(row, lists) for row in state["to_decide"]]
    return render_template(
        "sync/look.html",
        tablet=tablets.tablet(state["tablet"], lists),
        losses=[wording.loss(row) for row in state["losses"]],
        missing=state["missing"],
        unconfirmed=state["unconfirmed"],
        elsewhere=state["open"] - len(items),
        items=items,
        strangers=sum(review.is_strange(row) for row in state["to_decide"]),
        until=_until(state["to_decide"]),
        refused={refused[0]: refused[1]} if refused else {},
        may_decide=DECIDE_TABLETS.allows(guard.actor()),
    )
