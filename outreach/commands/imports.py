"""Taking in what was recorded elsewhere, line by line."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Protocol, TextIO, TypeVar

import click
from marshmallow import Schema

from outreach.accounts import service as accounts
from outreach.commands.running import command, printable, tell
from outreach.contacts import service as contacts
from outreach.contacts.schemas import ImportedContactSchema
from outreach.foundation.actor import Actor, system
from outreach.foundation.errors import Fault, OutreachError
from outreach.foundation.lines import Line, LineFile, NoLines
from outreach.foundation.problems import body_of, told

# So many lines are one transaction: a broken-off import is simply run again.
_CHUNK = 500

_T = TypeVar("_T")


class Outcome(Protocol):
    """What a service says of each input that an import hands it."""

    @property
    def created(self) -> bool:
        """Tell whether it was new."""

    @property
    def error(self) -> OutreachError | None:
        """Return why it was refused."""


Take = Callable[[Sequence[object]], Sequence[Outcome]]


@click.group("import")
def imports() -> None:
    """Take in what was recorded elsewhere: NDJSON, or CSV with the same names."""


@command(imports, "contacts")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "username", help="Whose import it is; recorded_by where a line names nobody.")
@click.option("--json", "as_json", is_flag=True, help="Answer one JSON document.")
def import_contacts(file: Path, username: str | None, *, as_json: bool) -> None:
    """Take in contacts: the body of POST contacts, and recorded_by (a username).

    Good lines are kept once, also when it is run again; every bad line is named with all that is
    wrong with it. Ends with 0 when all lines were good, 1 when some were refused, 2 when nothing
    could be read.
    """
    by = _importer(username)
    _import(
        file,
        ImportedContactSchema(),
        lambda items: contacts.import_contacts(by=by, items=items),
        as_json=as_json,
    )


def _importer(username: str | None) -> Actor:
    """Return who imports: the console, or the named person with the console's rights."""
    if username is None:
        return system("import")
    return replace(accounts.actor_named(username), roles=frozenset({"system"}))


@dataclass(slots=True)
class _Summary:
    """What became of a file so far."""

    read: int = 0
    created: int = 0
    unchanged: int = 0
    refused: int = 0
    # Lines that could be read as an input at all, right or wrong.
    legible: int = 0

    def counts(self) -> dict[str, int]:
        return {
            "read": self.read,
            "created": self.created,
            "unchanged": self.unchanged,
            "refused": self.refused,
        }

    @property
    def exit_code(self) -> int:
        if not self.legible:
            return 2
        return 1 if self.refused else 0


def _import(file: Path, schema: Schema, take: Take, *, as_json: bool) -> None:
    """Hand a file's inputs to a service, tell what became of them, and end the program."""
    summary = _Summary()
    with ExitStack() as stack:
        # The bad lines wait in a file until the counts are known: there may be a million of them.
        errors = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))
        lines = stack.enter_context(LineFile(file, schema))
        try:
            for line, faults in _faults(stack, lines, take, summary):
                _note(line, faults, errors if as_json else None)
        except NoLines as error:
            tell(error)
        _answer(summary, errors, as_json=as_json)
    sys.exit(summary.exit_code)


def _faults(
    stack: ExitStack, lines: LineFile, take: Take, summary: _Summary
) -> Iterator[tuple[int, list[dict[str, str]]]]:
    """Yield each bad line's number and all that is wrong with it."""
    bar = stack.enter_context(
        click.progressbar(length=lines.size, file=sys.stderr, hidden=not sys.stderr.isatty())
    )
    for chunk in _chunks(lines, _CHUNK):
        good = [line for line in chunk if line.fault is None]
        outcomes = iter(take([line.given for line in good]))
        summary.read += len(chunk)
        summary.legible += len(good)
        for line in chunk:
            outcome = None if line.fault else next(outcomes)
            if faults := _faults_of(line, outcome):
                summary.refused += 1
                yield line.number, faults
            elif outcome and outcome.created:
                summary.created += 1
            else:
                summary.unchanged += 1
        bar.update(lines.position - bar.pos)


def _faults_of(line: Line, outcome: Outcome | None) -> list[dict[str, str]]:
    if line.fault is not None:
        return [told(line.fault)]
    if outcome is None or outcome.error is None:
        return []
    if outcome.error.faults:
        return [told(fault) for fault in outcome.error.faults]
    return [told(Fault("/id", body_of(outcome.error)["title"]))]


def _note(line: int, faults: list[dict[str, str]], errors: TextIO | None) -> None:
    """Print a bad line at once, or keep it for the one JSON document."""
    if errors is None:
        for fault in faults:
            click.echo(printable(f"{line}: {fault['pointer']} {fault['detail']}"), err=True)
        return
    errors.write(",\n" if errors.tell() else "")
    errors.write(json.dumps({"line": line, "errors": faults}, ensure_ascii=False))


def _answer(summary: _Summary, errors: TextIO, *, as_json: bool) -> None:
    counts = summary.counts()
    if not as_json:
        click.echo(", ".join(f"{name} {number}" for name, number in counts.items()))
        return
    errors.seek(0)
    click.echo(json.dumps(counts).removesuffix("}") + ', "errors": [', nl=False)
    shutil.copyfileobj(errors, sys.stdout)
    click.echo("]}")


def _chunks(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
