"""Files of lines, one input a line: NDJSON and CSV read as the same inputs, in constant memory.

CSV has the fields' names as its first line; lists are joined by `|`, an empty cell is an empty
list or absent, and numbers and truth values are written out. What is an object in itself has a
column for each of its parts, named after both: `contact_preference.sms`. Comma and semicolon both
separate (spreadsheets of different countries write different ones). What a line means is not known
here: a line that can be read as an input is handed on as it is, and any other says what is wrong
with it.
"""

from __future__ import annotations

import csv
import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Any, NoReturn, Self

from marshmallow import Schema, fields

from outreach.foundation.errors import N_, Fault, Malformed

# No input is nearly as long; a file without line breaks must not fill the memory.
LONGEST = 256 * 1024

LIST_SEPARATOR = "|"
_SEPARATORS = ",;\t"
_NDJSON_SUFFIXES = {".ndjson", ".jsonl", ".json"}
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")
# How JSON spells half a sign, or none at all.
_ESCAPED_ODDITY = re.compile(r"\\u(?:d[89a-f]|0000)", re.IGNORECASE)
_TRUTH = {"true": True, "false": False}

_NOT_TEXT = Fault("", N_("Raden är inte skriven i UTF-8."))
_NOT_JSON = Fault("", N_("Raden är inte giltig JSON."))
_NOT_AN_OBJECT = Fault("", N_("Raden ska vara ett JSON-objekt."))
_EMPTY = Fault("", N_("Raden är tom."))
_TOO_LONG = Fault("", N_("Raden är för lång."))
_MORE_CELLS = Fault("", N_("Raden har fler celler än den första raden har namn."))
_BROKEN_QUOTES = Fault("", N_("Citattecknen på raden går inte ihop."))


class NoLines(Malformed):
    """The file has nothing that could be read as a line."""

    slug = "no-lines"
    title = N_("Det finns inget att läsa i filen")
    advice = N_("Filen ska vara NDJSON (ett objekt per rad) eller CSV med namn på första raden.")


# A line's number and text, or what is wrong with the text.
Text = tuple[int, str | Fault]


@dataclass(frozen=True, slots=True)
class Line:
    """One line: where it is in the file (the first is 1), and its input or what is wrong."""

    number: int
    given: dict[str, Any] | None = None
    fault: Fault | None = None


class LineFile:
    """The lines of a file, as NDJSON or CSV by its name's ending, else by how it begins.

    `schema` tells which columns of a CSV file are lists, numbers or truth values. Every line is
    read by itself, so that a broken one costs no other. Empty lines at the end are no lines.
    """

    def __init__(self, path: Path, schema: Schema) -> None:
        self.size = path.stat().st_size
        # How many bytes of the file have been read.
        self.position = 0
        self._fields = dict(_columns(schema))
        self._suffix = path.suffix.lower()
        self._file = path.open("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[Line]:
        """Yield every line. Raises NoLines for a CSV file whose first line names no known field."""
        lines = self._texts()
        first = next(lines, (1, ""))
        if self._is_ndjson(first[1]):
            yield from _without_empty_end(_ndjson(chain([first], lines)))
        else:
            yield from _without_empty_end(self._csv(first[1], lines))

    def _is_ndjson(self, first: str | Fault) -> bool:
        if self._suffix == ".csv" or self._suffix in _NDJSON_SUFFIXES:
            return self._suffix != ".csv"
        return isinstance(first, str) and first.lstrip().startswith("{")

    def _texts(self) -> Iterator[Text]:
        """Yield the number and text of every line, or what keeps it from being a text."""
        for number in count(1):
            line = self._file.readline(LONGEST)
            if not line:
                return
            self.position += len(line)
            if len(line) == LONGEST and not line.endswith(b"\n"):
                self._skip_the_rest()
                yield number, _TOO_LONG
            else:
                yield number, _decoded(line.removeprefix(BOM_UTF8) if number == 1 else line)

    def _skip_the_rest(self) -> None:
        while more := self._file.readline(LONGEST):
            self.position += len(more)
            if more.endswith(b"\n"):
                return

    def _csv(self, first: str | Fault, lines: Iterator[Text]) -> Iterator[Line]:
        separator = max(_SEPARATORS, key=first.count) if isinstance(first, str) else ","
        header = self._header(_cells(first, separator))
        for number, text in lines:
            cells = _cells(text, separator)
            if isinstance(cells, Fault):
                yield Line(number, fault=cells)
            elif not any(cells):
                yield Line(number, fault=_EMPTY)
            elif any(cells[len(header) :]):
                yield Line(number, fault=_MORE_CELLS)
            else:
                row = zip(header, cells, strict=False)
                yield Line(number, _whole(self._said(row), self._fields))

    def _header(self, cells: list[str] | Fault) -> list[str]:
        named = [name for name in cells if name] if isinstance(cells, list) else []
        if self._fields.keys().isdisjoint(named) or len(set(named)) < len(named):
            raise NoLines
        return list(cells) if isinstance(cells, list) else []

    def _said(self, row: Iterable[tuple[str, str]]) -> Iterator[tuple[str, object]]:
        for name, cell in row:
            if cell:
                yield name, self._value(name, cell)
            elif isinstance(self._fields.get(name), fields.List):
                yield name, []

    def _value(self, name: str, cell: str) -> object:
        """Return what a cell says, as JSON would; a text that says nothing else stays a text."""
        field = self._fields.get(name)
        if isinstance(field, fields.List):
            return [part.strip() for part in cell.split(LIST_SEPARATOR)]
        if isinstance(field, fields.Integer) and _WHOLE_NUMBER.fullmatch(cell):
            return int(cell)
        if isinstance(field, fields.Boolean):
            return _TRUTH.get(cell.lower(), cell)
        return cell


def _columns(schema: Schema) -> Iterator[tuple[str, fields.Field[Any]]]:
    """Yield every field by the name of its column; the parts of an object by both names."""
    for own, field in schema.load_fields.items():
        name = field.data_key or own
        yield name, field
        if isinstance(field, fields.Nested):
            yield from ((f"{name}.{part}", inner) for part, inner in _columns(field.schema))


def _whole(said: Iterable[tuple[str, object]], known: Mapping[str, object]) -> dict[str, Any]:
    """Return a row's input, the parts of an object put together in it."""
    row: dict[str, Any] = {}
    for name, value in said:
        whole, dot, part = name.partition(".")
        if dot and isinstance(known.get(whole), fields.Nested):
            parts = row.setdefault(whole, {})
            if isinstance(parts, dict):
                parts[part] = value
                continue
        # A part beside a column for the whole is a field that nobody knows, and is told so.
        row[name] = value
    return row


def _decoded(line: bytes) -> str | Fault:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return _NOT_TEXT


def _ndjson(lines: Iterable[Text]) -> Iterator[Line]:
    for number, text in lines:
        if isinstance(text, Fault):
            yield Line(number, fault=text)
        elif not text.strip():
            yield Line(number, fault=_EMPTY)
        else:
            yield _json_line(number, text)


def _json_line(number: int, text: str) -> Line:
    try:
        given = _JSON.decode(text)
        if _ESCAPED_ODDITY.search(text):
            _refuse_unwritable(given)
    except (ValueError, RecursionError):
        return Line(number, fault=_NOT_JSON)
    return Line(number, given) if isinstance(given, dict) else Line(number, fault=_NOT_AN_OBJECT)


def _refuse_unwritable(given: object) -> None:
    """Raise ValueError for signs that JSON can spell but no text can hold, in UTF-8 or a table."""
    if b"\\u0000" in json.dumps(given, ensure_ascii=False).encode():
        raise ValueError


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)


# `NaN` and `Infinity` are Python's own additions to JSON.
_JSON = json.JSONDecoder(parse_constant=_no_number)


def _cells(text: str | Fault, separator: str) -> list[str] | Fault:
    if isinstance(text, Fault):
        return text
    if "\0" in text:
        return _NOT_TEXT
    try:
        row = next(csv.reader([text], delimiter=separator, strict=True), [])
    except csv.Error:
        return _BROKEN_QUOTES
    return [cell.strip() for cell in row]


def _without_empty_end(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield the lines; empty ones only once something comes after them."""
    empty: range = range(0)
    for line in lines:
        if line.fault is _EMPTY:
            empty = range(empty.start or line.number, line.number + 1)
        else:
            yield from (Line(number, fault=_EMPTY) for number in empty)
            empty = range(0)
            yield line
