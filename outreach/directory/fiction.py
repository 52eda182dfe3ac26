"""Made-up ways to reach a place, for demonstrations: none of them reaches anybody.

The phone numbers are from the range that the Swedish Post and Telecom Authority has set aside
for books and films: 08-465 004 00 to 08-465 004 99.
"""

from __future__ import annotations

NUMBERS = 100

_HOURS = (
    "Måndag–fredag 9–16",
    "Måndag–torsdag 8–16.30\nFredag 8–15",
    "Drop-in tisdag och torsdag 13–16\nÖvriga tider: boka",
    "Telefontid vardagar 9–11",
)


def reach(place: int) -> dict[str, str]:
    """Return a phone number, an address and opening hours; the same for the same place."""
    return {
        "phone": f"08-465 004 {place % NUMBERS:02d}",
        "address": f"Exempelgatan {place + 1}, Solna",
        "hours": _HOURS[place % len(_HOURS)],
    }
