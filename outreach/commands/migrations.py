"""The schema's state."""

from __future__ import annotations

import click

from outreach.migrations import upgrade


@click.command()
def migrate() -> None:
    """Bring the database to the newest migration; nothing happens when it is there."""
    upgrade()
