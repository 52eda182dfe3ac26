"""How much is measured: everything is bounded, in count and in time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """The size of a run of the bench."""

    # How many staff are at work: the limit of requests counts for each of them, as in production.
    staff: int
    # Turns: in each, the product and its bare limits are measured once, one after the other.
    rounds: int
    # Requests in one turn of one server, and what a turn may take at most, in seconds.
    requests: int
    seconds: float
    # How many keep-alive connections send at once.
    connections: tuple[int, ...]
    # Batches of 100 in one turn.
    batches: int
    # Requests that are broken off half-way.
    aborted: int
    # Tablets that find the network at once, what waits on each, how often, and at most how long.
    tablets: int
    operations: int
    rushes: int
    rush_seconds: float
    # In the browser: what waits on one tablet, how often it is sent, and cold starts.
    pending: int
    sendings: int
    cold_starts: int
    # How often Lighthouse looks at each page.
    looks: int
    # People who are known.
    people: int
    # Meetings that were ever booked, handoffs that were ever made, and whom they are about.
    meetings: int
    handoffs: int
    participants: int
    # Sizes of the contact table that is handed out as a file.
    exported: tuple[int, ...]
    # Sizes of the contact table over which the night is measured.
    contacts: tuple[int, ...]


FULL = Scale(
    staff=100,
    # Short turns and many: what else the machine does then falls on both sides alike.
    rounds=10,
    requests=1_000,
    seconds=20.0,
    connections=(8, 32),
    batches=20,
    aborted=200,
    tablets=50,
    operations=100,
    rushes=3,
    rush_seconds=120.0,
    pending=200,
    sendings=3,
    cold_starts=5,
    looks=3,
    people=100_000,
    meetings=200_000,
    handoffs=50_000,
    participants=5_000,
    exported=(100_000, 1_000_000),
    contacts=(1_000_000, 10_000_000),
)
# Shows that every part runs; its figures mean nothing.
SMOKE = Scale(
    staff=4,
    rounds=1,
    requests=40,
    seconds=5.0,
    connections=(4,),
    batches=2,
    aborted=10,
    tablets=3,
    operations=60,
    rushes=1,
    rush_seconds=30.0,
    pending=6,
    sendings=1,
    cold_starts=1,
    looks=1,
    people=300,
    meetings=200,
    handoffs=100,
    participants=20,
    exported=(200,),
    contacts=(1_000,),
)
