"""The figures of a period as the rows of a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_babel import gettext

from outreach.foundation.periods import Period
from outreach.indicators.wording import (
    HIDDEN_MARK,
    Breakdown,
    Figure,
    Labelled,
    ShownShare,
    breakdowns_of,
    figures_of,
    instant,
)

Rows = Iterator[Sequence[object]]


def file_rows(
    answer: Mapping[str, Any], period: Period, lists: Labelled, *, internal: bool
) -> Rows:
    """Yield the rows of the answer as a spreadsheet shows it."""
    yield (gettext("Period"), str(period))
    yield (gettext("Läget den"), instant(answer["data_as_of"]))
    if internal:
        yield (gettext("Ej för spridning"),)
    yield ()
    for figure in figures_of(answer):
        yield from _figure_rows(figure)
    for table in breakdowns_of(answer, lists):
        yield ()
        yield from _table_rows(table)
    yield ()
    yield (HIDDEN_MARK, gettext("Visas inte, för att ingen ska kunna pekas ut"))


def _figure_rows(figure: Figure) -> Rows:
    definition = figure.definition
    if figure.share is None:
        yield (definition.code, gettext(definition.title), figure.number.plain)
    else:
        yield _share_row(definition.code, gettext(definition.title), figure.share)
    yield ("", gettext("Definition, version"), definition.version)
    if figure.year is not None:
        yield ("", gettext("Avser år"), figure.year)
    yield from (("", gettext("Källa"), source) for source in figure.sources)
    if figure.is_of_people_here:
        yield ("", gettext("Ej avdubblerad mellan nämnderna"))
    for label, share in (*figure.units, *figure.variants):
        yield _share_row("", label, share)
    for label, number in (*figure.parts, *figure.beside):
        yield ("", label, number.plain)
    for series in figure.series:
        yield from (
            ("", f"{series.measure} {year}", number.plain) for year, number in series.values
        )


def _table_rows(table: Breakdown) -> Rows:
    yield (table.title,)
    if table.is_withheld:
        yield (HIDDEN_MARK,)
        return
    yield (table.corner, *table.columns)
    for line in table.lines:
        yield (line.label, *(cell.plain for cell in line.cells))


def _share_row(code: str, label: str, share: ShownShare) -> tuple[str, ...]:
    """Return a share as a spreadsheet shows it: its percent, numerator and denominator."""
    return (code, label, share.plain, share.numerator.plain, share.denominator.plain)
