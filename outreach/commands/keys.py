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
