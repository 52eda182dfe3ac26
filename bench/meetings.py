"""Years of meetings and handoffs: taken in from files, then the day's agenda and a team's inbox."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench import ground, load
from bench.ground import SITES, Ground
from bench.load import Run
from bench.people import numbers, settle, taken_in
from bench.report import Part, Verdict
from bench.scale import Scale
from outreach.foundation import clock

MOST = 100.0
CONNECTIONS = (1, 8)
_TEAM = "jobbteamet"
# So far back they reach, and so far ahead meetings are booked.
_BACK, _AHEAD = timedelta(days=600), timedelta(days=60)
# One handoff in so many is still open.
_ONE_OPEN_IN = 50
_OK = 200


def measure(ground_: Ground, scale: Scale) -> Part:
    """Take them in, then measure each list with one and with many connections."""
    chance = random.Random(scale.meetings)  # noqa: S311 - made-up meetings
    people = [str(ground.uuid7()) for _ in range(scale.participants)]
    taken = {
        "participants": _people(people),
        "followups": _meetings(ground_, chance, people, scale.meetings),
        "handoffs": _handoffs(chance, people, scale.handoffs),
    }
    seconds = {
        kind: taken_in(ground_, kind, _written(ground_.folder / kind, lines))
        for kind, lines in taken.items()
    }
    settle(ground_)
    found: dict[tuple[str, int], Run] = {}
    with ground_.web("wsgi:app") as port:
        for kind, requests in _requests(ground_, scale.requests).items():
            load.drive(port, requests[:50], connections=8, seconds=scale.seconds).require(_OK)
            for many in CONNECTIONS:
                run = load.drive(port, requests, connections=many, seconds=scale.seconds)
                found[kind, many] = run.require(_OK)
    return Part(
        title=f"{scale.meetings} meetings and {scale.handoffs} handoffs",
        columns=("what", "connections", "requests/s", "p50 ms", "p95 ms"),
        rows=[
            [kind, str(many), f"{run.rate:.0f}", f"{run.wait(50):.1f}", f"{run.wait(95):.1f}"]
            for (kind, many), run in found.items()
        ],
        verdicts=list(_verdicts(found)),
        remarks=[f"{kind} were taken in in {took:.0f} s." for kind, took in seconds.items()],
    )


def _verdicts(found: Mapping[tuple[str, int], Run]) -> Iterator[Verdict]:
    for (kind, many), run in found.items():
        wait = run.wait(95)
        target = f"{kind} at {many} connections: p95 at most {MOST:.0f} ms"
        yield Verdict(target, f"{wait:.1f} ms", met=wait <= MOST)


def _written(file: Path, lines: Iterable[Mapping[str, Any]]) -> Path:
    with file.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(line) + "\n" for line in lines)
    return file


def _people(ids: list[str]) -> Iterator[dict[str, Any]]:
    for place, (id_, number) in enumerate(zip(ids, numbers(), strict=False)):
        named = {"given_name": "Anna", "family_name": f"Mätning {place}"}
        yield {"id": id_, **named, "number": number, "language": "sv", "committee": "KN"}


def _meetings(
    ground_: Ground, chance: random.Random, people: list[str], many: int
) -> Iterator[dict[str, Any]]:
    """Yield meetings on a grid on which nobody is at two at once, most of them long over."""
    now, staff = clock.now(), itertools.cycle(ground_.staff)
    whom = itertools.cycle(chance.sample(people, len(people)))
    span = (_BACK + _AHEAD) / max(1, many // len(ground_.staff) + 1)
    for place in range(many):
        at = now - _BACK + span * (place // len(ground_.staff))
        yield {
            "id": str(ground.uuid7()),
            "participant_id": next(whom),
            "workers": [next(staff).username],
            "starts_at": at.isoformat(),
            "minutes": 5,
            "place": SITES[place % len(SITES)],
            "state": "booked" if at > now else chance.choice(("held", "held", "no_show")),
        }


def _handoffs(chance: random.Random, people: list[str], many: int) -> Iterator[dict[str, Any]]:
    for place in range(many):
        sent = (clock.now() - timedelta(days=1 + chance.randrange(_BACK.days))).date()
        is_open = place % _ONE_OPEN_IN == 0
        state = "sent" if is_open else chance.choice(("declined", "completed", "not_completed"))
        days = {} if is_open else {"decided_on": sent.isoformat()}
        yield {
            "id": str(ground.uuid7()),
            "participant_id": chance.choice(people),
            "direction": "out",
            "team": _TEAM if place % 2 == 0 else "osa",
            "sent_on": sent.isoformat(),
            "state": state,
            **days,
        }


def _requests(ground_: Ground, many: int) -> dict[str, list[bytes]]:
    # Taking in takes longer than a screen stays open: these are signed in afterwards.
    staff = [ground.a_visitor(ground_.app) for _ in ground_.staff]
    workers = list(itertools.islice(itertools.cycle(staff), many))
    receiver = ground.a_visitor(ground_.app, role="receiver", sites=(), team=_TEAM)
    day = clock.today().isoformat()
    return {
        "agenda of a day": [
            ground.asked_by(who, f"/api/v1/followups?from={day}&to={day}") for who in workers
        ],
        "agenda, the page": [ground.asked_by(who, "/uppfoljningar") for who in workers],
        "handoffs that go": [ground.asked_by(who, "/api/v1/handoffs?box=out") for who in workers],
        "inbox of a team": [
            ground.asked_by(receiver, "/api/v1/handoffs?box=in") for _ in range(min(many, 250))
        ],
        "inbox, the page": [ground.asked_by(receiver, "/overlamningar") for _ in range(250)],
    }
