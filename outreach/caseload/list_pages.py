"""Finding people: one's own list, and a search of which nothing stands in any address."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request

from outreach.accounts import guard
from outreach.accounts.permissions import READ_PARTICIPANTS, access
from outreach.caseload import rules, wording, worklists
from outreach.enrolments import worklists as waiting
from outreach.foundation.errors import NotFound, OutreachError
from outreach.foundation.forms import Refusal, refusal_of, typed
from outreach.identification import later
from outreach.identification import wording as identified
from outreach.participants import searching
from outreach.participants import wording as known_words

blueprint = Blueprint("caseload_list_pages", __name__)


@blueprint.get("/mina-deltagare")
@access(READ_PARTICIPANTS)
def mine() -> str:
    """Show whom one is responsible for; a supervisor, whom anybody of the unit is."""
    actor = guard.actor()
    workers = worklists.workers(by=actor)
    chosen = _chosen()
    own = chosen in {None, actor.id}
    rows, more = worklists.caseload(by=actor, worker=chosen)
    return render_template(
        "caseload/mine.html",
        rows=[_shown(row) for row in rows],
        more=more,
        workers=workers,
        chosen=chosen or actor.id,
        own=own,
        checks_due=waiting.how_many_due(by=actor),
        later=[identified.written(row) for row in later.waiting(by=actor)] if own else [],
    )


def _chosen() -> UUID | None:
    """Return whose list is asked for. Raises NotFound for what is no id."""
    given = request.args.get("handlaggare")
    try:
        return UUID(given) if given else None
    except ValueError as error:
        raise NotFound from error


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    last, since = row["last_contact_on"], row["since"]
    return row | {
        "step": known_words.step(row["next_step"]),
        "last": last and known_words.day(last),
        "since": since and known_words.day(since),
        "missing": wording.missing(row["missing"]),
    }


@blueprint.get("/deltagare")
@access(READ_PARTICIPANTS)
def search() -> str:
    """Show the one field of the search."""
    return _page(None)


@blueprint.post("/deltagare")
@access(READ_PARTICIPANTS)
def do_search() -> Any:
    """Show whom a name, a number or a case number finds; a form, so that no address holds it."""
    said = typed(["sought"])["sought"]
    try:
        found = searching.search(by=guard.actor(), given=rules.sought(said) if said else {})
    except OutreachError as error:
        refusal = refusal_of(error)
        if not refusal.errors:
            raise
        told = Refusal(refusal.status, {"sought": next(iter(refusal.errors.values()))})
        return _page(said, refusal=told), refusal.status
    return _page(said, found)


def _page(
    said: str | None,
    found: tuple[list[dict[str, Any]], bool] | None = None,
    refusal: Refusal | None = None,
) -> str:
    rows, more = found or ([], False)
    return render_template(
        "caseload/search.html",
        sought=said or "",
        has_sought=found is not None,
        rows=rows,
        more=more,
        errors=refusal.errors if refusal else None,
    )
