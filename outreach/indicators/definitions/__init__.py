"""What each figure means, word for word as pages, exports and programs tell it.

A definition is a proposal that each committee adopts: it carries its version wherever it is
printed, and a change of meaning is a new version beside the old, never an edit of it. The worked
example of a definition is data, and a test works it.
"""

from __future__ import annotations

from outreach.indicators.definitions.definition import Definition
from outreach.indicators.definitions.from_kolada import KN3, KN4, KN5
from outreach.indicators.definitions.kn1 import KN1
from outreach.indicators.definitions.kn2 import KN2
from outreach.indicators.definitions.m import M
from outreach.indicators.definitions.sn1 import SN1
from outreach.indicators.definitions.sn2 import SN2
from outreach.indicators.definitions.sn3 import BEFORE_PERSONS, SN3
from outreach.indicators.definitions.sn4 import SN4

__all__ = [
    "COUNTS_PERSONS_SINCE",
    "DEFINITIONS",
    "KN1",
    "KN2",
    "KN3",
    "KN4",
    "KN5",
    "SN1",
    "SN2",
    "SN3",
    "SN4",
    "VERSIONS",
    "Definition",
    "M",
]

# The ones in use, as they read now.
DEFINITIONS: tuple[Definition, ...] = (
    SN1, SN2, SN3, SN4, KN1, KN2, KN3, KN4, KN5, M,
)  # fmt: skip

# Every version there has been, by what an answer names it with.
VERSIONS = {(each.code, each.version): each for each in (BEFORE_PERSONS, *DEFINITIONS)}

# The first version of SN3 by which persons were counted.
COUNTS_PERSONS_SINCE = SN3.version
