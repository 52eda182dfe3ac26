"""One use case, one transaction."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

import pytest
import sqlalchemy as sa

from outreach.accounts.models import Unit
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.foundation.transaction import (
    TransactionBrokenError,
    after_commit,
    savepoint,
    transaction,
)

pytestmark = pytest.mark.usefixtures("app")


def _add_unit() -> None:
    db.session.add(Unit(id=uuid4(), name="Enheten", committee="KN"))
    db.session.flush()


def _units() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Unit)) or 0


def test_the_outermost_block_commits() -> None:
    with transaction():
        with transaction():
            _add_unit()
        _add_unit()

    assert _units() == 2


def test_an_error_rolls_everything_back() -> None:
    def fail() -> None:
        with transaction():
            with transaction():
                _add_unit()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert _units() == 0


def test_a_swallowed_inner_error_still_keeps_nothing() -> None:
    def swallow() -> None:
        with transaction():
            _add_unit()
            with suppress(ZeroDivisionError), transaction():
                raise ZeroDivisionError

    with pytest.raises(TransactionBrokenError):
        swallow()

    assert _units() == 0


def test_what_waits_for_the_commit_runs_once_it_is_real() -> None:
    seen: list[int] = []
    with transaction():
        with transaction():
            _add_unit()
            after_commit(lambda: seen.append(_units()))
        assert seen == []

    assert seen == [1]


def test_what_waits_for_the_commit_is_forgotten_when_it_fails() -> None:
    seen: list[str] = []

    def fail() -> None:
        with transaction():
            after_commit(lambda: seen.append("ran"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with transaction():
        _add_unit()

    assert seen == []


def test_a_failing_afterthought_does_not_undo_what_is_committed() -> None:
    def fail() -> None:
        raise ConnectionError

    with transaction():
        _add_unit()
        after_commit(fail)

    assert _units() == 1


def test_an_afterthought_without_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError):
        after_commit(lambda: None)


def _fail_within_a_savepoint() -> None:
    with savepoint(), transaction(by=replace(system("inner"), id=uuid4())):
        _add_unit()
        after_commit(lambda: pytest.fail("it was taken back"))
        raise ZeroDivisionError


def test_what_fails_within_a_savepoint_is_taken_back_and_the_rest_kept() -> None:
    with transaction():
        _add_unit()
        with pytest.raises(ZeroDivisionError):
            _fail_within_a_savepoint()
        _add_unit()

    assert _units() == 2


def test_whoever_acted_within_a_failed_savepoint_acts_no_more() -> None:
    acting = sa.text("SELECT current_setting('outreach.actor')")
    outer = system("outer")
    with transaction(by=outer) as session:
        with pytest.raises(ZeroDivisionError):
            _fail_within_a_savepoint()

        assert session.scalar(acting) == str(outer.id)
        with transaction(by=system("other")):
            _add_unit()

    assert _units() == 1


def test_a_savepoint_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError), savepoint():
        pass
