"""The labour market unit's enrolments: taken in once, as the unit tells them last."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from outreach.audit.models import AuditEntry
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.foundation.errors import NotAllowed, OutreachError, RuleBroken
from outreach.foundation.transaction import transaction
from outreach.reported import imports
from outreach.reported.models import AmgEnrolment
from tests.builders import a_number, an_actor, uuid7

pytestmark = pytest.mark.usefixtures("app")

_BY = system("import")
_ENDED = {
    "end": "2026-03-01", "exit_result": "work_unsupported", "main_income_after": "wage",
}  # fmt: skip


def _line(**said: Any) -> dict[str, Any]:
    return {"id": str(uuid7()), "person_key": "k-17", "start": "2026-01-15"} | said


def _take_in(*lines: dict[str, Any]) -> list[bool | type[OutreachError]]:
    outcomes = imports.import_amg_enrolments(by=_BY, items=lines)
    return [type(each.error) if each.error else each.created for each in outcomes]


def _kept() -> list[AmgEnrolment]:
    with transaction(by=_BY):
        return list(db.session.scalars(sa.select(AmgEnrolment)))


def test_a_line_is_taken_in_once_and_leaves_its_trace() -> None:
    line = _line(**_ENDED)

    assert _take_in(line, line) == [True, False]
    assert _take_in(line) == [False]

    [row] = _kept()
    assert (row.person_key, row.unit, row.supplement) == ("k-17", "arbetsmarknadsgruppen", False)
    traces = sa.select(AuditEntry.action).where(AuditEntry.kind == "amg_enrolment")
    assert db.session.scalars(traces).all() == ["report"]


def test_what_is_told_anew_takes_the_place_of_what_was_told_before() -> None:
    line = _line()
    _take_in(line)

    assert _take_in(line | _ENDED) == [True]
    assert _take_in(line | _ENDED | {"supplement": True}) == [True]

    [row] = _kept()
    assert (row.exit_result, row.main_income_after, row.supplement) == (
        "work_unsupported",
        "wage",
        True,
    )


def test_of_two_lines_about_one_enrolment_the_later_counts() -> None:
    line = _line()

    assert _take_in(line, line | _ENDED) == [True, True]
    assert _kept()[0].exit_result == "work_unsupported"


@pytest.mark.parametrize(
    ("said", "pointers"),
    [
        ({"end": "2026-01-14"}, ["/end"]),
        ({"exit_result": "work_unsupported", "supplement": True}, ["/exit_result", "/supplement"]),
        (_ENDED | {"exit_result": "no_such"}, ["/exit_result"]),
        (_ENDED | {"main_income_after": "no_such"}, ["/main_income_after"]),
        ({"unit": "somewhere"}, ["/unit"]),
        ({"person_key": ""}, ["/person_key"]),
        ({"person_key": a_number()}, ["/person_key"]),
        ({"start": (clock.today() + timedelta(days=1)).isoformat()}, ["/start"]),
    ],
)
def test_a_bad_line_is_told_all_that_is_wrong_with_it(
    said: dict[str, Any], pointers: list[str]
) -> None:
    [outcome] = imports.import_amg_enrolments(by=_BY, items=[_line(**said)])

    assert isinstance(outcome.error, RuleBroken)
    assert sorted(fault.pointer for fault in outcome.error.faults) == pointers
    assert _kept() == []


def test_a_bad_line_keeps_no_good_one_out() -> None:
    assert _take_in(_line(end="2025-01-01"), _line()) == [RuleBroken, True]


def test_only_the_console_imports_and_only_the_system_reads() -> None:
    _take_in(_line())
    chief = an_actor(role="supervisor")

    with pytest.raises(NotAllowed):
        imports.import_amg_enrolments(by=chief, items=[_line()])
    with transaction(by=chief):
        assert db.session.scalars(sa.select(AmgEnrolment)).all() == []
