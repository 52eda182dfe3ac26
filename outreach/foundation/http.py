"""What the interface for programs needs of HTTP: bodies, versions, pages of lists, contract."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar
from uuid import UUID

from apispec.ext.marshmallow import MarshmallowPlugin
from flask import request
from flask_smorest import Api, Blueprint
from marshmallow import Schema, ValidationError, fields
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest

from outreach.foundation.errors import (
    N_,
    Fault,
    Malformed,
    RuleBroken,
    Stale,
    VersionNeeded,
    WrongMediaType,
)
from outreach.foundation.schemas import UtcDateTime, flattened

# A version is an integer column.
_MOST_DIGITS = 9

View = TypeVar("View", bound=Callable[..., Any])


class _Parser(FlaskParser):
    """Hands a JSON body to the view as it came; reads everything else through its schema.

    A service reads its own input (see the decision "Services read their own input"), so that a
    page, a program, an import and a tablet are told the same faults, all at once.
    """

    def parse(self, argmap: Any, req: Any = None, *, location: str | None = None, **kw: Any) -> Any:
        """Return what a view is given from the location."""
        if location == "json":
            return json_body()
        return super().parse(argmap, req, location=location, **kw)

    def handle_error(self, error: ValidationError, *_: Any, **__: Any) -> NoReturn:
        """Tell every fault of the query at once."""
        place, messages = next(iter(error.messages_dict.items()))
        raise RuleBroken(faults=flattened(messages, f"/{place}" if place else ""))


class ApiBlueprint(Blueprint):  # type: ignore[misc]
    """A feature's part of the interface: routes that declare what they read and answer."""

    ARGUMENTS_PARSER = _Parser()

    def reads(self, schema: type[Schema], *, location: str = "json") -> Callable[[View], View]:
        """Declare what a route reads: a JSON body as it came, or loaded query parameters."""
        return self.arguments(  # type: ignore[no-any-return]
            schema, location=location, **({} if location == "json" else {"unknown": None})
        )

    def answers(
        self, status: int, schema: type[Schema] | Schema | dict[str, str] | None = None, **doc: Any
    ) -> Callable[[View], View]:
        """Declare a route's ordinary answer and how it is written.

        Of what is no JSON a description, as OpenAPI has it, and its `content_type`.
        """
        return self.response(status, schema, **doc)  # type: ignore[no-any-return]

    def also_answers(
        self, status: int, schema: type[Schema] | None = None, **doc: Any
    ) -> Callable[[View], View]:
        """Declare another good answer of a route."""
        return self.alt_response(status, schema=schema, success=True, **doc)  # type: ignore[no-any-return]


class _FaultSchema(Schema):
    pointer = fields.String(required=True, metadata={"description": "JSON pointer (RFC 6901)"})
    detail = fields.String(required=True)


class ProblemSchema(Schema):
    """Problem details (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True)
    request_id = fields.String(required=True)
    errors = fields.List(fields.Nested(_FaultSchema))
    current = fields.Dict()


class Contract(Api):  # type: ignore[misc]
    """The OpenAPI description, made from the same schemas that the routes use."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = "PROBLEM"

    def __init__(self) -> None:
        super().__init__(
            spec_kwargs={
                "marshmallow_plugin": MarshmallowPlugin(),
                "title": "outreach",
                "version": "1",
                "openapi_version": "3.1.0",
            }
        )

    def _register_error_handlers(self) -> None:
        """Leave every error to `problems.py`: one builder, one shape."""

    def _register_responses(self) -> None:
        """Describe every error as what it is: problem details."""
        content = {"application/problem+json": {"schema": ProblemSchema}}
        for status in HTTPStatus:
            told: dict[str, Any] = {"description": status.phrase}
            if status >= HTTPStatus.BAD_REQUEST:
                told["content"] = content
            self.spec.components.response(status.name, told, lazy=True)
        told = {
            "description": "What went wrong and what to do next (RFC 9457).",
            "content": content,
        }
        self.spec.components.response(self.DEFAULT_ERROR_RESPONSE_NAME, told)
        self._register_field(UtcDateTime, "string", "date-time")


def json_body() -> dict[str, Any]:
    """Return the request's JSON object. Raises WrongMediaType or Malformed.

    Nothing sent at all is an empty object: many acts have nothing more to say.
    """
    if not request.mimetype and not request.content_length:
        return {}
    if request.mimetype != "application/json":
        raise WrongMediaType
    try:
        body = request.get_json()
    except (BadRequest, RecursionError) as error:
        raise Malformed from error
    if not isinstance(body, dict):
        raise Malformed(N_("Skicka ett JSON-objekt, inte en lista eller ett enstaka värde."))
    return body


def etag(version: int) -> dict[str, str]:
    """Return the header that names the version of the row in the answer."""
    return {"ETag": f'"{version}"'}


def expected_version(*, required: bool = True) -> int | None:
    """Return the version that the request was made from (If-Match).

    Raises VersionNeeded when it is required and absent, Stale when it names none of ours.
    """
    given = request.headers.get("If-Match")
    if given is None:
        if required:
            raise VersionNeeded
        return None
    number = given.strip().removeprefix("W/").strip('"')
    if not number.isdecimal() or len(number) > _MOST_DIGITS:
        raise Stale
    return int(number)


def cursor_of(*parts: str) -> str:
    """Return an opaque place in a list; it never carries anything about a person."""
    return base64.urlsafe_b64encode("\n".join(parts).encode()).decode().rstrip("=")


def place_at(cursor: str, parts: int) -> list[str]:
    """Return what `cursor_of` was given. Raises RuleBroken for anything else."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        place = base64.urlsafe_b64decode(padded.encode("ascii")).decode().split("\n")
    except (binascii.Error, UnicodeError, ValueError):
        place = []
    if len(place) != parts:
        raise _not_a_place()
    return place


def _not_a_place() -> RuleBroken:
    detail = N_("Använd värdet från svarets fält next, som det är.")
    return RuleBroken(faults=[Fault("/cursor", detail)])


def cursor_at(instant: datetime, id: UUID) -> str:
    """Return the place of a row in a list in order of time, as `instant_and_id` reads it."""
    return cursor_of(instant.isoformat(), str(id))


def instant_and_id(cursor: str) -> tuple[datetime, UUID]:
    """Return the place of a list in order of time. Raises RuleBroken for anything else."""
    instant, row_id = place_at(cursor, 2)
    try:
        return datetime.fromisoformat(instant).astimezone(UTC), UUID(row_id)
    except (ValueError, OverflowError) as error:
        raise _not_a_place() from error
