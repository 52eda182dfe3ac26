"""Tablets."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import click

from outreach.commands.running import command, say
from outreach.devices import service
from outreach.devices.schemas import DeviceSchema
from outreach.foundation.actor import system

_DEVICE = DeviceSchema()


@click.group()
def device() -> None:
    """Tablets."""


@command(device, "enrol")
@click.option("--name", required=True, help="What is written on the tablet.")
@click.option("--site", required=True, help="The code of the place that it belongs to.")
@click.option("--json", "as_json", is_flag=True)
def enrol(*, as_json: bool, **given: Any) -> None:
    """Enter a tablet and enrol it at once, for a program that acts as one.

    Its token is printed here and never again.
    """
    made = service.enrol_at_once(by=system("console"), given={"id": str(uuid4()), **given})
    told = {"device_id": str(made["device_id"]), "token": made["token"]}
    say(told, as_json=as_json, plain=f"{told['device_id']} {told['token']}")


@command(device, "list")
@click.option("--json", "as_json", is_flag=True)
def list_all(*, as_json: bool) -> None:
    """List every tablet, revoked ones too."""
    found = [_DEVICE.dump(row) for row in service.devices(by=system("console"))]
    lines = [f"{row['id']}  {_state(row)}  {row['site']}  {row['name']}" for row in found]
    say({"items": found, "next": None}, as_json=as_json, plain="\n".join(lines) or "no tablets")


def _state(row: dict[str, Any]) -> str:
    if row["revoked_at"]:
        return "revoked"
    return "enrolled" if row["enrolled_at"] else "waiting"


@command(device, "revoke")
@click.argument("id", type=click.UUID)
@click.option("--json", "as_json", is_flag=True)
def revoke(id: UUID, *, as_json: bool) -> None:
    """Revoke a tablet at once; what it has not sent is still received, for somebody to look at."""
    row = _DEVICE.dump(service.revoke_device(by=system("console"), id=id))
    say(row, as_json=as_json, plain=f"revoked {row['id']}")
