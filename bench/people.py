"""Very many people: taken in from a file, then found and opened over HTTP."""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import sqlalchemy as sa

from bench import ground, load
from bench.ground import Ground, Visitor
from bench.load import Run
from bench.report import Part, Verdict
from bench.scale import Scale
from embedded import environment
from outreach.participants.numbers import check_digit

MOST_SEARCH, MOST_OPEN = 50.0, 150.0
MOST_IMPORT_SECONDS = 180.0
CONNECTIONS = (1, 8)
# One in so many is called by the commonest name; a search for it finds more than a list shows.
_ONE_IN = 50
_COMMON = "Anna"
# Numbers with these individual parts are nobody's.
_INDIVIDUALS = range(980, 1000)
_SYLLABLES = [first + last for first in "bdfgklmnr" for last in "aei"]
_PEOPLE = "/api/v1/participants"
# Seconds for what must be done before anything is measured.
_PATIENCE = 300.0
_OK, _CREATED = 200, 201


@dataclass(frozen=True, slots=True)
class _Known:
    """Somebody who was taken in, as a search asks for them."""

    id: str
    number: str
    name: str


def measure(ground_: Ground, scale: Scale) -> Part:
    """Measure the import, then each kind of request with few and with many connections."""
    file = ground_.folder / "people.ndjson"
    sample = _write(file, scale.people, scale.requests)
    seconds = taken_in(ground_, "participants", file)
    settle(ground_)
    found: dict[tuple[str, int], Run] = {}
    with ground_.web("wsgi:app") as port:
        opened = load.drive(port, _openings(ground_, sample), connections=8, seconds=_PATIENCE)
        opened.require(_CREATED)
        for kind, requests in _requests(ground_, sample).items():
            load.drive(port, requests[:50], connections=8, seconds=scale.seconds).require(_OK)
            for many in CONNECTIONS:
                run = load.drive(port, requests, connections=many, seconds=scale.seconds)
                found[kind, many] = run.require(_OK)
    rate = scale.people / seconds
    return Part(
        title=f"{scale.people} people",
        columns=("what", "connections", "requests/s", "p50 ms", "p95 ms"),
        rows=[
            [kind, str(many), f"{run.rate:.0f}", f"{run.wait(50):.1f}", f"{run.wait(95):.1f}"]
            for (kind, many), run in found.items()
        ],
        verdicts=list(_verdicts(found, seconds)),
        remarks=[
            f"Taken in from a file in {seconds:.0f} s, {rate:.0f} people a second.",
            f"{max(1, scale.people // _ONE_IN)} of them are called {_COMMON}; a search shows 100.",
        ],
    )


def _verdicts(found: Mapping[tuple[str, int], Run], seconds: float) -> Iterator[Verdict]:
    yield Verdict(
        f"the import takes at most {MOST_IMPORT_SECONDS:.0f} s",
        f"{seconds:.0f} s",
        met=seconds <= MOST_IMPORT_SECONDS,
    )
    for (kind, many), run in found.items():
        most = MOST_SEARCH if kind.startswith("search") else MOST_OPEN
        wait = run.wait(95)
        target = f"{kind} at {many} connections: p95 at most {most:.0f} ms"
        yield Verdict(target, f"{wait:.1f} ms", met=wait <= most)


def _write(file: Path, many: int, sampled: int) -> list[_Known]:
    """Write so many people to a file; return some of them, the same in each run."""
    chance = random.Random(many)  # noqa: S311 - made-up people
    wanted = set(chance.sample(range(many), min(sampled, many)))
    sample = []
    with file.open("w", encoding="utf-8") as out:
        for place, number in zip(range(many), numbers(), strict=False):
            given = _COMMON if place % _ONE_IN == 0 else _word(chance, 2)
            person = {
                "id": str(ground.uuid7()),
                "given_name": given,
                "family_name": f"{_word(chance, 2)}-{_word(chance, 3)}",
                "number": number,
                "language": "sv",
                "committee": "KN",
            }
            out.write(json.dumps(person) + "\n")
            if place in wanted:
                name = f"{given} {person['family_name']}"
                sample.append(_Known(person["id"], number, name))
    return sample


def _word(chance: random.Random, syllables: int) -> str:
    return "".join(chance.choices(_SYLLABLES, k=syllables)).capitalize()


def numbers() -> Iterator[str]:
    """Yield numbers that hold and that nobody has."""
    days = (date(1940, 1, 1) + timedelta(days=day) for day in itertools.count())
    for day, individual in itertools.product(itertools.islice(days, 24_000), _INDIVIDUALS):
        born = f"{day:%Y%m%d}"
        yield f"{born}{individual}{check_digit(born[2:] + str(individual))}"


def taken_in(ground_: Ground, kind: str, file: Path) -> float:
    """Take a file of one kind in as the console does; return how many seconds it took."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "outreach", "import", kind, file, "--json"],
        cwd=environment.ROOT,
        env={**os.environ, **ground_.environment},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - began


def settle(ground_: Ground) -> None:
    """Let both databases know what is in them, as they do by themselves within a minute."""
    for name in ("MIGRATION_DATABASE_URL", "VAULT_MIGRATION_URL"):
        url = ground_.environment[name].replace("postgresql://", "postgresql+psycopg://")
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))
        engine.dispose()


def _asking(ground_: Ground, sample: list[_Known]) -> Iterator[tuple[Visitor, _Known]]:
    """Yield who asks for whom, the same in each call: each of the staff in turn."""
    return zip(itertools.cycle(ground_.staff), sample, strict=False)


def _openings(ground_: Ground, sample: list[_Known]) -> list[bytes]:
    """Return what each says before they may read the one they ask for."""
    return [
        ground.sent_by(who, f"{_PEOPLE}/{person.id}/openings", {"reason": "calling"})
        for who, person in _asking(ground_, sample)
    ]


def _requests(ground_: Ground, sample: list[_Known]) -> dict[str, list[bytes]]:
    """Return the requests of each kind that is measured."""
    asking = list(_asking(ground_, sample))

    def searches(wanted: Callable[[_Known], dict[str, str]]) -> list[bytes]:
        return [ground.sent_by(who, f"{_PEOPLE}/search", wanted(person)) for who, person in asking]

    return {
        "search by number": searches(lambda person: {"number": person.number}),
        "search by rare name": searches(lambda person: {"name": person.name}),
        "search by common name": searches(lambda _: {"name": _COMMON}),
        "open": [ground.asked_by(who, f"{_PEOPLE}/{person.id}") for who, person in asking],
        "open the page": [
            ground.asked_by(who, f"/deltagare/{person.id}") for who, person in asking
        ],
    }
