"""What is hidden, kept apart from the counts: together they are the answer, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from outreach.publications.masking import Altered, hidden_of, numbers_hidden, told_of

_COUNTS = {
    "figures": [{"code": "SN3", "value": 3, "status": "ok", "beside": {"contacts": 20}}],
    "tables": [{"cells": [{"value": 7, "status": "ok"}, {"value": 0, "status": "ok"}]}],
    "percent": "43.5",
}


def _told(**changed: Any) -> dict[str, Any]:
    figure = {"code": "SN3", "value": None, "status": "hidden", "beside": {"contacts": 20}}
    return {**_COUNTS, "figures": [figure], "percent": None} | changed


def test_the_counts_with_what_is_hidden_taken_from_them_are_the_answer() -> None:
    hidden = hidden_of(_COUNTS, _told())

    assert hidden == [["figures", 0, "value"], ["figures", 0, "status"], ["percent"]]
    assert told_of(_COUNTS, hidden) == _told()
    assert list(numbers_hidden(_COUNTS, hidden)) == [3]
    assert told_of(_COUNTS, []) == _COUNTS


@pytest.mark.parametrize(
    "changed",
    [
        {"percent": "43.6"},
        {"tables": []},
        {"tables": [{"cells": [{"value": 7, "status": "none"}, {"value": 0, "status": "ok"}]}]},
        {"more": 1},
    ],
)
def test_an_answer_that_does_anything_but_hide_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(Altered):
        hidden_of(_COUNTS, _told(**changed))
