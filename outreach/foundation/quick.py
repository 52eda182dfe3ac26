"""The quick way to read ordinary input, in front of marshmallow.

Nearly all that is sent is as it should be. A quick reader asks each field one plain question and
gives up at the first thing out of the ordinary; marshmallow then reads the input from the start
and tells what is wrong. It is made from the schema itself, so that there is one description of
an input; a test holds the two against each other over made-up input of every kind.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from marshmallow import RAISE, Schema, ValidationError, fields, missing, validate

Take = Callable[[Any], Any]
QuickReader = Callable[[object], dict[str, Any] | None]

# What a plain question answers with when the value is out of the ordinary.
_ODD = (ValueError, TypeError, AttributeError, LookupError, OverflowError, ValidationError)


# More different codes than any field has; texts that are not codes must not fill the memory.
_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class _Step:
    """How one field is read."""

    name: str
    key: str
    take: Take
    required: bool
    allow_none: bool
    default: Any


def reader_for(schema: Schema) -> QuickReader | None:
    """Return the quick reader of a schema, None where only marshmallow will do.

    The reader returns what `schema.load` would, or None for whatever it does not recognise.
    """
    if schema.partial or schema.only is not None or schema.exclude or schema.many:
        return None
    return _of_class(type(schema))


@functools.cache
def _of_class(kind: type[Schema]) -> QuickReader | None:
    schema = kind()
    plain = kind.load is Schema.load and not any(kind._hooks.values())  # noqa: SLF001 - no public word for it
    if not plain or schema.partial or schema.unknown != RAISE:
        return None
    steps = [_step(name, field) for name, field in schema.load_fields.items()]
    known = [step for step in steps if step is not None]
    return _reader(known) if len(known) == len(steps) else None


def _reader(steps: list[_Step]) -> QuickReader:
    plan = [(s.name, s.key, s.take, s.required, s.allow_none, s.default) for s in steps]

    def read(given: object) -> dict[str, Any] | None:
        if type(given) is not dict:
            return None
        found = {}
        seen = 0
        try:
            for name, key, take, required, allow_none, default in plan:
                value = given.get(key, missing)
                if value is missing:
                    if required:
                        return None
                    if default is not missing:
                        found[name] = default() if callable(default) else default
                    continue
                seen += 1
                if value is None:
                    if not allow_none:
                        return None
                    found[name] = None
                else:
                    found[name] = take(value)
        except _ODD:
            return None
        # Anything more than what was asked for is a field that nobody knows.
        return found if seen == len(given) else None

    return read


def _step(name: str, field: fields.Field[Any]) -> _Step | None:
    take = _take(field)
    if take is None or field.attribute is not None:
        return None
    return _Step(
        name=name,
        key=field.data_key or name,
        take=take,
        required=field.required,
        allow_none=field.allow_none,
        default=field.load_default,
    )


def _take(field: fields.Field[Any]) -> Take | None:
    """Return how a field's value is read and judged, None for a field not known here."""
    if field.pre_load or field.post_load:
        return None
    read = getattr(field, "quickly", None) or _WAYS.get(type(field))
    if isinstance(field, fields.List) and type(field) is fields.List:
        read = _list_of(field)
    if isinstance(field, fields.Nested):
        read = _part_of(field)
    if isinstance(field, fields.Integer) and not field.strict:
        return None
    if isinstance(field, fields.Date) and field.format not in {None, "iso"}:
        return None
    if isinstance(field, fields.Boolean) and not (True in field.truthy and False in field.falsy):
        return None
    return _judged(read, field.validators) if read else None


def _judged(read: Take, validators: list[Any]) -> Take:
    if not validators:
        return read
    if len(validators) == 1 and isinstance(validators[0], validate.Regexp):
        matches = validators[0].regex.match
        # Codes come again and again; those seen before need not be matched again.
        seen: set[Any] = set()

        def take_matching(value: Any) -> Any:
            if value in seen:
                return value
            taken = read(value)
            if matches(taken) is None:
                raise ValueError
            if len(seen) < _REMEMBERED:
                seen.add(taken)
            return taken

        return take_matching

    def take(value: Any) -> Any:
        taken = read(value)
        for validator in validators:
            validator(taken)
        return taken

    return take


def _list_of(field: fields.List[Any]) -> Take | None:
    inner = _take(field.inner)
    if inner is None or field.inner.allow_none:
        return None

    def take(value: Any) -> list[Any]:
        if type(value) is not list:
            raise TypeError
        return [inner(each) for each in value]

    return take


def _part_of(field: fields.Nested) -> Take | None:
    whole = field.many or field.unknown or field.only is not None or field.exclude
    if whole or not (isinstance(field.nested, type) and issubclass(field.nested, Schema)):
        return None
    read = _of_class(field.nested)
    if read is None:
        return None

    def take(value: Any) -> dict[str, Any]:
        found = read(value)
        if found is None:
            raise ValueError
        return found

    return take


def text(value: Any) -> str:
    """Return a text as it is. Raises TypeError for anything else."""
    if type(value) is not str:
        raise TypeError
    return value


def _whole_number(value: Any) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _truth(value: Any) -> bool:
    if type(value) is not bool:
        raise TypeError
    return value


def _day(value: Any) -> date:
    # What Python reads besides is not what the schema does: 20260115, 2026-W03-4.
    if value[4] != "-" or value[7] != "-":
        raise ValueError
    return date.fromisoformat(value)


_WAYS: dict[type, Take] = {
    fields.String: text,
    fields.Integer: _whole_number,
    fields.UUID: lambda value: UUID(text(value)),
    fields.Boolean: _truth,
    fields.Date: _day,
}
