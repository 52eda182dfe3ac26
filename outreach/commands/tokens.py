"""Machines' keys."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import click

from outreach.accounts import tokens
from outreach.accounts.permissions import SCOPES
from outreach.accounts.schemas import TokenSchema
from outreach.commands.running import command, say
from outreach.foundation.actor import system

_TOKEN = TokenSchema()


@click.group()
def token() -> None:
    """Machines' keys: each acts as one of the staff, held to its scopes."""


@command(token, "create")
@click.option("--name", required=True, help="What the key is for.")
@click.option("--username", required=True, help="Whom it acts as.")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES))
@click.option("--expires-at", help="The instant it ends, as 2027-01-31T00:00:00+01:00.")
@click.option("--json", "as_json", is_flag=True)
def create(*, as_json: bool, expires_at: str | None, **given: Any) -> None:
    """Make a key; its secret is printed here and never again."""
    given |= {"id": str(uuid4()), "scopes": list(given["scopes"])}
    if expires_at:
        given["expires_at"] = expires_at
    made, secret = tokens.create_token(by=system("console"), given=given)
    say({**_TOKEN.dump(made), "token": secret}, as_json=as_json, plain=secret)


@command(token, "list")
@click.option("--json", "as_json", is_flag=True)
def list_all(*, as_json: bool) -> None:
    """List every key, revoked ones too; never their secrets."""
    found = [_TOKEN.dump(row) for row in tokens.tokens(by=system("console"))]
    lines = [
        f"{row['id']}  {'revoked' if row['revoked_at'] else 'valid  '}  {row['username']}"
        f"  {','.join(row['scopes'])}  {row['name']}"
        for row in found
    ]
    say({"items": found, "next": None}, as_json=as_json, plain="\n".join(lines) or "no keys")


@command(token, "revoke")
@click.argument("id", type=click.UUID)
@click.option("--json", "as_json", is_flag=True)
def revoke(id: UUID, *, as_json: bool) -> None:
    """Revoke a key at once."""
    row = _TOKEN.dump(tokens.revoke_token(by=system("console"), id=id))
    say(row, as_json=as_json, plain=f"revoked {row['id']}")
