"""Taking in what was recorded elsewhere, line by line."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Protocol, TextIO, TypeVar

import click
from marshmallow import Schema

from outreach.accounts import service as accounts
from outreach.commands.running import command, printable, say, tell
from outreach.contacts import service as contacts
from outreach.contacts.schemas import ImportedContactSchema
from outreach.enrolments import service as enrolments
from outreach.enrolments.schemas import ImportedEnrolmentSchema
from outreach.followups import imports as followups
from outreach.followups.schemas import ImportedFollowupSchema
from outreach.foundation.actor import Actor, system
from outreach.foundation.errors import Fault, OutreachError
from outreach.foundation.lines import Line, LineFile, NoLines
from outreach.foundation.problems import body_of, told
from outreach.handoffs import imports as handoffs
from outreach.handoffs.schemas import ImportedHandoffSchema
from outreach.identification import imports as identification
from outreach.identification.schemas import ImportedJoinSchema, ImportedLinkSchema
from outreach.participants import service as participants
from outreach.participants.schemas import ImportedParticipantSchema
from outreach.reported import fetching, figures
from outreach.reported import imports as reported
from outreach.reported.schemas import ImportedAmgEnrolmentSchema, NewReportedFigureSchema

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


def _taken_in(name: str, schema: Schema, take: Callable[..., Sequence[Outcome]], help: str) -> None:
    """Declare the import of one kind of line: what it is, and the service that takes it in."""

    def act(file: Path, username: str | None, *, as_json: bool) -> None:
        by = _importer(username)
        _import(file, schema, lambda items: take(by=by, items=items), as_json=as_json)

    act.__doc__ = help
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Answer one JSON document."),
        click.option("--as", "username", help="Whose import it is, as the trail will say."),
        click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    ):
        act = option(act)
    command(imports, name)(act)


_taken_in(
    "contacts",
    ImportedContactSchema(),
    contacts.import_contacts,
    """Take in contacts: the body of POST contacts, and recorded_by (a username).

    Good lines are kept once, also when it is run again; every bad line is named with all that is
    wrong with it. Ends with 0 when all lines were good, 1 when some were refused, 2 when nothing
    could be read. Where a line names nobody, whoever imports has recorded it.
    """,
)
_taken_in(
    "participants",
    ImportedParticipantSchema(),
    participants.import_participants,
    """Take in people who are known: the body of POST participants, without links.

    Nobody's enrolment is opened: what a line says of how the person came is held to its shape, and
    taken from a line of the enrolments. Otherwise as for contacts.
    """,
)
_taken_in(
    "enrolments",
    ImportedEnrolmentSchema(),
    enrolments.import_enrolments,
    """Take in enrolments, open and closed: participant_id, opened_on, route_in and what is known.

    In a table an occupation is its code, or part_time|50 with its extent. Otherwise as for
    contacts.
    """,
)
_taken_in(
    "followups",
    ImportedFollowupSchema(),
    followups.import_followups,
    """Take in booked meetings: the body of POST followups, with usernames as workers, and state.

    What became of one stands as the line says it; one that was held makes no contact, for that is
    a line of the contacts. Otherwise as for contacts.
    """,
)
_taken_in(
    "handoffs",
    ImportedHandoffSchema(),
    handoffs.import_handoffs,
    """Take in handoffs: participant_id, direction (out or in), team, state and its days.

    sent_on, decided_on and started_on, as far as the state has come; origin for those who came in.
    What was told with them is not taken in. Otherwise as for contacts.
    """,
)
_taken_in(
    "amg-enrolments",
    ImportedAmgEnrolmentSchema(),
    reported.import_amg_enrolments,
    """Take in the labour market unit's enrolments: person_key, start, end and what came of it.

    The key is the unit's own, and never a personal identity number. A line that is told anew takes
    the place of what was told before. Otherwise as for contacts.
    """,
)
_taken_in(
    "indicators",
    NewReportedFigureSchema(),
    figures.report_all,
    """Take in what others count: figure (KN1 to KN5), period (A..B), source and the number.

    KN1 is a unit's numerator and denominator, the others a value; unit says who counted. A second
    value of the same figure, period and unit is refused: the first is put right at
    /siffror/underlag. Otherwise as for contacts.
    """,
)
_taken_in(
    "links",
    ImportedLinkSchema(),
    identification.import_links,
    """Take in whose contacts were: participant_id, contact_id, linked_at, and undone_at if undone.

    Otherwise as for contacts.
    """,
)
_taken_in(
    "same-as",
    ImportedJoinSchema(),
    identification.import_joins,
    """Take in who were one person: participant_id, other_id, joined_at, and undone_at if undone.

    Otherwise as for contacts.
    """,
)


@command(imports, "kolada")
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False
)
@click.option("--as", "username", help="Whose import it is, as the trail will say.")
@click.option("--json", "as_json", is_flag=True, help="Answer one JSON document.")
def kolada(file: Path | None, username: str | None, *, as_json: bool) -> None:
    """Take in KN3, KN4 and KN5 as Kolada tells them: asked now, or from an answer in a FILE.

    What it has revised takes the place of what it told before; a year without a value is none.
    Ends with 2 when nothing could be read, and then nothing is changed.
    """
    by = _importer(username)
    try:
        told = fetching.take_in(by=by, page=_page_in(file)) if file else fetching.fetch(by=by)
    except OutreachError as error:
        tell(error)
        sys.exit(2)
    counts = asdict(told)
    say(counts, as_json=as_json, plain=", ".join(f"{name} {n}" for name, n in counts.items()))


def _page_in(file: Path) -> object:
    """Return what a file holds as JSON; nothing where it holds none, which no answer is."""
    try:
        return json.loads(file.read_bytes())
    except ValueError:
        return None


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
