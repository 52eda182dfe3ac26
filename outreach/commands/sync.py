"""What comes from tablets, after a backup was restored."""

from __future__ import annotations

import click

from outreach.commands.running import command, say
from outreach.foundation.actor import system
from outreach.sync import upkeep


@click.group()
def sync() -> None:
    """What comes from tablets."""


@command(sync, "restored")
@click.option("--json", "as_json", is_flag=True)
def restored(*, as_json: bool) -> None:
    """Say that the database was restored from a backup, so that tablets send again.

    Each tablet still has what it sent in the last 14 days. Run it once, before tablets are let in.
    """
    generation = upkeep.restored(by=system("console"))
    plain = f"Tablets send again what they still have (life {generation} of the database)."
    say({"server_generation": generation}, as_json=as_json, plain=plain)
