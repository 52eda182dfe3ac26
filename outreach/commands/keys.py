"""The keys that wrap people's keys."""

from __future__ import annotations

import sys
from datetime import timedelta

import click
from flask import current_app

from outreach.commands.running import command, say
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.foundation.keyring import RingKeyMissingError
from outreach.foundation.vault import TooManyOrphansError
from outreach.participants import keys as upkeep
from outreach.participants.keys import Rotation


@click.group()
def keys() -> None:
    """The keys that wrap people's keys."""


@command(keys, "rotate")
@click.option("--json", "as_json", is_flag=True)
def rotate(*, as_json: bool) -> None:
    """Make a new key of the ring and wrap everybody's key with it. May be run at any time.

    People can be read all the while. Whoever stopped it half way runs it again: it goes on with
    the key that it made.
    """
    bar = click.progressbar(length=0, file=sys.stderr, hidden=not sys.stderr.isatty())

    def progress(done: int, of: int) -> None:
        bar.length = of
        bar.update(done - bar.pos)

    try:
        with bar:
            done = upkeep.rotate(by=system("console"), progress=progress)
    except RingKeyMissingError as missing:
        message = f"{missing} is not in {current_app.config['KEYS_FOLDER']}, and people's keys are"
        raise click.ClickException(f"{message} wrapped by it. Put it back first.") from missing
    kept = clock.today() + timedelta(days=current_app.config["VAULT_BACKUP_DAYS"])
    answer = {
        "ring": done.ring,
        "resumed": done.resumed,
        "rewrapped": done.rewrapped,
        "unused": [_file(number) for number in done.unused],
        "keep_until": kept.isoformat(),
    }
    say(answer, as_json=as_json, plain=_told(done, kept.isoformat()))


@command(keys, "sweep")
@click.option("--destroy", "agreed", default=0, metavar="MANY", help="Yes, so many of them.")
@click.option("--json", "as_json", is_flag=True)
def sweep(agreed: int, *, as_json: bool) -> None:
    """Destroy the keys that have been nobody's for a day, as each night.

    More than a few, or half of all, it destroys only when it is told how many, and never more than
    that: a key whose person is only missing from the database opens nobody any more.
    """
    try:
        swept = upkeep.sweep(by=system("console"), agreed=agreed)
    except TooManyOrphansError as many:
        message = (
            f"{many.orphans} of {many.keys} keys are nobody's in this database: none was destroyed."
            " See that DATABASE_URL and VAULT_URL belong together, and that what was restored is"
            " whole. If they are nobody's all the same, say so:"
            f" outreach keys sweep --destroy {many.orphans}"
        )
        raise click.ClickException(message) from many
    say({"swept": swept}, as_json=as_json, plain=f"{swept} keys were nobody's.")


def _told(done: Rotation, kept: str) -> str:
    newest, began = _file(done.ring), "Went on with" if done.resumed else "Made"
    lines = [
        f"{began} {newest}, which now wraps every person's key ({done.rewrapped} anew).",
        f"Keep a copy of {newest} where the other keys are kept: without it nobody opens.",
    ]
    if done.unused:
        files = ", ".join(map(_file, done.unused))
        lines.append(f"No key needs {files} any more. Backups of the vault do, until {kept}.")
    return "\n".join(lines)


def _file(number: int) -> str:
    return f"ring-{number}.key"
