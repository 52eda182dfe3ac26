"""Batches of 100 contacts over HTTP, beside bare Core that inserts 100 rows and commits."""

from __future__ import annotations

import itertools
import statistics
import time
from typing import cast

import sqlalchemy as sa

from bench import ground, load
from bench.ground import Ground, Visitor
from bench.report import Part, Verdict
from bench.scale import Scale
from outreach.contacts.models import Contact

SIZE = 100
LEAST_SHARE = 1 / 3
_OK = 200


def measure(ground_: Ground, scale: Scale) -> Part:
    """Measure both turn by turn, one connection each: contacts a second."""
    turn = itertools.cycle(ground_.staff)
    engine = sa.create_engine(ground_.environment["DATABASE_URL"])
    ours: list[float] = []
    bare: list[float] = []
    with ground_.web("wsgi:app") as port:
        for place in range(scale.rounds + 1):
            many = scale.batches if place else 2
            rates = (_core(engine, turn, many), _product(port, turn, many, scale.seconds))
            if place:  # the first turn only warms both
                bare.append(rates[0])
                ours.append(rates[1])
    engine.dispose()
    share = statistics.median(o / b for o, b in zip(ours, bare, strict=True))
    return Part(
        title=f"Batches of {SIZE} contacts",
        columns=("what", "contacts/s", "share of bare"),
        rows=[
            ["bare Core, execute(insert, rows) and commit", f"{statistics.median(bare):.0f}", "1"],
            ["the product, contacts/batch", f"{statistics.median(ours):.0f}", f"{share:.2f}"],
        ],
        verdicts=[
            Verdict("at least a third of bare Core", f"{share:.0%}", met=share >= LEAST_SHARE)
        ],
        remarks=[f"{scale.rounds} turns of {scale.batches} batches each, over one connection."],
    )


def _product(port: int, turn: itertools.cycle[Visitor], many: int, seconds: float) -> float:
    sent = [
        ground.sent_by(
            next(turn),
            "/api/v1/contacts/batch",
            {"items": [ground.a_contact() for _ in range(SIZE)]},
        )
        for _ in range(many)
    ]
    return load.drive(port, sent, connections=1, seconds=seconds).require(_OK).rate * SIZE


def _core(engine: sa.Engine, turn: itertools.cycle[Visitor], many: int) -> float:
    batches = []
    for _ in range(many):
        by = next(turn).id
        rows = [ground.a_row(by) for _ in range(SIZE)]
        batches.append([row | {"sameness": bytes.fromhex(row["sameness"])} for row in rows])
    statement = sa.insert(cast("sa.Table", Contact.__table__))
    began = time.perf_counter()
    for batch in batches:
        with engine.begin() as connection:
            connection.execute(statement, batch)
    return many * SIZE / (time.perf_counter() - began)
