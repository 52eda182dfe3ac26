"""The night and its figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click
from flask import current_app

from outreach.commands.running import command, say
from outreach.foundation.actor import system
from outreach.foundation.schemas import read
from outreach.indicators import night
from outreach.indicators import service as indicators
from outreach.indicators.schemas import FiguresQuerySchema, JobSchema


@command(None, "nightly")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="The first day to count.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="The last day to count.")
@click.option("--full", is_flag=True, help="Count everything, and check all of it.")
@click.option("--json", "as_json", is_flag=True)
def nightly(first: datetime | None, last: datetime | None, *, full: bool, as_json: bool) -> None:
    """Bring the daily counts up to date: what has changed, some days, or everything."""
    scope = night.Scope(first and first.date(), last and last.date(), full)
    done = night.run(by=system("console"), scope=scope)
    answer = JobSchema().dump(done)
    say(answer, as_json=as_json, plain=f"{len(done.days)} days counted, {done.rows} rows")


@command(None, "figures")
@click.option("--period", required=True, help="FIRST..LAST, both days included.")
@click.option("--raw", is_flag=True, help="Hide nothing. Not to be passed on.")
@click.option("--json", "as_json", is_flag=True)
def figures(period: str, *, raw: bool, as_json: bool) -> None:
    """Print the figures and tables of a period, as of the last night."""
    wanted = read(FiguresQuerySchema(), {"period": period, "raw": raw})
    threshold = current_app.config["DISCLOSURE_THRESHOLD"]
    answer = indicators.figures(by=system("console"), threshold=threshold, **wanted)
    say(answer, as_json=as_json, plain="\n".join(_figure_lines(answer)))


def _figure_lines(answer: dict[str, Any]) -> Iterator[str]:
    """Yield the answer for people: each figure, what stands beside it, each cell that counts."""
    yield f"as of {answer['data_as_of']}"
    for figure in answer["figures"]:
        yield f"{figure['code']} {_headline(figure)}"
        for group in ("units", "variants"):
            yield from (
                f"  {name} {_headline(each)}" for name, each in figure.get(group, {}).items()
            )
        for group in ("parts", "readings", "routes"):
            yield from (f"  {name} {_told(value)}" for name, value in figure.get(group, {}).items())
        yield from (f"  {name} {_told(value)}" for name, value in figure.get("beside", {}).items())
        for series in figure.get("series", ()):
            years = " ".join(f"{each['year']}:{_given(each['value'])}" for each in series["values"])
            yield f"  {series['measure']} {years}"
    for table in answer["tables"]:
        for cell in table["cells"]:
            if cell["value"] != 0:
                yield f"{table['id']} {' '.join(cell['key'].values())} {_told(cell['value'])}"


def _headline(told: dict[str, Any]) -> str:
    """Return a figure's number, or its percent with what it is a percent of."""
    if told["status"] == "none":
        return "-"
    if "percent" not in told:
        return _told(told["value"])
    percent = ".." if told["percent"] is None else f"{told['percent']} %"
    return f"{percent} ({_told(told['numerator'])} of {_told(told['denominator'])})"


def _given(value: float | None) -> str:
    return "-" if value is None else str(value)


def _told(value: int | None) -> str:
    return ".." if value is None else str(value)
