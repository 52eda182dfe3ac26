"""The demonstration."""

from __future__ import annotations

from typing import Any

import click
from flask import current_app

from outreach.commands.running import command, say
from outreach.demonstration import service
from outreach.foundation.actor import system


@command(None, "demo")
@click.option("--if-empty", is_flag=True, help="Only where nobody is on the staff yet.")
@click.option("--json", "as_json", is_flag=True, help="Answer one JSON document.")
def demo(*, if_empty: bool, as_json: bool) -> None:
    """Load a believable Solna, once, and tell who may sign in; never in production."""
    settings = current_app.config
    loaded = service.load(
        by=system("demo"),
        production=settings["ENVIRONMENT"] == "production",
        cost=settings["ARGON2"],
        only_if_empty=if_empty,
        second_factor=settings["SECOND_FACTOR_ROLES"],
    )
    there = loaded or service.is_loaded()
    done = "loaded" if loaded else "already there" if there else "not loaded: there is staff"
    click.echo(f"demonstration: {done}", err=True)
    users = service.sign_ins(by=system("demo")) if there else []
    plain = "\n".join(map(_line, users))
    say({"users": users}, as_json=as_json, plain=plain)


def _line(user: dict[str, Any]) -> str:
    words = (f"{user['username']:20}{user['password']:36}", user.get("totp_secret", ""))
    return "".join(words).rstrip()
