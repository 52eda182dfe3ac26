"""The one place that knows status codes, and the one builder of every error answer.

Below `/api/` an error is `application/problem+json` (RFC 9457); elsewhere it is a page that says
what happened and what to do next. Which of the two is decided by the path alone, because
handlers of blueprints never see an unknown URL.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, cast

import sqlalchemy.exc
import structlog
from flask import Flask, Response, current_app, g, json, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from outreach.foundation import errors
from outreach.foundation.errors import N_, Fault, OutreachError
from outreach.foundation.transaction import TransactionBrokenError

log = structlog.get_logger(__name__)

# PostgreSQL's word for a key that is there already.
_UNIQUE_VIOLATION = "23505"

STATUS: dict[type[OutreachError], int] = {
    errors.Malformed: 400,
    errors.NotSignedIn: 401,
    errors.NotAllowed: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.WrongMediaType: 415,
    errors.RuleBroken: 422,
    errors.Outdated: 426,
    errors.VersionNeeded: 428,
    errors.TooLarge: 413,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}


class MethodNotAllowed(OutreachError):
    """The address is right, the verb is not."""

    slug = "method"
    title = N_("Adressen kan inte användas så")
    advice = N_("Adressen finns, men inte med den metoden. Svarshuvudet Allow säger vilka som går.")


class SavedMeanwhile(errors.Conflict):
    """Somebody else saved the same thing at the same moment."""

    slug = "saved-meanwhile"
    title = N_("Det sparades av någon annan samtidigt")
    advice = N_("Titta på hur det ser ut nu och försök igen.")


class Unexpected(OutreachError):
    """Our fault."""

    slug = "unexpected"
    title = N_("Något gick fel hos oss")
    advice = N_("Försök igen. Händer det igen: ange numret nedan när du kontaktar supporten.")


STATUS |= {MethodNotAllowed: 405, Unexpected: 500}

# What the framework raises by itself, told with our own words.
_FRAMEWORK: dict[int, type[OutreachError]] = {
    400: errors.Malformed,
    403: errors.NotAllowed,
    404: errors.NotFound,
    405: MethodNotAllowed,
    413: errors.TooLarge,
    415: errors.WrongMediaType,
    422: errors.RuleBroken,
    429: errors.TooMany,
}


def status_of(error: type[OutreachError]) -> int:
    """Return the status of an error class: its own row of the table, or its nearest ancestor's."""
    for ancestor in error.__mro__:
        if ancestor in STATUS:
            return STATUS[ancestor]
    raise LookupError(error)


def kinds() -> Iterator[type[OutreachError]]:
    """Yield every error class that has a slug of its own: what `/problems/<slug>` explains."""
    pending = [OutreachError]
    while pending:
        kind = pending.pop()
        pending.extend(kind.__subclasses__())
        if "slug" in vars(kind):
            yield kind


def wants_problem_json() -> bool:
    """Tell whether the request belongs to the interface for programs."""
    return request.path.startswith("/api/")


def body_of(error: OutreachError) -> dict[str, Any]:
    """Return the problem details of an error in the request's language (RFC 9457)."""
    body: dict[str, Any] = {
        "type": f"/problems/{error.slug}",
        "title": gettext(error.title),
        "status": status_of(type(error)),
        "detail": gettext(error.detail, **error.values) if error.detail else "",
        "instance": request.path,
        "request_id": g.get("request_id", ""),
    }
    if error.faults:
        body["errors"] = [told(fault) for fault in error.faults]
    if error.current is not None:
        body["current"] = error.current
    body.update(error.members)
    return body


def told(fault: Fault) -> dict[str, str]:
    """Return one fault of an input in the request's language."""
    return {"pointer": fault.pointer, "detail": gettext(fault.detail, **fault.values)}


def answer(error: OutreachError) -> BaseResponse:
    """Return the answer for an error: problem+json for programs, a page for people."""
    body = body_of(error)
    if wants_problem_json():
        response: BaseResponse = Response(json.dumps(body), mimetype="application/problem+json")
    elif isinstance(error, errors.NotSignedIn):
        there = request.full_path.rstrip("?") if request.method == "GET" else None
        page = "accounts_pages.locked" if error.slug == "locked" else "accounts_pages.sign_in"
        return redirect(url_for(page, next=there), 303)
    else:
        response = Response(render_template("problem.html", problem=body), mimetype="text/html")
    response.status_code = body["status"]
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.NotSignedIn):
        response.headers["WWW-Authenticate"] = 'Bearer realm="outreach"'
    return response


def _known(error: OutreachError) -> BaseResponse:
    return answer(error)


def _framework(error: HTTPException) -> BaseResponse:
    """Answer an error of the framework's own, keeping the headers that it came with."""
    code = error.code or 500
    if code < HTTPStatus.BAD_REQUEST and error.response is not None:
        return cast("BaseResponse", error.response)
    if code == HTTPStatus.METHOD_NOT_ALLOWED and not wants_problem_json():
        return _of_a_form(error)
    kind = _FRAMEWORK.get(
        code, Unexpected if code >= HTTPStatus.INTERNAL_SERVER_ERROR else errors.Malformed
    )
    response = answer(kind())
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    return response


def _of_a_form(error: HTTPException) -> BaseResponse:
    """Lead whoever asks for the address of a form to the nearest page above it; refuse all else."""
    if request.method == "GET":
        return redirect(_page_above(request.path), 303)
    response = answer(MethodNotAllowed(N_("Sidan tar inte emot det på det sättet.")))
    response.headers.extend({k: v for k, v in error.get_headers() if k.lower() == "allow"})
    return response


def _page_above(path: str) -> str:
    adapter = current_app.create_url_adapter(request)
    path = f"/{path.strip('/')}"  # two slashes at the start would be another house's address
    while adapter is not None and path:
        path = path.rpartition("/")[0]
        if path and adapter.test(path, "GET"):
            return path
    return "/"


def _database(error: sqlalchemy.exc.SQLAlchemyError) -> BaseResponse:
    log.warning("database_unavailable", kind=type(error).__name__)
    return answer(errors.Unavailable(retry_after=5))


def _collided(error: sqlalchemy.exc.IntegrityError) -> BaseResponse:
    """Answer two writes of the same thing at the same moment, of which this came second."""
    if getattr(error.orig, "sqlstate", None) != _UNIQUE_VIOLATION:
        return _unforeseen(error)
    log.warning("collided", kind=type(error.orig).__name__)
    return answer(SavedMeanwhile())


def _unstorable(error: sqlalchemy.exc.DataError) -> BaseResponse:
    """Answer a value that a column cannot hold, from an address, say: wrong, but not our fault."""
    log.warning("unstorable", kind=type(error.orig).__name__)
    return answer(errors.RuleBroken())


def _unforeseen(error: Exception) -> BaseResponse:
    # The text of an unforeseen error may carry what a person typed; only its kind and place are
    # logged, and nothing of it is shown.
    log.error("unexpected", exc_info=error)
    return answer(Unexpected())


def init_app(app: Flask) -> None:
    """Register the handlers: every error of every request ends in this module."""
    app.register_error_handler(OutreachError, _known)
    app.register_error_handler(HTTPException, _framework)
    for lost in (
        sqlalchemy.exc.OperationalError,
        sqlalchemy.exc.InterfaceError,
        sqlalchemy.exc.TimeoutError,
    ):
        app.register_error_handler(lost, _database)
    app.register_error_handler(sqlalchemy.exc.DataError, _unstorable)
    app.register_error_handler(sqlalchemy.exc.IntegrityError, _collided)
    app.register_error_handler(TransactionBrokenError, _unforeseen)
    app.register_error_handler(Exception, _unforeseen)
