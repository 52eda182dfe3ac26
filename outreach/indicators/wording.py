"""Figures in words and lines, as pages and files show them, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from flask_babel import format_date, format_datetime, format_decimal, get_locale, gettext

from outreach.foundation.errors import N_
from outreach.foundation.periods import Period
from outreach.indicators.definitions import (
    COUNTS_PERSONS_SINCE,
    DEFINITIONS,
    SN3,
    VERSIONS,
    Definition,
)
from outreach.indicators.pack import lines
from outreach.indicators.periods import (
    is_listed,
)
from outreach.indicators.tables import RESIDUAL, TOTAL

Ready = TypeVar("Ready")


class Labelled(Protocol):
    """Whatever knows what codes are called: the lists of today, or those of a frozen report."""

    def label(self, name: str, code: str, language: str) -> str:
        """Return a code's label, the code itself when nothing knows it."""


HIDDEN_MARK = ".."
PERCENT = " %"
# There is no number, which is not 0.
NOTHING = "–"

# The month itself and the total.
_ONE_MONTH = 2

_DIMENSIONS = {
    "site": N_("Plats"),
    "activity": N_("Verksamhet"),
    "month": N_("Månad"),
    "gender": N_("Kön"),
    "group": N_("Resultat"),
    "route_in": N_("Kontaktväg"),
    "age_band": N_("Ålder"),
}
_PARTS = {
    "work": N_("Arbete"),
    "education": N_("Utbildning"),
    "placement": N_("Praktik"),
    "osa": N_("OSA"),
    "handed_off": N_("Överlämnad"),
    "other": N_("Annat"),
}
_VARIANTS = {
    "B": N_("Variant B: av alla som deltog"),
    "C": N_("Variant C: jämförbart med andra kommuner"),
}
_READINGS = {
    "remiss": N_("Bara formell remiss"),
    "remiss_or_assigned": N_("Remiss eller anvisning"),
    "all_sn": N_("Alla vägar från socialnämnden"),
}
_ROUTES = {
    "referred": N_("Remiss"),
    "assigned": N_("Anvisning"),
    "handed_off": N_("Överlämning"),
    "signposted": N_("Hänvisning"),
    "own_initiative": N_("Bredvid: eget initiativ"),
    "outreach": N_("Bredvid: uppsökande arbete"),
}
_BESIDE = {
    "contacts": N_("Kontakter"),
    "identified_contacts": N_("Varav med deltagare"),
    "anonymous_contacts": N_("Varav anonyma"),
    "visitors": N_("Besökare"),
    "first_time": N_("Kontakter med någon som kom för första gången"),
    "later": N_("Överlämnade tidigare som nu gått vidare"),
    "started": N_("Har börjat"),
    "events": N_("Händelser"),
    "enrolments": N_("Inskrivningar"),
    "new": N_("Varav nya"),
    "from_us": N_("Bredvid: överlämnade från Jobbfabriken Vuxna"),
    "left": N_("Utskrivna"),
    "unknown": N_("Varav okänd inkomst"),
    "towards_sn": N_("Åt andra hållet: från oss till socialnämndens team"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One number as it is shown: its text, and the number itself unless it is hidden."""

    text: str
    value: float | None
    is_hidden: bool = False

    @property
    def plain(self) -> str:
        """The number without spaces, as a spreadsheet reads it."""
        return str(self.value) if isinstance(self.value, int) else self.text


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table."""

    label: str
    cells: tuple[Shown, ...]
    is_total: bool


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One table ready to be shown."""

    id: str
    title: str
    corner: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def is_withheld(self) -> bool:
        """Whether nothing of it is shown, or only the total of all."""
        cells = [cell for line in self.lines for cell in line.cells]
        return all(cell.is_hidden for cell in cells[:-1])


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart."""

    label: str
    number: Shown


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of one table's totals, with the same said in words."""

    title: str
    text: str
    bars: tuple[Bar, ...]
    table: str


@dataclass(frozen=True, slots=True)
class ShownShare:
    """A share as it is shown: its percent, and what it is a percent of."""

    percent: str
    numerator: Shown
    denominator: Shown
    is_hidden: bool

    @property
    def plain(self) -> str:
        """The percent as a spreadsheet reads it."""
        return self.percent.removesuffix(PERCENT)


@dataclass(frozen=True, slots=True)
class Series:
    """Years that can be compared with each other, by one measure, ready to be shown."""

    measure: str
    values: tuple[tuple[int, Shown], ...]

    @property
    def label(self) -> str:
        """The measure and its years."""
        years = f"{self.values[0][0]}–{self.values[-1][0]}" if self.values else NOTHING
        return f"{self.measure}, {years}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure ready to be shown, with all that explains it: a number, or a share."""

    definition: Definition
    number: Shown
    beside: tuple[tuple[str, Shown], ...]
    share: ShownShare | None = None
    variants: tuple[tuple[str, ShownShare], ...] = ()
    parts: tuple[tuple[str, Shown], ...] = ()
    units: tuple[tuple[str, ShownShare], ...] = ()
    sources: tuple[str, ...] = ()
    year: int | None = None
    series: tuple[Series, ...] = ()

    @property
    def is_missing(self) -> bool:
        """Whether nobody has told the number: it is neither hidden nor 0."""
        return self.share is None and self.number.value is None and not self.number.is_hidden

    @property
    def is_of_people_here(self) -> bool:
        """Whether it counts people who come here, who may come to both committees."""
        return not self.sources or self.share is not None

    @property
    def counts_persons(self) -> bool:
        """Whether persons could be counted when the number was kept."""
        return self.definition.code != SN3.code or self.definition.version >= COUNTS_PERSONS_SINCE


def shown(value: int | None) -> Shown:
    """Return a number as it is shown; None is hidden."""
    if value is None:
        return Shown(HIDDEN_MARK, None, is_hidden=True)
    return Shown(str(format_decimal(value)), value)


def _number(told: Mapping[str, Any]) -> Shown:
    """Return a figure's number as it is shown; a dash where there is none."""
    value = told["value"]
    if told["status"] == "none" or isinstance(value, float):
        return _of_kolada(value)
    return shown(value)


def decimal(value: Decimal | None) -> str:
    """Return a number with the language's decimal sign, to two decimals; a dash for none."""
    return NOTHING if value is None else str(format_decimal(value, "#,##0.##"))


def _of_kolada(value: float | None) -> Shown:
    """Return what Kolada tells as it tells it, to two decimals; it never hides, but may lack."""
    return Shown(NOTHING if value is None else str(format_decimal(value, "0.0#")), value)


def title_of(period: Period) -> str:
    """Return a period's name: a month, months of a year, or its two days."""
    if not is_listed(period):
        return f"{day(period.first)} – {day(period.last)}"
    last = _date(period.last, "MMMM y")
    if period.first.month == period.last.month:
        return last
    return f"{_date(period.first, 'MMMM')}–{last}"


def day(on: date) -> str:
    """Return a day in words."""
    return _date(on, "d MMM y")


def _date(on: date, pattern: str) -> str:
    return str(format_date(on, pattern))


def instant(at: str | datetime | None) -> str:
    """Return an instant as the clock on the wall shows it; a dash for none."""
    if at is None:
        return NOTHING
    value = datetime.fromisoformat(at) if isinstance(at, str) else at
    return str(format_datetime(value, "d MMM y HH:mm"))


def figures_of(answer: Mapping[str, Any]) -> list[Figure]:
    """Return the answer's figures, in the order of the definitions."""
    codes = [definition.code for definition in DEFINITIONS]
    told = sorted(answer["figures"], key=lambda figure: codes.index(figure["code"]))
    return [_figure(figure) for figure in told]


def _figure(told: Mapping[str, Any]) -> Figure:
    return Figure(
        VERSIONS[told["code"], told["definition_version"]],
        _number(told),
        _named(_BESIDE, _beside(told), shown),
        share=_share(told) if "percent" in told else None,
        variants=_named(_VARIANTS, told.get("variants", {}), _share),
        parts=(
            *_named(_PARTS, told.get("parts", {}), shown),
            *_named(_READINGS, told.get("readings", {}), shown),
            *_named(_ROUTES, told.get("routes", {}), shown),
        ),
        units=tuple(
            (unit or gettext("Övriga enheter"), _share(share))
            for unit, share in told.get("units", {}).items()
        ),
        sources=tuple(told.get("sources", ())),
        year=told.get("year"),
        series=tuple(map(_series, told.get("series", ()))),
    )


def _series(told: Mapping[str, Any]) -> Series:
    values = tuple((each["year"], _of_kolada(each["value"])) for each in told["values"])
    return Series(told["measure"], values)


def _beside(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands beside a figure, the number of events too where it has one."""
    events = {"events": told["events"]} if "events" in told else {}
    return {**told.get("beside", {}), **events}


def _named(
    names: Mapping[str, str], told: Mapping[str, Any], ready: Callable[[Any], Ready]
) -> tuple[tuple[str, Ready], ...]:
    """Return what is told under each of the names, in their order, ready to be shown."""
    return tuple(
        (gettext(label), ready(told[name])) for name, label in names.items() if name in told
    )


def _share(told: Mapping[str, Any]) -> ShownShare:
    is_hidden = told["status"] == "hidden"
    return ShownShare(
        percent=HIDDEN_MARK if is_hidden else _percent(told["percent"]),
        numerator=shown(told["numerator"]),
        denominator=shown(told["denominator"]),
        is_hidden=is_hidden,
    )


def _percent(told: str | None) -> str:
    """Return a percent with the language's decimal sign; a dash for none (rule R9)."""
    return NOTHING if told is None else f"{format_decimal(Decimal(told), '0.0')}{PERCENT}"


def breakdowns_of(answer: Mapping[str, Any], lists: Labelled) -> list[Breakdown]:
    """Return the answer's tables."""
    return [_breakdown(table, lists) for table in answer["tables"]]


def chart_of(tables: Sequence[Breakdown]) -> Chart:
    """Return the chart of a page: contacts a month; contacts a place when there is one month."""
    table = next(table for table in tables if table.id == "contacts_site_month")
    if len(table.columns) > _ONE_MONTH:
        title = gettext("Kontakter per månad")
        pairs = list(zip(table.columns, table.lines[-1].cells, strict=True))
    else:
        title = gettext("Kontakter per plats")
        pairs = [(line.label, line.cells[-1]) for line in table.lines]
    bars = tuple(Bar(label, number) for label, number in pairs[:-1])
    said = ", ".join(
        f"{bar.label} {gettext('visas inte') if bar.number.is_hidden else bar.number.text}"
        for bar in bars
    )
    return Chart(title=title, text=f"{said}.", bars=bars, table=table.id)


def _breakdown(table: Mapping[str, Any], lists: Labelled) -> Breakdown:
    rows, columns, cells = lines(table)
    down, *others = (each["name"] for each in table["dimensions"])
    across = others[0] if others else ""
    title, corner = table["title"], gettext(_DIMENSIONS[down])
    return Breakdown(
        id=table["id"],
        title=gettext(title),
        corner=f"{corner} / {gettext(_DIMENSIONS[across]).lower()}" if across else corner,
        columns=(
            tuple(_label(across, column, lists) for column in columns)
            if across
            else (gettext("Antal"),)
        ),
        lines=tuple(
            Line(
                label=_label(down, row, lists),
                cells=tuple(shown(cells[row, column]["value"]) for column in columns),
                is_total=row == TOTAL,
            )
            for row in rows
        ),
    )


def _label(dimension: str, value: str, lists: Labelled) -> str:
    if value == RESIDUAL:
        return str(gettext("Ingår bara i totalen"))
    if value == TOTAL:
        return str(gettext("Totalt"))
    if dimension == "group":
        return str(gettext(_PARTS[value]))
    if dimension == "month":
        return _date(date.fromisoformat(f"{value}-01"), "MMM y")
    return lists.label(dimension, value, str(get_locale()))
