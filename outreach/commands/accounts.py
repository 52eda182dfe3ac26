"""The staff."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import click
from flask import current_app

from outreach.commands.running import command
from outreach.foundation.actor import system
from outreach.staff import service


@click.group()
def user() -> None:
    """The staff."""


@command(user, "create")
@click.option("--username", required=True)
@click.option("--name", required=True)
@click.option("--role", "roles", multiple=True, required=True)
@click.option("--site", "sites", multiple=True)
@click.option("--committee", type=click.Choice(["KN", "SN"]))
@click.option("--team")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
def create_user(**given: Any) -> None:
    """Add one of the staff; the password is asked for, never shown."""
    given |= {"id": str(uuid4()), "roles": list(given["roles"]), "sites": list(given["sites"])}
    added = service.create_user(by=system("console"), given=given, cost=_cost())
    click.echo(f"{added.username} {added.id}")


@command(user, "reset-second-factor")
@click.option("--username", required=True)
def reset_second_factor(*, username: str) -> None:
    """Remove a person's second factor; they are signed out and set up another."""
    service.reset_second_factor_of(by=system("console"), username=username)
    click.echo(f"{username}: no second factor, no session")


def _cost() -> tuple[int, int, int]:
    cost: tuple[int, int, int] = current_app.config["ARGON2"]
    return cost
