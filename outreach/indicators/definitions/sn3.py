"""SN3: how many people take part, and what is told beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from outreach.foundation.errors import N_
from outreach.indicators.counting import Beside, CountRow, Meeting
from outreach.indicators.definitions.definition import Definition


@dataclass(frozen=True, slots=True)
class TakingPart:
    """What was met in a period, and how many people and contacts it comes to."""

    rows: tuple[CountRow, ...]
    persons: int
    beside: Beside
    told: str
    # The contacts, among those of the rows, that are somebody's.
    meetings: tuple[Meeting, ...] = ()


def _example_row(
    contact_type: str, rows: int, people: int, first_time: str, identity: str = "anonymous"
) -> CountRow:
    return CountRow(
        "2026-01", "hagalund", "open", contact_type, "unknown", "unknown", first_time,
        identity, rows, people,
    )  # fmt: skip


def _example_meetings(numbers: Iterable[int]) -> tuple[Meeting, ...]:
    """Return the drop-ins of as many people as there are numbers: so many for each."""
    said = _example_row("drop_in", 1, 1, "no", "identified")
    began = datetime(2026, 1, 12, 9, tzinfo=UTC)
    return tuple(
        Meeting(UUID(int=person), began + timedelta(days=day), UUID(int=100 * person + day), said)
        for person, number in enumerate(numbers, start=1)
        for day in range(number)
    )


# As it was before anybody could be known: figures that were kept then are still told by it.
BEFORE_PERSONS = Definition(
    code="SN3",
    version=1,
    # The committee's own wording.
    title=N_("Antalet personer som deltar i verksamheten Jobbfabriken för vuxna"),
    question=N_("Hur många människor har tagit del av verksamheten under perioden?"),
    unit=N_("personer"),
    population=N_("De som har valt att berätta vilka de är och som är inskrivna som deltagare."),
    counted=N_(
        "Varje deltagare räknas en gång, om hen har varit med minst en gång under perioden: på"
        " spontanbesök, bokat möte, uppsökande samtal, grupp eller digitalt möte."
    ),
    denominator=N_("Ingen. Det är ett antal, inte en andel."),
    rules=(
        N_("Perioden är hela dagar i Sverige. Första och sista dagen räknas med."),
        N_("Dagen då mötet hände bestämmer, inte dagen då det skrevs in."),
        N_("Telefonsamtal, korta möten och kontakt med andra aktörer är inte att delta."),
        N_("Den som är anonym räknas aldrig som person. Då räknas bara kontakten."),
        N_("Korta möten och kontakt med andra aktörer ingår inte heller i antalet kontakter."),
        N_(
            "Besökare är alla som var med, även varje person i en grupp. Samma människa kan"
            " räknas flera gånger."
        ),
        N_("Borttagna kontakter räknas inte någonstans."),
        N_("Personer, kontakter och besökare är olika saker och läggs aldrig ihop."),
    ),
    example=TakingPart(
        rows=(
            _example_row("drop_in", 8, 8, "no"),
            _example_row("drop_in", 2, 2, "yes"),
            _example_row("group", 2, 12, "not_asked"),
            _example_row("phone", 5, 5, "not_asked"),
            _example_row("brief", 7, 7, "not_asked"),
            _example_row("third_party", 1, 1, "not_asked"),
        ),
        persons=0,
        beside=Beside(
            contacts=17, identified_contacts=0, anonymous_contacts=17, visitors=22, first_time=2
        ),
        told=N_(
            "Tio spontanbesök (två för första gången), två grupper med sex personer i varje, fem"
            " telefonsamtal, sju korta möten och ett samtal med en annan aktör. Ingen har sagt"
            " vem den är. Det blir 0 personer, 17 kontakter (10 + 2 + 5) och 22 besökare"
            " (10 + 12)."
        ),
    ),
)

# Twenty people with fifty contacts, two each and three for ten of them; then six more contacts
# turn out to be theirs.
_TWENTY = (5, 4, 4, 3, *(3,) * 8, *(2,) * 8)

SN3 = replace(
    BEFORE_PERSONS,
    version=2,
    rules=(
        *BEFORE_PERSONS.rules,
        N_(
            "Den som har skrivits in två gånger och länkats ihop räknas en gång. Nämnderna ser inte"
            " varandras deltagare: den som båda känner räknas en gång i varje."
        ),
        N_(
            "Kontakter som kopplas till en deltagare i efterhand räknas som hens, på dagen då de"
            " hände. Antalet kontakter ändras inte av det."
        ),
        N_("Den som får sina uppgifter raderade räknas som förut. Ingen vet längre vem det var."),
        N_(
            "Kön och ålder är de som står på deltagarens senaste kontakt i perioden. Den som har"
            " varit på flera platser räknas på var och en, men bara en gång totalt."
        ),
        N_("Den som har skyddade personuppgifter ingår bara i totalen."),
    ),
    example=TakingPart(
        rows=(
            _example_row("drop_in", 64, 64, "no"),
            _example_row("drop_in", 56, 56, "no", "identified"),
        ),
        meetings=_example_meetings(_TWENTY),
        persons=20,
        beside=Beside(
            contacts=120, identified_contacts=56, anonymous_contacts=64, visitors=120, first_time=0
        ),
        told=N_(
            "120 kontakter: 70 anonyma och 50 med 20 personer. Två personer till är inskrivna men"
            " har bara uteblivit. Sedan kopplas 6 av de anonyma kontakterna till 4 av de 20. Det"
            " blir 20 personer och fortfarande 120 kontakter: 56 med deltagare och 64 anonyma."
        ),
    ),
)
