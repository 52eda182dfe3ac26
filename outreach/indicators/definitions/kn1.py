"""KN1: the share of everybody in Solnamodellen who left and went on."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.foundation.errors import N_
from outreach.indicators.definitions.definition import Definition
from outreach.indicators.shares import Share


@dataclass(frozen=True, slots=True)
class Adding:
    """The shares of several units, and what they come to together."""

    shares: tuple[Share, ...]
    together: Share
    told: str


KN1 = Definition(
    code="KN1",
    version=1,
    # The committee's own wording.
    title=N_(
        "Andelen deltagare i Solnamodellen som gått vidare till arbete, praktik eller studier"
    ),
    question=N_("Hur stor del av alla som slutade i Solnamodellens verksamheter gick vidare?"),
    unit=N_("procent"),
    population=N_(
        "De som slutade i perioden, hos Jobbfabriken Vuxna eller hos en annan enhet som har lämnat"
        " sina tal."
    ),
    counted=N_("De som gick vidare till arbete, praktik eller studier, hos alla enheter ihop."),
    denominator=N_("Alla som slutade, hos alla enheter ihop."),
    rules=(
        N_("Vår egen del är samma siffra som SN4. De andra enheterna lämnar sina delar själva."),
        N_(
            "Täljare läggs ihop med täljare och nämnare med nämnare. Ett medelvärde av enheternas"
            " procent vore fel, för enheterna är olika stora."
        ),
        N_("Ej avdubblerad: den som har slutat hos två enheter är med två gånger."),
        N_("Siffran är bara så hel som det som har lämnats. Enheterna står bredvid."),
        N_(
            "När vår egen del eller en annan enhets del är så liten att någon kunde pekas ut visas"
            " inte summan."
        ),
    ),
    example=Adding(
        shares=(Share(30, 60), Share(12, 40), Share(10, 23)),
        together=Share(52, 123),
        told=N_(
            "En enhet har 30 av 60, en annan 12 av 40, och vi 10 av 23. Tillsammans är det 52 av"
            " 123, 42,3 procent."
        ),
    ),
)
