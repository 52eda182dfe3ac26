"""A unit whose people the tests of this folder know."""

from __future__ import annotations

import pytest

from outreach.accounts.models import Unit
from tests.builders import a_unit


@pytest.fixture
def unit() -> Unit:
    """A unit of KN."""
    return a_unit()
