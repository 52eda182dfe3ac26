"""The `outreach` program, one module a topic: parse, call one service function, print."""

from __future__ import annotations

import click

from outreach.commands import (
    accounts,
    audit,
    demo,
    devices,
    figures,
    imports,
    keys,
    migrations,
    publications,
    readiness,
    sync,
    tokens,
)


@click.group()
def main() -> None:
    """Contacts, shifts and a directory for Jobbfabriken Vuxna, and the committees' figures."""


TOPICS = (
    migrations.migrate,
    accounts.user,
    tokens.token,
    devices.device,
    audit.audit,
    keys.keys,
    demo.demo,
    imports.imports,
    figures.nightly,
    figures.figures,
    publications.publish,
    readiness.check,
    sync.sync,
)
for topic in TOPICS:
    main.add_command(topic)
