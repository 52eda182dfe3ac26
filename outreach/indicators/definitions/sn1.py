"""SN1: how many people the labour market unit has enrolled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from outreach.foundation.errors import N_
from outreach.foundation.periods import Period
from outreach.indicators.amg import Enrolled, Stay
from outreach.indicators.definitions.definition import Definition


@dataclass(frozen=True, slots=True)
class Staying:
    """Who was enrolled from when to when, and what a period counts of it."""

    period: Period
    stays: tuple[Stay, ...]
    enrolled: Enrolled
    told: str


def _stay(person: str, start: str, end: str | None = None) -> Stay:
    return Stay(person, date.fromisoformat(start), date.fromisoformat(end) if end else None)


SN1 = Definition(
    code="SN1",
    version=1,
    # The committee's own wording.
    title=N_("Antal personer inskrivna i insatser hos arbetsmarknadsgruppen under perioden"),
    question=N_("Hur många människor har varit inskrivna hos arbetsmarknadsgruppen?"),
    unit=N_("personer"),
    population=N_(
        "De som arbetsmarknadsgruppen har rapporterat som inskrivna hos sig, hos OSA eller hos"
        " Jobbteamet."
    ),
    counted=N_("Varje person räknas en gång, om hen var inskriven någon dag i perioden."),
    denominator=N_("Ingen. Det är ett antal, inte en andel."),
    rules=(
        N_(
            "Siffran kommer från arbetsmarknadsgruppens egna uppgifter, som enheten lämnar utan"
            " namn."
        ),
        N_("Första och sista dagen räknas med. Den som inte har slutat är inskriven än."),
        N_("Nya är de som inte var inskrivna dagen innan perioden började."),
        N_(
            "Bredvid: överlämnade från Jobbfabriken Vuxna. Det är personer vars överlämning till"
            " arbetsmarknadsgruppen, OSA eller Jobbteamet togs emot i perioden, vad som än blev av"
            " den. De räknas hos oss, så ingen vet vilka av de inskrivna de är."
        ),
    ),
    example=Staying(
        period=Period(date(2026, 1, 1), date(2026, 8, 31)),
        stays=(
            _stay("A", "2025-11-03", "2026-02-10"),
            _stay("B", "2026-01-15"),
            _stay("C", "2026-03-01", "2026-04-01"),
            _stay("C", "2026-08-20"),
            _stay("D", "2025-05-01", "2025-12-31"),
            _stay("E", "2026-09-01"),
            _stay("F", "2026-08-31"),
        ),
        enrolled=Enrolled(persons=4, enrolments=5, new=3),
        told=N_(
            "A var inskriven till den 10 februari, B från den 15 januari, C två gånger, F från den"
            " 31 augusti. D slutade före perioden och E började efter den. Det blir 4 personer, 5"
            " inskrivningar och 3 nya."
        ),
    ),
)
