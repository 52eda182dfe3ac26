"""What pages need of forms: what was typed as a service reads it, faults as a form shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import request

from outreach.foundation.errors import OutreachError, Stale
from outreach.foundation.problems import body_of

# Not to be done, or not there to be known: told as everywhere, not beside a form.
NOT_THEIRS = frozenset({403, 404})


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a form was not saved: a fault for each field, or one sentence for the whole form."""

    status: int
    errors: dict[str, str] = field(default_factory=dict)
    message: str | None = None


def refusal_of(error: OutreachError) -> Refusal:
    """Return the error as a form shows it, in the language of the page.

    A fault stands at the last name of its pointer: `/requirements/min_age` at `min_age`,
    `/topics/1` at `topics`. Of two faults at one field the first is shown.
    """
    body = body_of(error)
    errors: dict[str, str] = {}
    for fault in body.get("errors", ()):
        errors.setdefault(_field_of(fault["pointer"]), fault["detail"])
    message = None if errors else f"{body['title']}. {body['detail']}"
    return Refusal(body["status"], errors, message)


def _field_of(pointer: str) -> str:
    names = [part for part in pointer.split("/") if part and not part.isdecimal()]
    return names[-1] if names else "form"


def typed(names: Iterable[str], *, lists: Iterable[str] = ()) -> dict[str, Any]:
    """Return what was typed: a text or None for each name, and every ticked box of `lists`.

    An empty field says nothing, so it is None; line ends are those of our own machines.
    """
    given: dict[str, Any] = {
        name: request.form.get(name, "").replace("\r\n", "\n").strip() or None for name in names
    }
    return given | {name: request.form.getlist(name) for name in lists}


def without_blanks(given: dict[str, Any]) -> dict[str, Any]:
    """Return what was typed without the empty fields: a required one is then told as missing."""
    return {name: value for name, value in given.items() if value is not None}


def version_read() -> int:
    """Return the version that the form was made from. Raises Stale when it names none of ours."""
    given = request.form.get("version", "")
    if not given.isdecimal() or len(given) > len(str(2**31)):
        raise Stale
    return int(given)
