"""Reports that are frozen."""

from __future__ import annotations

from uuid import uuid4

import click
from flask import current_app

from outreach.commands.running import command, say
from outreach.foundation.actor import system
from outreach.publications import service
from outreach.publications.schemas import PublicationSchema

_ROW = PublicationSchema()


@command(None, "publish")
@click.argument("period")
@click.option("--dnr", help="The number under which the registry keeps it.")
@click.option("--note", help="What is to stand in the report.")
@click.option("--json", "as_json", is_flag=True, help="Answer one JSON document.")
def publish(period: str, dnr: str | None, note: str | None, *, as_json: bool) -> None:
    """Freeze the figures of PERIOD (FIRST..LAST); again is a version of what has changed."""
    row, _ = service.freeze(
        by=system("console"),
        given={"id": str(uuid4()), "period": period, "dnr": dnr, "note": note},
        threshold=current_app.config["DISCLOSURE_THRESHOLD"],
    )
    told = _ROW.dump(row)
    say(told, as_json=as_json, plain="{period} version {version} {id}".format(**told))
