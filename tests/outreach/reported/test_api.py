"""Figures that others count, for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.builders import Visitor, uuid7

SignIn = Callable[..., Visitor]


def _given(**said: Any) -> dict[str, Any]:
    return {
        "id": str(uuid7()), "figure": "KN3", "period": "2025-01-01..2025-12-31", "value": 6.1,
        "source": "Kolada",
    } | said  # fmt: skip


@pytest.mark.parametrize("role", ["analyst", "supervisor"])
def test_a_value_is_created_once(app: Flask, signed_in: SignIn, role: str) -> None:
    del app
    visitor, given = signed_in(role=role), _given()

    made, again = (visitor.send("indicators", given) for _ in range(2))

    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json == again.json
    assert made.json is not None
    assert {**made.json, "reported_at": None} == {
        **given, "unit": None, "measure": "N03937", "value": "6.1", "numerator": None,
        "denominator": None, "note": None, "reported_at": None, "withdrawn_at": None,
    }  # fmt: skip


def test_faults_are_told_at_once_and_another_value_under_the_id_is_refused(
    app: Flask, signed_in: SignIn
) -> None:
    del app
    visitor, given = signed_in(role="analyst"), _given()
    visitor.send("indicators", given)

    wrong = visitor.send("indicators", _given(value=101, source=""))
    other = visitor.send("indicators", given | {"value": 6.2})
    second = visitor.send("indicators", _given(value=6.2))

    assert wrong.status_code == 422
    assert wrong.json is not None
    assert {each["pointer"] for each in wrong.json["errors"]} == {"/source", "/value"}
    assert (other.status_code, second.status_code) == (409, 422)
