"""How much of what happens at random is tried: so much in the suite, more in a soak."""

from __future__ import annotations

import os

# So many made-up worlds are counted twice over.
WORLDS = range(int(os.environ.get("OUTREACH_WORLDS", "20")))
# So many sequences of overlapping reports are attacked.
SEQUENCES = range(int(os.environ.get("OUTREACH_SEQUENCES", "25")))
