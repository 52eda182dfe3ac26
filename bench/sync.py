"""A morning's tablets that all find the network at once, beside the same rows bare over HTTP."""

from __future__ import annotations

import itertools
import json
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench import ground, load, tablets
from bench.ground import Ground
from bench.load import Run
from bench.report import Part, Verdict
from bench.scale import Scale
from bench.tablets import Tablet

APPLIED = "applied"
PENDING = 200
_OK, _CREATED = 200, 201


@dataclass(slots=True)
class _Turns:
    """What the turns measured, in seconds, and how often each word was the answer."""

    bare: list[float] = field(default_factory=list)
    product: list[float] = field(default_factory=list)
    sealed: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)


def measure(ground_: Ground, scale: Scale) -> Part:
    """Measure a rush of tablets, one tablet alone, and the same contacts in other ways."""
    staff = itertools.islice(itertools.cycle(ground_.staff), scale.tablets)
    all_ = [tablets.enrolled(ground_, worker) for worker in staff]
    turns = _Turns()
    with ground_.web("wsgi:app") as ours, ground_.web("bench.bare_app:app") as bare:
        _rush(ours, all_, many=1, seconds=scale.rush_seconds)
        for _ in range(scale.rushes):
            _turn(ground_, scale, turns, all_, ours=ours, bare=bare)
    return Part(
        title=f"{_whole(scale)} operations from {scale.tablets} tablets at once",
        columns=("what", "seconds", "operations/s", "share of bare"),
        rows=_rows(scale, turns),
        verdicts=_verdicts(scale, turns),
        remarks=[
            (
                f"{scale.rushes} turns; seconds are the turns' medians. Each tablet sends over a"
                f" connection of its own, {tablets.BATCH} at once, sealed (HPKE) beforehand."
            ),
            "The clients share the processors with the product; PostgreSQL waits for the disk.",
        ],
    )


def _turn(
    ground_: Ground, scale: Scale, turns: _Turns, all_: Sequence[Tablet], *, ours: int, bare: int
) -> None:
    many, seconds = _whole(scale), scale.rush_seconds
    rows = ground.rows_sent(ground_.staff, many)
    ran = load.drive(bare, rows, connections=scale.tablets, seconds=seconds).require(_CREATED)
    turns.bare.append(_all(ran, many))
    sent = ground.contacts_sent(ground_.staff, many)
    ran = load.drive(ours, sent, connections=scale.tablets, seconds=seconds).require(_CREATED)
    turns.product.append(_all(ran, many))
    ran = _rush(ours, all_, many=scale.operations, seconds=seconds)
    turns.sealed.append(ran.seconds)
    turns.codes.update(_codes(ran))
    ran = _rush(ours, all_[:1], many=PENDING, seconds=seconds)
    turns.alone.append(ran.seconds)
    turns.codes.update(_codes(ran))


def _rush(port: int, all_: Sequence[Tablet], *, many: int, seconds: float) -> Run:
    """Let each of the tablets hand in so many new contacts."""
    lines = [tablet.line(many) for tablet in all_]
    run = load.drive_lines(port, lines, seconds=seconds).require(_OK)
    _all(run, sum(map(len, lines)))
    return run


def _all(run: Run, many: int) -> float:
    """Return how long it took. Raises when not all was sent in the time that there was."""
    if len(run.waits) != many:
        raise load.WrongAnswerError(f"only {len(run.waits)} of {many} were answered in time")
    return run.seconds


def _codes(run: Run) -> Counter[str]:
    return Counter(each["code"] for body in run.answers for each in json.loads(body)["results"])


def _whole(scale: Scale) -> int:
    return scale.tablets * scale.operations


def _rows(scale: Scale, turns: _Turns) -> list[list[str]]:
    many = _whole(scale)
    ways = (
        ("bare Flask + Core, one by one", turns.bare),
        ("the product, one by one, signed in", turns.product),
        ("the product, sealed, from tablets", turns.sealed),
    )
    rows = []
    for what, times in ways:
        seconds = statistics.median(times)
        share = statistics.median(b / t for b, t in zip(turns.bare, times, strict=True))
        rows.append([what, f"{seconds:.1f}", f"{many / seconds:.0f}", f"{share:.2f}"])
    alone = statistics.median(turns.alone)
    what = f"{PENDING} that waited on one tablet, by itself"
    return [*rows, [what, f"{alone:.1f}", f"{PENDING / alone:.0f}", ""]]


def _verdicts(scale: Scale, turns: _Turns) -> list[Verdict]:
    sent = scale.rushes * (_whole(scale) + PENDING)
    told = ", ".join(f"{many} {code}" for code, many in turns.codes.most_common())
    met = turns.codes == Counter({APPLIED: sent})
    return [Verdict(f"all {sent} are applied, and nothing else is answered", told, met=met)]
