"""A paper sheet entered afterwards: strokes for each tile and topic become that many contacts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from outreach.accounts.permissions import CASEWORKER, require_role, require_site
from outreach.contacts import service
from outreach.contacts.schemas import SheetSchema
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, Fault, RuleBroken
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.sites import service as sites

# No sheet of paper has room for more, and a slip of the finger must not make thousands.
MOST_STROKES = 500

_SHEET = SheetSchema()
_TALLIES = {"brief": "information_given", "refused": "declined_support"}

# Where on the sheet a fault of the contacts made from it belongs.
_ON_THE_SHEET = {"occurred_at": "/date", "site": "/site", "activity": "/activity"}

Sheet = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Stroke:
    """One stroke: the cell that it stands in, and what it says about the visitor."""

    id: UUID
    cell: str
    said: Mapping[str, Any]


def record_sheet(*, by: Actor, given: object) -> tuple[int, bool]:
    """Record a shift's strokes; return how many contacts they are, and whether they were new.

    The contacts are spread evenly over the shift's hours, tiles mixed. Their ids follow from the
    sheet's own, so that the same sheet saved twice counts once. All of it is recorded or nothing.
    Raises NotYourSite, RuleBroken with every fault at once, IdReuse when the sheet was saved with
    other strokes.
    """
    require_role(by, CASEWORKER)
    with transaction():
        sheet = read(_SHEET, given, _hour_faults, _count_faults)
        require_site(by, sheet["site"])
        strokes = sorted(_strokes(sheet), key=lambda stroke: stroke.id)
        items = list(_contacts(sheet, strokes))
        outcomes = service.record_contacts(by=by, items=items)
        faults: dict[str, Fault] = {}
        for stroke, outcome in zip(strokes, outcomes, strict=True):
            if isinstance(outcome.error, RuleBroken):
                for fault in outcome.error.faults:
                    pointer = _ON_THE_SHEET.get(fault.pointer.split("/")[1], stroke.cell)
                    faults.setdefault(pointer, Fault(pointer, fault.detail, fault.values))
            elif outcome.error is not None:
                raise outcome.error
        if faults:
            raise RuleBroken(faults=list(faults.values()))
    return len(outcomes), any(outcome.created for outcome in outcomes)


def _hour_faults(sheet: Sheet) -> Iterator[Fault]:
    starts, ends = sheet.get("starts"), sheet.get("ends")
    if starts is not None and ends is not None and ends <= starts:
        yield Fault("/ends", N_("Slutet ska vara efter starten."))


def _count_faults(sheet: Sheet) -> Iterator[Fault]:
    """Each number stands in a cell of that day's sheet, and there is at least one stroke."""
    counts = sheet.get("counts", {})
    cells = _cells(sheet) if "date" in sheet else counts
    for cell in counts:
        if cell not in cells:
            yield Fault(f"/counts/{cell}", N_("Rutan fanns inte på bladet den dagen."))
    numbers = {f"/counts/{cell}": number for cell, number in counts.items()}
    numbers |= {f"/{name}": sheet.get(name, 0) for name in _TALLIES}
    good = {at: number for at, number in numbers.items() if _is_count(number)}
    for pointer in numbers.keys() - good.keys():
        yield Fault(pointer, N_("Skriv ett heltal, 0 eller mer."))
    if len(good) == len(numbers) and not sum(good.values()):
        yield Fault("/counts", N_("Det finns inga streck på bladet."))
    if sum(good.values()) > MOST_STROKES:
        yield Fault("/counts", N_("Högst 500 streck på ett blad. Dela upp dem på flera."))


def _is_count(number: object) -> bool:
    return type(number) is int and number >= 0


def _cells(sheet: Sheet) -> dict[str, dict[str, Any]]:
    """Return the sheet's cells as they were printed that day, and what a stroke in each says."""
    lists = sites.code_lists()
    genders, ages, topics = (
        [choice.code for choice in lists.offered(name, sheet["date"])]
        for name in ("gender", "age_band", "topic")
    )
    return {
        f"{gender}-{age}-{topic}": {"gender": gender, "age_band": age, "topics": [topic]}
        for gender in genders
        for age in ages
        for topic in topics
    }


def _strokes(sheet: Sheet) -> Iterator[_Stroke]:
    cells = _cells(sheet)
    kind = "outreach" if sheet["activity"] == "outreach" else "drop_in"
    for cell, number in sheet["counts"].items():
        yield from _of_cell(sheet, f"/counts/{cell}", number, {"contact_type": kind, **cells[cell]})
    for name, result in _TALLIES.items():
        said = {
            "contact_type": "brief",
            "gender": "unknown",
            "age_band": "unknown",
            "topics": [],
            "result": result,
        }
        yield from _of_cell(sheet, f"/{name}", sheet[name], said)


def _of_cell(sheet: Sheet, cell: str, number: int, said: Mapping[str, Any]) -> Iterator[_Stroke]:
    for place in range(number):
        yield _Stroke(uuid5(sheet["id"], f"{cell} {place}"), cell, said)


def _contacts(sheet: Sheet, strokes: list[_Stroke]) -> Iterator[dict[str, Any]]:
    """Yield the contacts; in the order of their ids, which is none, so that tiles are mixed."""
    starts, ends = (
        datetime.combine(sheet["date"], sheet[name], clock.STOCKHOLM) for name in ("starts", "ends")
    )
    span = ends.astimezone(UTC) - starts.astimezone(UTC)
    for place, stroke in enumerate(strokes):
        yield {
            "id": str(stroke.id),
            "site": sheet["site"],
            "activity": sheet["activity"],
            "occurred_at": (
                starts.astimezone(UTC) + span * (place + 0.5) / len(strokes)
            ).isoformat(),
            "first_time": "not_asked",
            "result": "information_given",
            **stroke.said,
        }
