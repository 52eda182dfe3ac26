"""What is counted: contacts, visitors and persons' meetings, and what each amounts to (rule R2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

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


@dataclass(frozen=True, slots=True)
class Meeting:
    """One contact of somebody with a name: whose, by the key that tells nothing else, and when."""

    key: UUID
    at: datetime
    contact: UUID
    # What the contact says, as a row of one.
    said: CountRow


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
