"""KN2: how many summer jobs were offered."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.foundation.errors import N_
from outreach.indicators.definitions.definition import Definition


@dataclass(frozen=True, slots=True)
class Offering:
    """What was reported, unit by unit, and what it comes to."""

    offers: tuple[int, ...]
    together: int
    told: str


KN2 = Definition(
    code="KN2",
    version=1,
    title=N_("Antal erbjudna sommarjobb"),
    question=N_("Hur många sommarjobb har unga i Solna blivit erbjudna?"),
    unit=N_("erbjudanden"),
    population=N_("Alla erbjudanden om sommarjobb som staden har skickat i perioden."),
    counted=N_("Varje erbjudande som har skickats, också det som någon tackade nej till."),
    denominator=N_("Ingen. Det är ett antal, inte en andel."),
    rules=(
        N_("Siffran lämnas av den som ordnar sommarjobben. Den räknas inte här."),
        N_("Har flera enheter lämnat tal läggs de ihop."),
        N_("Det är erbjudanden, inte personer: den som fick två erbjudanden är med två gånger."),
    ),
    example=Offering(
        offers=(310, 42),
        together=352,
        told=N_("Staden skickade 310 erbjudanden i juni och en annan enhet 42. Det blir 352."),
    ),
)
