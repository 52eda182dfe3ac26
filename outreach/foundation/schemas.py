"""Reading what came in: every fault of an input at once, in plain words, with its pointer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from outreach.foundation import quick
from outreach.foundation.errors import N_, Fault, RuleBroken
from outreach.foundation.periods import Period, period_of

# marshmallow's own messages, in the interface's first language and manner.
fields.Field.default_error_messages = {
    "required": N_("Fyll i det här."),
    "null": N_("Det här får inte vara tomt."),
    "validator_failed": N_("Värdet går inte att använda."),
}
_MESSAGES: dict[type[fields.Field[Any]], dict[str, str]] = {
    fields.String: {
        "invalid": N_("Skriv text här."),
        "invalid_utf8": N_("Texten går inte att läsa."),
    },
    fields.UUID: {"invalid_uuid": N_("Det är inget giltigt id (UUID).")},
    fields.Integer: {
        "invalid": N_("Skriv ett heltal."),
        "too_large": N_("Talet är för stort."),
    },
    fields.Decimal: {
        "invalid": N_("Skriv ett tal."),
        "too_large": N_("Talet är för stort."),
        "special": N_("Skriv ett tal."),
    },
    fields.Boolean: {"invalid": N_("Svara ja eller nej (true eller false).")},
    fields.DateTime: {
        "invalid": N_("Skriv datum och tid som 2026-01-15T10:30:00+01:00."),
        "invalid_awareness": N_("Tiden behöver tidszon, till exempel +01:00."),
        "format": N_("Skriv datum och tid som 2026-01-15T10:30:00+01:00."),
    },
    fields.Date: {
        "invalid": N_("Skriv datum som 2026-01-15."),
        "format": N_("Skriv datum som 2026-01-15."),
    },
    fields.Time: {
        "invalid": N_("Skriv klockslag som 10:30."),
        "format": N_("Skriv klockslag som 10:30."),
    },
    fields.List: {"invalid": N_("Det här ska vara en lista.")},
    fields.Mapping: {"invalid": N_("Det här ska vara ett objekt.")},
    fields.Nested: {"type": N_("Det här ska vara ett objekt.")},
}
for _field, _texts in _MESSAGES.items():
    _field.default_error_messages = {**_field.default_error_messages, **_texts}

# Nothing after it, not even the line break that `$` would let pass.
CODE_PATTERN = r"^[a-z0-9][a-z0-9_+\-]{0,39}(?!\n)$"


class Input(Schema):
    """What every input schema inherits: unknown fields are refused, never ignored."""

    error_messages = {  # noqa: RUF012 - marshmallow's own way of texts
        "unknown": N_("Det fältet finns inte här."),
        "type": N_("Det här ska vara ett objekt."),
    }

    class Meta:  # noqa: D106 - marshmallow's own way of options
        unknown = RAISE


class UtcDateTime(fields.AwareDateTime):
    """An instant with its offset in ISO 8601; read and written in UTC, to the microsecond."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", default_timezone=None, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        instant = super()._deserialize(value, attr, data, **kwargs)
        try:
            return instant.astimezone(UTC)
        except OverflowError as error:
            raise self.make_error("invalid", input=value, obj_type="datetime") from error

    @staticmethod
    def quickly(value: Any) -> datetime:
        """Read an ordinary instant (see `quick`). Raises ValueError or TypeError for others."""
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise ValueError
        return instant.astimezone(UTC)

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Code(fields.String):
    """One code of a code list, by shape; whether it may be used that day is a service's to say."""

    def __init__(self, listed: str | None = None, **kwargs: Any) -> None:
        metadata = {"x-code-list": listed} if listed else {}
        super().__init__(
            validate=validate.Regexp(CODE_PATTERN, error=N_("Det är ingen giltig kod.")),
            metadata=metadata,
            **kwargs,
        )

    quickly = staticmethod(quick.text)


class Cursor(fields.String):
    """A place in a list, as an answer's `next` told it."""

    def __init__(self, **kwargs: Any) -> None:
        told = N_("Använd värdet från svarets fält next, som det är.")
        super().__init__(validate=validate.Regexp(r"^[A-Za-z0-9_-]{1,200}$", error=told), **kwargs)


# Days that a calendar of ours can hold: far from where arithmetic with dates ends.
_FIRST, _LAST = date(2000, 1, 1), date(2199, 12, 31)
_OUT_OF_REACH = N_("Skriv ett datum mellan 2000 och 2199.")
# More than any computer's own numbers have; a database keeps no endless ones.
_MOST_DECIMALS = 20
_SPACES = re.compile(r"\s")


def day(**more: Any) -> fields.Date:
    """Return a field for a day in reach."""
    return fields.Date(validate=validate.Range(_FIRST, _LAST, error=_OUT_OF_REACH), **more)


def instant(**more: Any) -> UtcDateTime:
    """Return a field for an instant in reach."""
    begin = datetime(_FIRST.year, 1, 1, tzinfo=UTC)
    end = datetime(_LAST.year + 1, 1, 1, tzinfo=UTC)
    in_reach = validate.Range(begin, end, max_inclusive=False, error=_OUT_OF_REACH)
    return UtcDateTime(validate=in_reach, **more)


class PeriodField(fields.String):
    """A period as `2026-01-01..2026-08-31`, both days included and in reach."""

    default_error_messages = {  # noqa: RUF012 - marshmallow's own way of texts
        "period": N_("Skriv perioden som 2026-01-01..2026-08-31, första dagen först."),
        "out_of_reach": N_("Skriv en period mellan 2000 och 2199."),
    }

    def __init__(self, *, description: str = "", **kwargs: Any) -> None:
        described = {
            "description": description or "The first and the last day, both included.",
            "pattern": r"^\d{4}-\d{2}-\d{2}\.\.\d{4}-\d{2}-\d{2}$",
        }
        super().__init__(metadata=described, **kwargs)

    def _deserialize(self, value: object, *args: object, **kwargs: object) -> Period:  # type: ignore[override]
        text = super()._deserialize(value, *args, **kwargs)
        try:
            period = period_of(text)
        except ValueError as error:
            raise self.make_error("period") from error
        if not (period.first >= _FIRST and period.last <= _LAST):
            raise self.make_error("out_of_reach")
        return period


class Number(fields.Decimal):
    """A number from 0 to `highest`, its decimals as they were written: with a point or a comma."""

    default_error_messages = {  # noqa: RUF012 - marshmallow's own way of texts
        "decimals": N_("Skriv talet med färre decimaler."),
        "negative": N_("Skriv ett tal som är 0 eller mer."),
    }

    def __init__(self, *, highest: int, **kwargs: Any) -> None:
        self.highest = highest
        described = {"type": "number", "minimum": 0, "maximum": highest}
        super().__init__(allow_nan=False, metadata=described, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Decimal:
        if isinstance(value, bool):
            raise self.make_error("invalid")
        plain = _SPACES.sub("", value).replace(",", ".") if isinstance(value, str) else str(value)
        number = super()._deserialize(plain, *args, **kwargs)
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and exponent < -_MOST_DECIMALS:
            raise self.make_error("decimals")
        if number < 0:
            raise self.make_error("negative")
        if number > self.highest:
            raise self.make_error("too_large")
        return number


def one_of(*choices: str) -> validate.OneOf:
    """Return a validator for a closed choice, with a message that names what may be chosen."""
    return validate.OneOf(choices, error=lazy_gettext("Välj något av: {choices}."))


def within(lowest: int, highest: int) -> validate.Range:
    """Return a validator for a whole number between two bounds, both included."""
    return validate.Range(
        lowest, highest, error=lazy_gettext("Skriv ett tal mellan {min} och {max}.")
    )


def length(lowest: int, highest: int) -> validate.Length:
    """Return a validator for the length of a text or list, with a message that says the bounds."""
    return validate.Length(
        lowest, highest, error=lazy_gettext("Längden ska vara mellan {min} och {max}.")
    )


def some_of(highest: int) -> validate.Length:
    """Return a validator for a list of choices of which at least one is made."""
    return validate.Length(1, highest, error=lazy_gettext("Välj minst ett."))


# Nobody reads more at once; an answer must not be many times what was sent.
_MOST_FAULTS = 50

Rule = Callable[[Mapping[str, Any]], Iterable[Fault]]


def read(schema: Schema, given: object, *rules: Rule) -> dict[str, Any]:
    """Return the input as the schema reads it.

    The rules see what could be read, also when other fields could not, so that a person is told
    everything at once. A rule must expect any field to be missing. Raises RuleBroken.
    """
    if unstorable := list(islice(_unstorable(given), _MOST_FAULTS)):
        raise RuleBroken(faults=unstorable)
    data, faults = _loaded(schema, given)
    for rule in rules:
        faults.extend(rule(data))
    if faults:
        raise RuleBroken(faults=_once(faults)[:_MOST_FAULTS])
    return data


def ids_said(items: Iterable[object], name: str) -> set[UUID]:
    """Return every id that inputs say under a name; what is none is left to their schema."""
    said = (item.get(name) for item in items if isinstance(item, Mapping))
    return set(_ids(value for value in said if isinstance(value, str)))


def _ids(texts: Iterable[str]) -> Iterator[UUID]:
    for text in texts:
        try:
            yield UUID(text)
        except ValueError:
            continue


def _loaded(schema: Schema, given: object) -> tuple[dict[str, Any], list[Fault]]:
    """Return what could be read, and what is wrong with the rest."""
    quickly = quick.reader_for(schema)
    if quickly is not None and (found := quickly(given)) is not None:
        return found, []
    try:
        return schema.load(given), []  # type: ignore[arg-type]
    except ValidationError as error:
        read_so_far = error.valid_data if isinstance(error.valid_data, dict) else {}
        return read_so_far, flattened(error.messages)


def _unstorable(given: object, pointer: str = "") -> Iterator[Fault]:
    """Yield every text that no database keeps: with a NUL, or with half a character."""
    if isinstance(given, str):
        if "\x00" in given or not (given.isascii() or _is_whole(given)):
            yield Fault(pointer, N_("Texten innehåller tecken som inte går att spara."))
    elif isinstance(given, Mapping):
        for key, value in given.items():
            yield from _unstorable(value, f"{pointer}/{_escaped(key)}")
    elif isinstance(given, list):
        for place, value in enumerate(given):
            yield from _unstorable(value, f"{pointer}/{place}")


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def flattened(messages: object, pointer: str = "") -> list[Fault]:
    """Return marshmallow's nested messages as a flat list of faults with JSON pointers."""
    if isinstance(messages, Mapping):
        return [
            fault
            for key, inner in messages.items()
            for fault in flattened(
                inner, pointer if key == "_schema" else f"{pointer}/{_escaped(key)}"
            )
        ]
    if isinstance(messages, list):
        return [fault for inner in messages for fault in flattened(inner, pointer)]
    return [Fault(pointer, str(messages))]


def _escaped(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")


def _once(faults: list[Fault]) -> list[Fault]:
    """Keep the first fault at each place: two complaints about one field confuse."""
    kept: dict[str, Fault] = {}
    for fault in faults:
        kept.setdefault(fault.pointer, fault)
    return list(kept.values())
