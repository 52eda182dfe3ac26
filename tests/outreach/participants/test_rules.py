"""The rules of a participant, without a database: what may be recorded, and who may read it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.foundation.actor import Actor, system
from outreach.participants.rules import Bond, Right, identity_faults, right_to_read, settled
from outreach.sites.codelists import Choice, CodeLists

TODAY = date(2026, 3, 1)
NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
LISTS = CodeLists(
    1,
    {
        "talk_language": [Choice("ar", "Arabiska", "Arabic", date(2020, 1, 1), None)],
        "interpreter": [Choice("app", "App", "App", date(2020, 1, 1), date(2025, 12, 31))],
    },
    [],
)


def _pointers(**facts: Any) -> list[str]:
    return [fault.pointer for fault in identity_faults(facts, LISTS, TODAY)]


@pytest.mark.parametrize(
    ("facts", "pointers"),
    [
        ({"given_name": "Åsa"}, []),
        ({}, []),
        ({"given_name": "  "}, ["/given_name"]),
        ({"given_name": None}, ["/given_name"]),
        ({"number": "900101-9802", "birth_date": date(1990, 1, 1)}, []),
        ({"number": "900101-9802", "birth_date": date(1990, 1, 2)}, ["/birth_date"]),
        ({"number": "900101-9801", "birth_date": date(1990, 1, 2)}, ["/number"]),
        ({"number": "", "phone": "", "email": ""}, []),
        ({"birth_date": date(2026, 3, 2)}, ["/birth_date"]),
        ({"birth_date": date(2026, 3, 1)}, []),
        ({"birth_date": date(1904, 1, 1)}, ["/birth_date"]),
        ({"phone": "112", "email": "nobody"}, ["/phone", "/email"]),
        ({"language": "ar", "interpreter": None}, []),
        ({"language": "xx", "interpreter": "app"}, ["/language", "/interpreter"]),
    ],
)
def test_what_is_wrong_is_told_all_at_once(facts: dict[str, Any], pointers: list[str]) -> None:
    assert _pointers(**facts) == pointers


def test_faultless_facts_have_one_spelling_and_a_number_tells_the_birth_date() -> None:
    said = {
        "given_name": "  Anna   Karin ",
        "family_name": " ",
        "number": " 900101 – 9802",
        "birth_date": None,
        "phone": "070-174 06 05",
        "email": "",
        "language": "ar",
    }

    assert settled(said, TODAY) == {
        "given_name": "Anna Karin",
        "family_name": None,
        "number": "199001019802",
        "birth_date": date(1990, 1, 1),
        "phone": "+46701740605",
        "email": None,
        "language": "ar",
    }


def test_what_is_settled_stays_as_it_is() -> None:
    said = {"given_name": "Åsa", "number": "900101-9802", "phone": "070-174 06 05"}
    once = settled(said, TODAY)

    assert settled(once, TODAY) == once
    assert list(identity_faults(once, LISTS, TODAY)) == []


ME, OTHER, UNIT = uuid4(), uuid4(), uuid4()


def _me(*roles: str, unit: UUID | None = UNIT) -> Actor:
    return Actor(id=ME, username="me", name="Me", roles=frozenset(roles), unit=unit)


CASEWORKER, CHIEF = _me("caseworker"), _me("supervisor")
LATER, EARLIER = NOW + timedelta(seconds=1), NOW - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("by", "bond", "opened_until", "right"),
    [
        (CASEWORKER, Bond(UNIT, ME), None, "caseload"),
        (CASEWORKER, Bond(UNIT, OTHER), None, None),
        (CASEWORKER, Bond(UNIT, OTHER), LATER, "opening"),
        (CASEWORKER, Bond(UNIT, OTHER), NOW, None),
        (CASEWORKER, Bond(UNIT, OTHER), EARLIER, None),
        (CASEWORKER, Bond(None, None), None, None),
        (CHIEF, Bond(UNIT, OTHER), None, "unit"),
        (CHIEF, Bond(uuid4(), OTHER), None, None),
        (CHIEF, Bond(None, None), None, None),
        (_me("supervisor", unit=None), Bond(None, None), None, None),
        (CASEWORKER, Bond(UNIT, ME, protected=True, named=frozenset({ME})), None, "named"),
        (CASEWORKER, Bond(UNIT, ME, protected=True, named=frozenset({OTHER})), LATER, None),
        (CHIEF, Bond(UNIT, OTHER, protected=True, named=frozenset({OTHER})), LATER, None),
        (system("night"), Bond(None, None, protected=True), None, "system"),
    ],
)
def test_the_right_to_read(
    by: Actor, bond: Bond, opened_until: datetime | None, right: Right | None
) -> None:
    assert right_to_read(by, bond, opened_until=opened_until, now=NOW) == right


@given(
    st.sampled_from([CASEWORKER, CHIEF, _me("analyst"), _me()]),
    st.sampled_from([None, UNIT]),
    st.sampled_from([None, ME, OTHER]),
    st.sampled_from([None, EARLIER, LATER]),
)
def test_protection_leaves_those_who_are_named_and_nobody_else(
    by: Actor, unit: UUID | None, responsible: UUID | None, opened_until: datetime | None
) -> None:
    for named, right in (({ME}, "named"), ({OTHER}, None)):
        bond = Bond(unit, responsible, protected=True, named=frozenset(named))
        assert right_to_read(by, bond, opened_until=opened_until, now=NOW) == right
