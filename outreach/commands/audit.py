"""The trail of who saw or changed what."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from outreach.audit import service
from outreach.commands.running import command, say


@click.group()
def audit() -> None:
    """The trail of who saw or changed what."""


@command(audit, "seal")
def seal() -> None:
    """Seal what is new, as the worker does each minute."""
    click.echo(service.seal_new_entries())


@command(audit, "verify")
@click.option("--known-seal", help="NUMBER:DIGEST from the log stream: shows a cut-off tail.")
@click.option("--json", "as_json", is_flag=True)
def verify(known_seal: str | None, *, as_json: bool) -> None:
    """Look for removed, altered, swapped or added entries, and for some that wait too long."""
    found = service.verify(known_seal=known_seal)
    tally = service.tally()
    answer = {
        "breaches": [{"seal": breach.number, "reason": breach.reason} for breach in found],
        **asdict(tally),
    }
    told = [f"seal {breach.number}: {breach.reason}" for breach in found] or ["the trail is whole"]
    told.append(
        f"seals: {tally.seals}, entries under them: {tally.sealed}, not yet sealed: {tally.waiting}"
    )
    say(answer, as_json=as_json, plain="\n".join(told))
    if found:
        sys.exit(1)
