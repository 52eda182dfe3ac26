"""What tablets hand in, for the tablets themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import get_locale, gettext

from outreach.accounts import guard
from outreach.accounts.permissions import (
    BY_DEVICE,
    READ_ON_TABLET,
    REVIEW_TABLETS,
    access,
)
from outreach.devices import door
from outreach.foundation import problems
from outreach.foundation.http import (
    ApiBlueprint,
    cursor_at,
    cursor_of,
    etag,
    instant_and_id,
    place_at,
)
from outreach.sites import service as sites
from outreach.sites.codelists import CodeLists
from outreach.sync import changes, reasons, review, service, wording
from outreach.sync.changes import Place
from outreach.sync.receiving import Result
from outreach.sync.schemas import (
    ChangesQuerySchema,
    ChangesSchema,
    KeptListSchema,
    KeptSchema,
    ReviewQuerySchema,
    SyncDecisionSchema,
    SyncReceiptSchema,
    SyncSendingSchema,
)

blueprint = ApiBlueprint(
    "sync_api",
    __name__,
    url_prefix="/api/v1",
    description="What tablets wrote without a network, and what came of it.",
)


@blueprint.route("/sync", methods=["POST"])
@access(BY_DEVICE)
@blueprint.reads(SyncSendingSchema)
@blueprint.answers(200, SyncReceiptSchema)
def receive(given: dict[str, Any]) -> Any:
    """Receive what a tablet hands in, in its order; each operation is on disk before the answer."""
    told = service.receive(tablet=door.tablet(), carrier=guard.somebody(), given=given)
    told["results"] = [_result(each) for each in told["results"]]
    # Only when nothing of anybody's is left there: then the tablet forgets all that it had.
    wiping = {"Clear-Site-Data": '"cache", "storage"'} if told["wiped"] else {}
    return told, 200, wiping


def _result(result: Result) -> dict[str, Any]:
    told: dict[str, Any] = {
        "seq": result.seq,
        "op_id": result.op_id,
        "code": result.code,
        "sealed_sha256": result.sha256 or None,
        "server_seq": result.server_seq,
        "entity_rev": result.entity_rev,
    }
    if result.reason is not None:
        told["problem"] = _problem(result)
    return told


def _problem(result: Result) -> dict[str, Any]:
    reason = reasons.told(result.reason or "")
    problem: dict[str, Any] = {
        "type": f"/problems/{result.reason}",
        "title": gettext(reason.title),
        "detail": gettext(reason.detail),
    }
    if result.faults:
        problem["errors"] = [problems.told(fault) for fault in result.faults]
    return problem


@blueprint.route("/changes", methods=["GET"])
@access(READ_ON_TABLET)
@blueprint.reads(ChangesQuerySchema, location="query")
@blueprint.answers(200, ChangesSchema)
def read_changes(query: dict[str, Any]) -> Any:
    """Answer what has changed of one's day since the cursor: on a tablet, in person."""
    tablet = door.unrevoked_tablet()
    cursor = query.get("cursor")
    found = changes.changes(
        by=guard.actor(),
        tablet=tablet,
        place=_place(cursor) if cursor else None,
        oldest_app=current_app.config["OLDEST_APP"],
    )
    onward: Place = found["next"]
    language = str(get_locale())
    shift = found["shift"]
    return found | {
        "next": cursor_of(onward.scope, onward.since, onward.until, onward.after),
        "csrf_token": guard.csrf_token(),
        "shift": _shift(shift, language) if shift else None,
        "planned_shifts": [_shift(row, language) for row in found["planned_shifts"]],
        "attention": _all_kept(_to_keep(row) for row in found["attention"]),
    }


def _place(cursor: str) -> Place | None:
    """Return the place of a cursor. Raises RuleBroken for what is none of ours."""
    scope, since, until, after = place_at(cursor, 4)
    return changes.place_of(scope, since, until, after)


def _shift(row: dict[str, Any], language: str) -> dict[str, Any]:
    return row | {"site_label": sites.code_lists().label("site", row["site"], language)}


@blueprint.route("/sync/review", methods=["GET"])
@access(REVIEW_TABLETS)
@blueprint.reads(ReviewQuerySchema, location="query")
@blueprint.answers(200, KeptListSchema)
def list_to_review(query: dict[str, Any]) -> dict[str, Any]:
    """List what somebody must look at: one's own, and a supervisor's all at own sites."""
    cursor = query.get("cursor")
    after = instant_and_id(cursor) if cursor else None
    rows = review.to_review(by=guard.actor(), after=after)
    last = rows[-1] if len(rows) == review.MOST_LISTED else None
    onward = cursor_at(last["received_at"], last["id"]) if last else None
    return {"items": _all_kept(rows), "next": onward}


@blueprint.route("/sync/review/<uuid:kept_id>/decide", methods=["POST"])
@access(REVIEW_TABLETS)
@blueprint.reads(SyncDecisionSchema)
@blueprint.answers(200, KeptSchema)
def decide(given: dict[str, Any], kept_id: UUID) -> Any:
    """Apply or discard what somebody must look at; what waited for it is done at once."""
    [row] = _all_kept([review.decide(by=guard.actor(), id=kept_id, given=given)])
    return row, 200, etag(row["version"])


def _to_keep(row: dict[str, Any]) -> dict[str, Any]:
    """Return what a tablet may keep: of somebody who is known it is not told how it stands now."""
    now = row["current"]
    return row if now is None or now["identity"] == "anonymous" else row | {"current": None}


def _all_kept(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    lists = sites.code_lists()
    return [_kept(row, lists) for row in rows]


def _kept(row: dict[str, Any], lists: CodeLists) -> dict[str, Any]:
    title, detail, now = row["title"], row["detail"], row["current"]
    both = wording.facts(row["facts"] or {}, now, lists) if now else []
    return row | {
        "title": gettext(title),
        "detail": gettext(detail),
        "errors": [problems.told(fault) for fault in row["faults"]],
        "sides": [side for side in both if side["said"] != side["now"]],
    }
