"""Contacts as a file: every one that counts, of one's own sites, and it reads back as an import."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.accounts.permissions import NotYourSite
from outreach.audit.models import AuditEntry
from outreach.contacts import exports, service
from outreach.contacts.models import Contact
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import NotAllowed, RuleBroken
from outreach.foundation.transaction import transaction
from tests.builders import Visitor, a_contact, a_recorded_contact, an_actor, commit

SignIn = Callable[..., Visitor]


@pytest.fixture
def chief(app: Flask) -> Actor:
    """Whoever is in charge at Hagalund."""
    assert app.testing
    return an_actor(role="supervisor")


def _rows(by: Actor, **given: str) -> list[dict[str, str]]:
    head, *lines = exports.handed_out(by=by, given=given)
    return [dict(zip(map(str, head), map(str, line), strict=True)) for line in lines]


def test_each_contact_that_counts_is_a_row_and_the_oldest_comes_first(chief: Actor) -> None:
    worker = an_actor()
    now = clock.now()
    ids = [
        a_recorded_contact(worker, occurred_at=(now - timedelta(hours=hours)).isoformat())["id"]
        for hours in (1, 30, 3)
    ]
    mistap = a_recorded_contact(worker)
    service.void_contact(by=worker, id=mistap["id"], given={"reason": "mistap"})

    assert [row["id"] for row in _rows(chief)] == [str(ids[place]) for place in (1, 2, 0)]


def test_only_ones_own_sites_are_in_it(chief: Actor) -> None:
    a_recorded_contact(an_actor(sites=("bagartorp",)), site="bagartorp")
    own = a_recorded_contact(an_actor())

    assert [row["id"] for row in _rows(chief)] == [str(own["id"])]
    with pytest.raises(NotYourSite):
        exports.handed_out(by=chief, given={"site": "bagartorp"})


def test_the_days_are_local_and_both_are_included(chief: Actor) -> None:
    worker = an_actor(roles=["caseworker", "supervisor"])
    for instant in (
        "2026-03-28T23:59:59+01:00",
        "2026-03-29T00:00:00+01:00",
        "2026-03-29T23:59:59+02:00",
        "2026-03-30T00:00:00+02:00",
    ):
        a_recorded_contact(worker, occurred_at=instant)

    rows = _rows(chief, **{"from": "2026-03-29", "to": "2026-03-29"})

    assert [row["occurred_at"] for row in rows] == [
        "2026-03-29T00:00:00+01:00",
        "2026-03-29T23:59:59+02:00",
    ]


def test_days_in_the_wrong_order_and_odd_ones_are_told_at_once(chief: Actor) -> None:
    with pytest.raises(RuleBroken) as refused:
        exports.handed_out(by=chief, given={"from": "2026-02-01", "to": "2026-01-01"})
    assert [fault.pointer for fault in refused.value.faults] == ["/to"]

    with pytest.raises(RuleBroken) as refused:
        exports.handed_out(by=chief, given={"from": "x", "site": "?", "else": "1"})
    assert {fault.pointer for fault in refused.value.faults} == {"/from", "/site", "/else"}


def test_the_audit_says_who_took_which_days_of_which_sites(chief: Actor) -> None:
    exports.handed_out(by=chief, given={"from": "2026-01-01"})

    commit()
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "export")).one()
    assert (entry.actor_id, entry.kind) == (chief.id, "contacts")
    assert entry.details == {"sites": ["hagalund"], "days": "2026-01-01.."}


@pytest.mark.parametrize("role", ["caseworker", "analyst", "administrator", "reviewer"])
def test_nobody_else_takes_rows_out(app: Flask, role: str) -> None:
    assert app.testing
    with pytest.raises(NotAllowed):
        exports.handed_out(by=an_actor(role=role), given={})


def test_a_wrong_day_is_told_on_the_form_and_what_was_typed_stays(signed_in: SignIn) -> None:
    answer = signed_in(role="supervisor").get("/kontakter.csv?from=2026-02-01&to=2026-01-31")

    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Sista dagen är före den första." in page
    assert 'value="2026-02-01"' in page
    assert 'value="2026-01-31"' in page


def test_the_form_offers_ones_own_sites(signed_in: SignIn) -> None:
    page = signed_in(role="supervisor", sites=("bagartorp",)).get("/kontakter").text

    assert "Ej för spridning" in page
    assert 'value="bagartorp"' in page
    assert 'value="hagalund"' not in page


def test_many_rows_are_never_all_in_memory(chief: Actor) -> None:
    given = a_contact()
    recorded = a_recorded_contact(an_actor(), **given)
    copied = ", ".join(
        column.name
        for column in Contact.__table__.columns
        if column.name not in {"id", "local_day"}
    )
    with transaction() as session:
        session.execute(
            sa.text(
                f"INSERT INTO contact (id, {copied}) SELECT gen_random_uuid(), {copied}"
                " FROM contact, generate_series(1, 20000) WHERE id = :id"
            ),
            {"id": recorded["id"]},
        )

    tracemalloc.start()
    try:
        rows = sum(1 for _ in exports.handed_out(by=chief, given={}))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert rows == 20_002
    # All of them would be some 30 MB.
    assert most < 6_000_000


def test_a_reader_who_leaves_half_way_gives_the_connection_back(chief: Actor) -> None:
    for _ in range(3):
        a_recorded_contact(an_actor())
    pool = db.engine.pool
    commit()
    before = pool.checkedout()  # type: ignore[attr-defined]

    rows = exports.handed_out(by=chief, given={})
    next(rows)
    next(rows)
    assert pool.checkedout() == before + 1  # type: ignore[attr-defined]
    rows.close()  # type: ignore[attr-defined]

    assert pool.checkedout() == before  # type: ignore[attr-defined]


def test_the_file_is_a_table_with_one_header(signed_in: SignIn) -> None:
    a_recorded_contact(an_actor())

    text = signed_in(role="supervisor").get("/kontakter.csv").get_data().decode("utf-8-sig")

    head, row = csv.reader(io.StringIO(text), delimiter=";")
    assert tuple(head) == exports.COLUMNS
    assert len(row) == len(head)


def test_the_answer_is_a_file_to_keep(signed_in: SignIn) -> None:
    answer = signed_in(role="supervisor").get("/kontakter.csv?site=hagalund&from=&to=")

    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="kontakter.csv"'
