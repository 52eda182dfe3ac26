"""SN4: how many of those who leave go on to work, a placement or education."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from outreach.foundation.errors import N_
from outreach.foundation.periods import Period
from outreach.indicators.closings import Closing
from outreach.indicators.definitions.definition import Definition
from outreach.indicators.shares import Share


@dataclass(frozen=True, slots=True)
class Leaving:
    """Whose enrolments ended in a period, and how many of them had gone on."""

    period: Period
    closings: tuple[Closing, ...]
    share: Share
    comparable: Share
    told: str


# How often each result was met; the last person has closed twice.
_RESULTS = (
    ("work_unsupported", 5),
    ("work_placement", 3),
    ("studies_funded", 1),
    ("education_other", 1),
    ("handed_off_internal", 4),
    ("own_choice", 3),
    ("moved", 1),
    ("no_contact", 5),
)


def _example() -> Iterator[Closing]:
    results = [result for result, number in _RESULTS for _ in range(number)]
    began = date(2026, 2, 2)
    for number, result in enumerate(results, start=1):
        # One of the five jobs lasted two weeks.
        lasted = ("no" if number == 1 else "yes") if result == "work_unsupported" else None
        day = began + timedelta(days=7 * number)
        yield Closing(UUID(int=number), UUID(int=number), day, result, lasted_one_month=lasted)
    # Somebody who had left once before, and somebody who should never have been written in.
    again = UUID(int=len(results))
    yield Closing(again, UUID(int=100), began, "own_choice")
    yield Closing(UUID(int=101), UUID(int=101), began, "registered_in_error")


SN4 = Definition(
    code="SN4",
    version=1,
    # The committee's own wording.
    title=N_(
        "Andelen deltagare i Jobbfabriken som gått vidare till arbete, praktik eller utbildning"
    ),
    question=N_(
        "Hur stor del av dem som avslutade sin stödperiod gick vidare till arbete, praktik eller"
        " utbildning?"
    ),
    unit=N_("procent"),
    population=N_("De deltagare vars stödperiod tog slut under perioden."),
    counted=N_(
        "De som slutade till arbete, eget företag, praktik eller utbildning, och börjar senast 30"
        " dagar efter att stödperioden tog slut."
    ),
    denominator=N_("Alla vars stödperiod tog slut, var och en räknad en gång."),
    rules=(
        N_("Perioden är hela dagar i Sverige. Dagen då stödperioden tog slut bestämmer."),
        N_(
            "Den som har slutat flera gånger i perioden räknas en gång, som den sista gången. Är"
            " det två på samma dag räknas den som ledde längst: arbete, utbildning, praktik, OSA,"
            " överlämnad, annat."
        ),
        N_(
            "Stödperioder som registrerades av misstag räknas inte. Den som har avlidit är inte"
            " med."
        ),
        N_(
            "Den som börjar mer än 30 dagar efter att stödperioden tog slut räknas som annat. Hur"
            " tidigt någon började spelar ingen roll."
        ),
        N_(
            "Den som har lämnats över till ett annat team, eller har slutat av andra skäl, är med i"
            " nämnaren men har inte gått vidare."
        ),
        N_("OSA står för sig. Det räknas inte som arbete här."),
        N_(
            "Den som har skrivits in två gånger och länkats ihop räknas en gång. Den som har"
            " skyddade personuppgifter ingår bara i totalen."
        ),
        N_("Variant B: av alla som deltog i perioden, hur stor del slutade och hade gått vidare."),
        N_(
            "Variant C, som kan jämföras med andra kommuner: bara arbete som varade minst en månad"
            " och utbildning med studiemedel."
        ),
        N_(
            "Överlämnade som gått vidare senare: de som slutade som överlämnade en tidigare gång"
            " och i perioden har gått vidare. De läggs aldrig ihop med något annat."
        ),
    ),
    example=Leaving(
        period=Period(date(2026, 1, 1), date(2026, 8, 31)),
        closings=tuple(_example()),
        share=Share(10, 23),
        comparable=Share(5, 23),
        told=N_(
            "25 avslut av 24 personer. Ett var ett misstag, så 23 personer räknas. Arbete 5,"
            " praktik 3, utbildning 2, överlämnade 4, eget val 3, flyttat 1 och ingen kontakt 5."
            " Det blir 10 av 23, 43,5 procent. Ett av jobben varade två veckor och en utbildning är"
            " SFI utan studiemedel, så variant C är 5 av 23, 21,7 procent."
        ),
    ),
)
