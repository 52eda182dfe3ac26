"""M: by which ways people came here from the social services committee."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from outreach.foundation.errors import N_
from outreach.foundation.periods import Period
from outreach.indicators.definitions.definition import Definition
from outreach.indicators.routes import Arrival


@dataclass(frozen=True, slots=True)
class Coming:
    """Who came in a period and how, and how many people and events it comes to."""

    period: Period
    arrivals: tuple[Arrival, ...]
    persons: int
    events: int
    told: str


def _example() -> Iterator[Arrival]:
    began = date(2026, 2, 2)

    def came(person: int, route: str, day: int) -> Arrival:
        return Arrival(
            key=UUID(int=person),
            on=began + timedelta(days=day),
            route=route,
            origin="sn_ekbist",
            is_enrolment=route != "handed_off",
        )

    yield came(1, "assigned", 0)
    for person in range(2, 6):
        yield came(person, "handed_off", 90)
    # The last of those who were handed off had been shown the way before.
    for person in range(5, 10):
        yield came(person, "signposted", 0)
    yield came(9, "signposted", 60)


M = Definition(
    code="M",
    version=1,
    title=N_("Antal deltagare från socialnämnden efter kontaktväg"),
    question=N_("På vilka vägar har människor kommit hit från socialnämnden under perioden?"),
    unit=N_("personer"),
    population=N_(
        "De som skrevs in, eller lämnades över hit, från någon av socialnämndens enheter."
    ),
    counted=N_(
        "Varje person räknas en gång, på den starkaste vägen i perioden: remiss, sedan anvisning,"
        " sedan överlämning, sedan hänvisning."
    ),
    denominator=N_("Ingen. Det är antal, inte andelar."),
    rules=(
        N_(
            "Ordet remitterad används olika. Därför visas tre läsningar bredvid varandra: bara"
            " formell remiss, remiss eller anvisning, och alla vägar från socialnämnden."
        ),
        N_(
            "Systemet skriver ner hur människor kommer. Det kan inte veta om någon borde ha fått en"
            " remiss, och det gör aldrig själv någon remiss."
        ),
        N_(
            "En händelse är en inskrivning som börjar i perioden, eller en överlämning hit som"
            " skickades i perioden, vad som än blev av den."
        ),
        N_(
            "En överlämning som följs av en inskrivning inom 30 dagar, båda i perioden, är en enda"
            " händelse."
        ),
        N_("Har börjat: inskrivna, och de vars överlämning har kommit igång."),
        N_(
            "De som kom på eget initiativ eller genom uppsökande arbete visas bredvid och läggs"
            " aldrig ihop med de andra."
        ),
        N_(
            "Vägen åt andra hållet, från oss till OSA, Jobbteamet, arbetsmarknadsgruppen eller"
            " ekonomiskt bistånd, visas på en egen rad."
        ),
    ),
    example=Coming(
        period=Period(date(2026, 1, 1), date(2026, 8, 31)),
        arrivals=tuple(_example()),
        persons=9,
        events=11,
        told=N_(
            "Sex hänvisningar av fem personer, fyra överlämningar av fyra personer (en av dem var"
            " också hänvisad), en anvisning och ingen remiss. Det blir anvisade 1, överlämnade 4,"
            " hänvisade 4: 9 personer och 11 händelser."
        ),
    ),
)
