"""The directory for all staff (`/vart`), and its editor for the administrator (`/katalog`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from outreach.accounts import guard
from outreach.accounts.permissions import ADMINISTER, SIGNED_IN, access
from outreach.directory import rules, service
from outreach.foundation import clock
from outreach.foundation.errors import OutreachError
from outreach.foundation.forms import Refusal, refusal_of, typed, version_read, without_blanks
from outreach.sites import service as sites

blueprint = Blueprint("directory_pages", __name__)

_TEXTS = (
    "target", "name", "for_whom", "bring", "phone", "address", "hours", "url", "valid_from",
    "valid_to",
)  # fmt: skip
_LISTS = ("languages", "needs")
_AGES = ("min_age", "max_age")
_ASKED = ("resident", "af_registered", "af_decision")


@blueprint.get("/vart")
@access(SIGNED_IN)
def directory() -> str:
    """Show where to send people, all of it or what helps with one need."""
    chosen = request.args.get("behov") or None
    if chosen not in {need["code"] for need in _choices("topic")}:
        chosen = None
    return directory_document(chosen=chosen)


def directory_document(*, chosen: str | None = None, **frame: Any) -> str:
    """Return the page of the directory, all of it or what helps with one need.

    The same for everybody; `frame` stands in for what every page shows around its content.
    """
    return render_template(
        "directory/directory.html",
        needs=_choices("topic"),
        chosen=chosen,
        entries=[_worded(entry) for entry in service.entries(need=chosen)],
        **frame,
    )


@blueprint.get("/katalog")
@access(ADMINISTER)
def catalogue() -> str:
    """Show every entry, with what needs looking at first."""
    found = service.catalogue(by=guard.actor())
    today = clock.today()
    shown = [entry for entry in found if not _is_over(entry)]
    return render_template(
        "directory/catalogue.html",
        entries=[_worded(entry) for entry in sorted(shown, key=lambda entry: not entry["stale"])],
        retired=[_worded(entry) for entry in found if _is_over(entry)],
        today=today,
    )


@blueprint.get("/katalog/ny")
@access(ADMINISTER)
def new_entry() -> str:
    """Show the empty form of a new entry."""
    return _form({"id": uuid4(), "valid_from": clock.today().isoformat()}, new=True)


@blueprint.post("/katalog")
@access(ADMINISTER)
def create_entry() -> Any:
    """Add an entry."""
    given = _typed()
    try:
        service.create_entry(
            by=guard.actor(), given=without_blanks(given | {"id": request.form.get("id")})
        )
    except OutreachError as error:
        refusal = refusal_of(error)
        return _form(_retyped() | {"id": request.form.get("id")}, refusal, new=True), refusal.status
    flash(gettext("Sparat. Stället finns nu under Vart?"), "success")
    return redirect(url_for("directory_pages.catalogue"), 303)


@blueprint.get("/katalog/<uuid:entry_id>")
@access(ADMINISTER)
def edit_entry(entry_id: UUID) -> str:
    """Show an entry's form."""
    return _form(_flat(service.entry(id=entry_id)))


@blueprint.post("/katalog/<uuid:entry_id>")
@access(ADMINISTER)
def change_entry(entry_id: UUID) -> Any:
    """Change an entry."""
    try:
        service.change_entry(
            by=guard.actor(), id=entry_id, expected=version_read(), given=_typed(whole=True)
        )
    except OutreachError as error:
        refusal = refusal_of(error)
        return _form(_known(entry_id) | _retyped(), refusal), refusal.status
    flash(gettext("Sparat."), "success")
    return redirect(url_for("directory_pages.catalogue"), 303)


@blueprint.post("/katalog/<uuid:entry_id>/kontrollerad")
@access(ADMINISTER)
def check_entry(entry_id: UUID) -> Any:
    """Say that all of an entry was checked today."""
    entry = service.check_entry(by=guard.actor(), id=entry_id)
    flash(gettext("Du har kontrollerat %(name)s i dag.", name=entry["name"]), "success")
    return redirect(url_for("directory_pages.catalogue"), 303)


@blueprint.post("/katalog/<uuid:entry_id>/avsluta")
@access(ADMINISTER)
def retire_entry(entry_id: UUID) -> Any:
    """Let today be the last day on which an entry is shown."""
    entry = service.retire_entry(by=guard.actor(), id=entry_id, given={})
    flash(gettext("%(name)s visas till och med i dag.", name=entry["name"]), "success")
    return redirect(url_for("directory_pages.catalogue"), 303)


def _typed(*, whole: bool = False) -> dict[str, Any]:
    """Return the form as the service reads an entry; a required field left empty is no field."""
    given = typed(_TEXTS, lists=_LISTS)
    asked: dict[str, Any] = {name: _number(request.form.get(name, "")) for name in _AGES}
    asked |= {name: name in request.form for name in _ASKED}
    given["requirements"] = asked
    if whole:
        # On a change, an emptied required field is a fault, not something left alone.
        required = ("target", "name", "for_whom")
        given |= {name: "" for name in required if given[name] is None}
    return given


def _number(text: str) -> int | str | None:
    """Return a whole number, or the text for the service to refuse."""
    text = text.strip()
    return int(text) if text.isdecimal() and len(text) <= len("120") else text or None


def _retyped() -> dict[str, Any]:
    """Return what was typed, for the form to show again."""
    again: dict[str, Any] = typed((*_TEXTS, *_AGES, "version"), lists=_LISTS)
    return again | {name: name in request.form for name in _ASKED}


def _known(entry_id: UUID) -> dict[str, Any]:
    return _flat(service.entry(id=entry_id))


def _flat(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {**entry, **entry["requirements"]}


def _form(given: Mapping[str, Any], refusal: Refusal | None = None, *, new: bool = False) -> str:
    return render_template(
        "directory/entry.html",
        given=given,
        new=new,
        errors=refusal.errors if refusal else None,
        message=refusal.message if refusal else None,
        targets=_choices("target"),
        topics=_choices("topic"),
        tongues=_choices("talk_language"),
    )


def _is_over(entry: Mapping[str, Any]) -> bool:
    return entry["valid_to"] is not None and entry["valid_to"] < clock.today()


def _choices(list_name: str) -> list[dict[str, str]]:
    language = str(get_locale())
    offered = sites.code_lists().offered(list_name, clock.today())
    return [{"code": choice.code, "label": choice.label(language)} for choice in offered]


def _worded(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with words for its codes and its requirements."""
    lists, language = sites.code_lists(), str(get_locale())
    sentences = [
        gettext(text, **values) for text, values in rules.requirement_words(entry["requirements"])
    ]
    team = lists.label("target", entry["target"], language)
    return {
        **entry,
        "teams": [team] if team != entry["name"] else [],
        "requirements": ". ".join(sentences) or None,
        "languages": [lists.label("talk_language", code, language) for code in entry["languages"]],
    }
