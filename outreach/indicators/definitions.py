"""What each figure means, word for word as pages, exports and programs tell it.

A definition is a proposal that each committee adopts: it carries its version wherever it is
printed, and a change of meaning is a new version beside the old, never an edit of it. The worked
example of a definition is data, and a test works it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from outreach.foundation.errors import N_

# Kinds of contact that are someone taking part (rule R2): their headcount are the visitors.
PARTICIPATION = frozenset({"drop_in", "booked", "outreach", "group", "digital"})

# Kinds of contact that are logged but never counted among contacts (rule R2).
UNCOUNTED = frozenset({"brief", "third_party"})


@dataclass(frozen=True, slots=True)
class CountRow:
    """What was counted of one combination of what a contact says, in one month of a period."""

    month: str
    site: str
    activity: str
    contact_type: str
    age_band: str
    gender: str
    first_time: str
    identity: str
    contacts: int
    headcount: int


def contacts(row: CountRow) -> int:
    """Return how many contacts a row is, by the rule of what counts as one."""
    return 0 if row.contact_type in UNCOUNTED else row.contacts


def visitors(row: CountRow) -> int:
    """Return how many visitors a row is: everybody present, known or not, who took part."""
    return row.headcount if row.contact_type in PARTICIPATION else 0


@dataclass(frozen=True, slots=True)
class Beside:
    """What is told beside the number of persons, and never added to it."""

    contacts: int
    identified_contacts: int
    anonymous_contacts: int
    visitors: int
    first_time: int


def beside(rows: Iterable[CountRow]) -> Beside:
    """Return what stands beside SN3 for the rows of a period."""
    kept = list(rows)
    total = sum(map(contacts, kept))
    anonymous = sum(contacts(row) for row in kept if row.identity == "anonymous")
    return Beside(
        contacts=total,
        identified_contacts=total - anonymous,
        anonymous_contacts=anonymous,
        visitors=sum(map(visitors, kept)),
        first_time=sum(contacts(row) for row in kept if row.first_time == "yes"),
    )


@dataclass(frozen=True, slots=True)
class Example:
    """A definition worked on paper: what was met, what it comes to, and why in words."""

    rows: tuple[CountRow, ...]
    persons: int
    beside: Beside
    told: str


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure: all that has to be agreed upon before its number means anything."""

    code: str
    version: int
    title: str
    question: str
    unit: str
    population: str
    counted: str
    denominator: str
    rules: tuple[str, ...]
    example: Example


def _example_row(contact_type: str, rows: int, people: int, first_time: str) -> CountRow:
    return CountRow(
        "2026-01", "hagalund", "open", contact_type, "unknown", "unknown", first_time,
        "anonymous", rows, people,
    )  # fmt: skip


SN3 = Definition(
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
    example=Example(
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

DEFINITIONS: tuple[Definition, ...] = (SN3,)
