"""The schema's state."""

from __future__ import annotations

import click

from outreach.migrations import upgrade, upgrade_vault


@click.command()
def migrate() -> None:
    """Bring both databases to their newest migrations; nothing happens when they are there."""
    upgrade_vault()
    upgrade()
