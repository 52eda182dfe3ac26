"""Requests broken off half-way: they must leave nothing behind that makes others wait."""

from __future__ import annotations

import socket
import statistics
import time

import sqlalchemy as sa

from bench import ground, load
from bench.contacts import CREATED
from bench.ground import Ground
from bench.report import Part, Verdict
from bench.scale import Scale
from embedded.ports import LOOPBACK

LEAST_SHARE = 0.95
CONNECTIONS = 8
# How long the last of the broken requests may take to be over.
PATIENCE = 15.0

_IN_TRANSACTION = sa.text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = :database AND state LIKE 'idle in transaction%'"
)


def measure(ground_: Ground, scale: Scale) -> Part:
    """Measure the product before and after, and count the transactions left open."""
    with ground_.web("wsgi:app") as port:
        _turn(ground_, port, scale)
        before = [_turn(ground_, port, scale) for _ in range(scale.rounds)]
        _abort(ground_, port, scale.aborted)
        left = _left_open(ground_)
        after = [_turn(ground_, port, scale) for _ in range(scale.rounds)]
    share = statistics.median(after) / statistics.median(before)
    return Part(
        title=f"After {scale.aborted} contacts broken off half-way",
        columns=("what", "before", "after"),
        rows=[
            [
                f"requests/s at {CONNECTIONS} connections",
                f"{statistics.median(before):.0f}",
                f"{statistics.median(after):.0f}",
            ],
            ["connections idle in transaction", "0", str(left)],
        ],
        verdicts=[
            Verdict("nothing is left idle in transaction", str(left), met=left == 0),
            Verdict(
                f"at least {LEAST_SHARE:.0%} of the rate before",
                f"{share:.0%}",
                met=share >= LEAST_SHARE,
            ),
        ],
        remarks=["Half were closed in the middle of the body, half after it, before the answer."],
    )


def _turn(ground_: Ground, port: int, scale: Scale) -> float:
    sent = ground.contacts_sent(ground_.staff, scale.requests)
    run = load.drive(port, sent, connections=CONNECTIONS, seconds=scale.seconds)
    return run.require(CREATED).rate


def _abort(ground_: Ground, port: int, many: int) -> None:
    for place, request in enumerate(ground.contacts_sent(ground_.staff, many)):
        part = request[:-100] if place % 2 else request
        with socket.create_connection((LOOPBACK, port), timeout=10) as connection:
            connection.sendall(part)


def _left_open(ground_: Ground) -> int:
    """Return how many transactions stay open; those at work are given their time to end."""
    engine = sa.create_engine(ground_.server.superuser_url, poolclass=sa.NullPool)
    deadline = time.monotonic() + PATIENCE
    while True:
        with engine.connect() as connection:
            left = connection.scalar(_IN_TRANSACTION, {"database": ground.DATABASE}) or 0
        if left == 0 or time.monotonic() > deadline:
            return int(left)
        time.sleep(0.1)
