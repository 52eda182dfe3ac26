"""Values that others count: taken in once, put right in the open, told all their faults at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.accounts.models import User
from outreach.audit.models import AuditEntry
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import IdReuse, NotAllowed, NotFound, RuleBroken, Stale
from outreach.reported import figures
from outreach.reported.models import ReportedFigure
from tests.builders import an_actor, uuid7

pytestmark = pytest.mark.usefixtures("app")

_PERIOD = "2026-01-01..2026-08-31"


@pytest.fixture
def analyst() -> Actor:
    return an_actor(role="analyst", sites=(), committee=None)


def _share(**said: Any) -> dict[str, Any]:
    return {
        "id": str(uuid7()), "figure": "KN1", "period": _PERIOD, "unit": "Jobbfabriken Unga",
        "numerator": 30, "denominator": 60, "source": "E-post 3 sept",
    } | said  # fmt: skip


def _value(**said: Any) -> dict[str, Any]:
    given = {"id": str(uuid7()), "figure": "KN2", "period": _PERIOD, "value": 352, "source": "Brev"}
    return given | said


def _year(**said: Any) -> dict[str, Any]:
    return _value(figure="KN3", period="2025-01-01..2025-12-31", **said)


def _standing(analyst: Actor) -> list[tuple[str, str | None, object]]:
    rows = figures.standing(by=analyst, figures=("KN1", "KN2", "KN3", "KN4", "KN5"))
    return [
        (row["figure"], row["unit"] or row["measure"], row["value"] or row["numerator"])
        for row in rows
    ]


def _pointers(analyst: Actor, given: dict[str, Any]) -> list[str]:
    with pytest.raises(RuleBroken) as refused:
        figures.report(by=analyst, given=given)
    return sorted(fault.pointer for fault in refused.value.faults)


def test_a_value_is_taken_in_once_and_leaves_its_trace(analyst: Actor) -> None:
    given = _share()

    row, created = figures.report(by=analyst, given=given)
    _, again = figures.report(by=analyst, given=given)

    assert (created, again) == (True, False)
    assert (row["numerator"], row["denominator"], str(row["period"])) == (30, 60, _PERIOD)
    traces = sa.select(AuditEntry.action, AuditEntry.actor_id).where(
        AuditEntry.kind == "reported_figure"
    )
    assert db.session.execute(traces).all() == [("report", analyst.id)]


def test_the_same_id_with_something_else_is_refused(analyst: Actor) -> None:
    given = _share()
    figures.report(by=analyst, given=given)

    with pytest.raises(IdReuse):
        figures.report(by=analyst, given=given | {"numerator": 31})


@pytest.mark.parametrize("unit", ["Jobbfabriken Unga", "JOBBFABRIKEN UNGA ", "jobbfabriken unga"])
def test_a_second_value_of_one_figure_period_and_unit_is_refused(analyst: Actor, unit: str) -> None:
    figures.report(by=analyst, given=_share())

    assert _pointers(analyst, _share(unit=unit, numerator=12)) == ["/unit"]
    figures.report(by=analyst, given=_share(unit="Etableringen", numerator=12, denominator=40))


@pytest.mark.parametrize(
    ("said", "pointers"),
    [
        (_share(numerator=61), ["/numerator"]),
        (_share(numerator=-1, denominator=-2), ["/denominator", "/numerator"]),
        (_share(denominator=None), ["/denominator"]),
        (_share(numerator=None), ["/numerator"]),
        (_share(numerator=None, denominator=None), ["/numerator"]),
        (_share(value=50), ["/value"]),
        (_share(unit="Jobbfabriken Vuxna"), ["/unit"]),
        (_share(period="2026-08-31..2026-01-01"), ["/period"]),
        (_share(period="2026-02-30..2026-03-31", source=""), ["/period", "/source"]),
        (_share(figure="KN9", id="x", numerator="many"), ["/figure", "/id", "/numerator"]),
        (_value(value="3,5"), ["/value"]),
        (_value(value=None), ["/value"]),
        (_value(value=-3), ["/value"]),
        (_value(value="many"), ["/value"]),
        (_value(value=True), ["/value"]),
        (_value(value="NaN"), ["/value"]),
        (_value(numerator=3, denominator=4), ["/value"]),
        (_value(value=None, numerator=3, denominator=4), ["/numerator"]),
        (_year(value=101), ["/value"]),
        (_year(value=6, unit="Någon"), ["/unit"]),
        (_year(value=6, measure="N00973"), ["/measure"]),
        (_value(figure="KN3", value=6), ["/period"]),
        (_value(colour="red"), ["/colour"]),
        (_year(value="1e-999999"), ["/value"]),
        (_year(value="1e999999"), ["/value"]),
        (_value(note="Gäller 19811122-9818"), ["/note"]),
        (_share(unit="811122-9818", source="se 811122-9818"), ["/source", "/unit"]),
    ],
)
def test_every_fault_of_a_value_is_told_at_once(
    analyst: Actor, said: dict[str, Any], pointers: list[str]
) -> None:
    assert _pointers(analyst, said) == pointers
    assert _standing(analyst) == []


def test_a_percent_may_be_written_with_a_comma_and_names_its_measure_by_itself(
    analyst: Actor,
) -> None:
    year = "2025-01-01..2025-12-31"
    figures.report(by=analyst, given=_value(figure="KN3", value="6,1", period=year))
    figures.report(by=analyst, given=_value(figure="KN4", value=82.9, period=year))
    old = _value(figure="KN4", value="79.25", period=year, measure="N00914")
    figures.report(by=analyst, given=old)

    assert _standing(analyst) == [
        ("KN3", "N03937", Decimal("6.1")),
        ("KN4", "N00914", Decimal("79.25")),
        ("KN4", "N02243", Decimal("82.9")),
    ]


def test_what_was_wrong_is_put_right_in_a_row_of_its_own(analyst: Actor) -> None:
    wrong, _ = figures.report(by=analyst, given=_share())
    right = _share(numerator=31)

    figures.correct(by=analyst, id=wrong["id"], given=right)
    again = figures.correct(by=analyst, id=wrong["id"], given=right)

    assert again["numerator"] == 31
    assert _standing(analyst) == [("KN1", "Jobbfabriken Unga", 31)]
    assert db.session.get_one(ReportedFigure, wrong["id"]).withdrawn_by == analyst.id
    with pytest.raises(NotFound):
        figures.figure(by=analyst, id=wrong["id"])


def test_a_faulty_correction_leaves_what_stood(analyst: Actor) -> None:
    wrong, _ = figures.report(by=analyst, given=_share())

    with pytest.raises(RuleBroken):
        figures.correct(by=analyst, id=wrong["id"], given=_share(numerator=61))

    assert _standing(analyst) == [("KN1", "Jobbfabriken Unga", 30)]


def test_of_two_who_put_one_value_right_the_second_is_told(analyst: Actor) -> None:
    wrong, _ = figures.report(by=analyst, given=_share())
    figures.correct(by=analyst, id=wrong["id"], given=_share(numerator=31))

    with pytest.raises(RuleBroken):
        figures.correct(by=analyst, id=wrong["id"], given=_share(numerator=32))
    with pytest.raises(Stale):
        figures.correct(by=analyst, id=wrong["id"], given=_share(unit="Etableringen"))

    assert _standing(analyst) == [("KN1", "Jobbfabriken Unga", 31)]


def test_a_withdrawn_value_gives_its_place_to_another(analyst: Actor) -> None:
    given = _share()
    row, _ = figures.report(by=analyst, given=given)

    figures.withdraw(by=analyst, id=row["id"])
    figures.withdraw(by=analyst, id=row["id"])
    figures.report(by=analyst, given=given)
    assert _standing(analyst) == []
    figures.report(by=analyst, given=_share(numerator=31))

    assert _standing(analyst) == [("KN1", "Jobbfabriken Unga", 31)]
    with pytest.raises(NotFound):
        figures.withdraw(by=analyst, id=uuid7())


def test_of_many_values_the_good_ones_are_kept_and_each_bad_one_is_named(analyst: Actor) -> None:
    good, bad = _share(), _share(numerator=61, unit="Etableringen")

    outcomes = figures.report_all(by=analyst, items=[good, bad, good, _share(numerator=1)])

    assert [each.created for each in outcomes] == [True, False, False, False]
    assert [type(each.error) for each in outcomes] == [
        type(None), RuleBroken, type(None), RuleBroken,
    ]  # fmt: skip
    assert _standing(analyst) == [("KN1", "Jobbfabriken Unga", 30)]


def test_of_two_who_tell_one_value_at_once_one_is_refused(app: Flask, analyst: Actor) -> None:
    def tell(numerator: int) -> str:
        with app.app_context():
            try:
                figures.report(by=analyst, given=_share(numerator=numerator))
            except RuleBroken:
                return "refused"
            return "kept"

    with ThreadPoolExecutor(2) as both:
        told = sorted(both.map(tell, (12, 13)))

    assert told == ["kept", "refused"]
    assert len(_standing(analyst)) == 1


@pytest.mark.parametrize("role", ["caseworker", "administrator", "receiver", "reviewer"])
def test_whoever_does_not_answer_for_the_report_enters_and_reads_nothing(role: str) -> None:
    other = an_actor(role=role, sites=(), committee=None)

    for act in (
        lambda: figures.report(by=other, given=_share()),
        lambda: figures.report_all(by=other, items=[]),
        lambda: figures.correct(by=other, id=uuid7(), given=_share()),
        lambda: figures.withdraw(by=other, id=uuid7()),
        lambda: figures.figure(by=other, id=uuid7()),
        lambda: figures.standing(by=other, figures=("KN1",)),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_an_import_is_in_the_name_of_the_system() -> None:
    [outcome] = figures.report_all(by=system("import"), items=[_share()])

    assert outcome.created
    [row] = db.session.scalars(sa.select(ReportedFigure))
    assert db.session.get_one(User, row.reported_by).username == "system"
