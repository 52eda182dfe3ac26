"""SN2: how many people leave the labour market unit and support themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from outreach.foundation.errors import N_
from outreach.foundation.periods import Period
from outreach.indicators.amg import Discharged, Stay
from outreach.indicators.definitions.definition import Definition


@dataclass(frozen=True, slots=True)
class Discharging:
    """Who left in a period and to what, and how many of them support themselves."""

    period: Period
    stays: tuple[Stay, ...]
    discharged: Discharged
    told: str


def _left(person: str, end: str, result: str, income: str, *, supplement: bool = False) -> Stay:
    return Stay(
        person,
        date(2025, 9, 1),
        date.fromisoformat(end),
        exit_result=result,
        main_income_after=income,
        supplement=supplement,
    )


SN2 = Definition(
    code="SN2",
    version=1,
    # The committee's own wording.
    title=N_("Antal personer utskrivna från arbetsmarknadsgruppen till självförsörjning"),
    question=N_("Hur många av dem som slutade hos arbetsmarknadsgruppen försörjer sig själva?"),
    unit=N_("personer"),
    population=N_("De som arbetsmarknadsgruppen har rapporterat som utskrivna under perioden."),
    counted=N_(
        "De som skrevs ut till arbete, eget företag eller studier med studiemedel, och inte längre"
        " har försörjningsstöd, vare sig som huvudsaklig inkomst eller som komplement."
    ),
    denominator=N_("Ingen. Det är ett antal. Bredvid står hur många som skrevs ut."),
    rules=(
        N_(
            "Siffran kommer från arbetsmarknadsgruppens egna uppgifter, som enheten lämnar utan"
            " namn."
        ),
        N_("Den sista utskrivningen i perioden räknas."),
        N_(
            "Den som är inskriven på nytt inom 30 dagar, eller fortfarande är inskriven någon"
            " annanstans hos enheten, har inte slutat."
        ),
        N_("Den vars inkomst är okänd räknas inte. Hur många det gäller står bredvid."),
    ),
    example=Discharging(
        period=Period(date(2026, 1, 1), date(2026, 8, 31)),
        stays=(
            _left("A", "2026-02-10", "work_unsupported", "wage"),
            _left("B", "2026-04-01", "work_placement", "financial_assistance"),
            _left("C", "2026-05-15", "studies_funded", "study_support"),
            _left("D", "2026-06-30", "work_unsupported", "wage", supplement=True),
        ),
        discharged=Discharged(persons=2, left=4, unknown=0),
        told=N_(
            "Den 10 februari: arbete, biståndet upphörde. Den 1 april: praktik. Den 15 maj: studier"
            " med studiemedel. Den 30 juni: deltidsarbete med kompletterande bistånd. Det blir 2 av"
            " 4."
        ),
    ),
)
