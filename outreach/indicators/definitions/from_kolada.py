"""KN3, KN4 and KN5: what Kolada tells of everybody in Solna, year by year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from outreach.foundation.errors import N_
from outreach.foundation.periods import Period
from outreach.indicators.definitions.definition import Definition

_HALF_YEAR = Period(date(2026, 1, 1), date(2026, 8, 31))
_NOT_OURS = N_("Siffran kommer från Kolada, så som den står där. Den räknas inte om här.")
_LATEST = N_(
    "Kolada har ett värde för varje helt år. Här visas det senaste året som har tagit slut när"
    " perioden tar slut, och som har ett värde."
)
_NO_VALUE = N_("Ett år utan värde är inte noll: då har Kolada ingen uppgift.")
_INHABITANTS = N_("Alla som bor i Solna och har den åldern, inte bara de som kommer hit.")


@dataclass(frozen=True, slots=True)
class Following:
    """What Kolada told of the years, and which of it a period is told."""

    period: Period
    values: Mapping[int, Decimal | None]
    year: int
    told: str


KN3 = Definition(
    code="KN3",
    version=1,
    title=N_("Arbetslöshet, årsmedelvärde"),
    question=N_("Hur stor del av Solnas invånare är arbetslösa?"),
    unit=N_("procent"),
    population=_INHABITANTS,
    counted=N_(
        "Öppet arbetslösa och de som är i program med aktivitetsstöd, i medeltal över året."
    ),
    denominator=N_("Befolkningen 18–64 år till och med 2022, 18–65 år från 2023."),
    rules=(
        _NOT_OURS,
        _LATEST,
        N_("År 2023 ändrades åldern. Åren före och efter kan inte jämföras."),
        _NO_VALUE,
    ),
    example=Following(
        period=_HALF_YEAR,
        values={2023: Decimal("5.4"), 2024: Decimal("5.9"), 2025: Decimal("6.1")},
        year=2025,
        told=N_(
            "För januari till augusti 2026 visas 2025, eftersom 2026 inte är slut: 6,1 procent."
        ),
    ),
)

KN4 = Definition(
    code="KN4",
    version=1,
    title=N_("Förvärvsarbetande invånare"),
    question=N_("Hur stor del av Solnas invånare arbetar?"),
    unit=N_("procent"),
    population=_INHABITANTS,
    counted=N_("De som arbetar enligt statistiken."),
    denominator=N_("Befolkningen 20–64 år i det äldre måttet, 20–65 år i det nyare."),
    rules=(
        _NOT_OURS,
        _LATEST,
        N_(
            "Måttet har bytt källa: först N00914, sedan N02243. De är olika mått och blir aldrig en"
            " linje."
        ),
        _NO_VALUE,
    ),
    example=Following(
        period=_HALF_YEAR,
        values={2023: Decimal("82.4"), 2024: Decimal("82.9"), 2025: None},
        year=2024,
        told=N_("2025 har inget värde än. Därför visas 2024: 82,9 procent."),
    ),
)

KN5 = Definition(
    code="KN5",
    version=1,
    title=N_("Lämnat etableringsuppdraget och börjat arbeta eller studera, status efter 90 dagar"),
    question=N_("Hur stor del av dem som lämnar etableringen arbetar eller studerar sedan?"),
    unit=N_("procent"),
    population=N_("De som bor i Solna och har lämnat etableringsprogrammet under året."),
    counted=N_("De som arbetar eller studerar 90 dagar senare."),
    denominator=N_("Alla som har lämnat programmet under året."),
    rules=(_NOT_OURS, _LATEST, _NO_VALUE),
    example=Following(
        period=_HALF_YEAR,
        values={2024: Decimal(38), 2025: Decimal("41.2")},
        year=2025,
        told=N_("För januari till augusti 2026 visas 2025: 41,2 procent."),
    ),
)
