"""The rules of what goes out, as plain functions and words: its states, and when it is tried."""

from __future__ import annotations

from datetime import timedelta

CHANNELS = ("sms", "email")

# `handed_over`: a carrier is being given it, or was, and nobody has said yet what came of it.
WAITING, HANDED_OVER, SENT = "waiting", "handed_over", "sent"
NOT_SENT, UNCERTAIN = "not_sent", "uncertain"
STATES = (WAITING, HANDED_OVER, SENT, NOT_SENT, UNCERTAIN)

# Why none went, whatever it was about; what composes it has reasons of its own.
CHANNEL_OFF, REFUSED, GAVE_UP = "channel_off", "refused", "gave_up"
# Another of its kind goes instead.
REPLACED = "replaced"
# What it was about is not known here any more.
FORGOTTEN = "forgotten"
# Why nobody can say whether it went.
NO_ANSWER = "no_answer"

# A carrier that is away so often in a row is left alone until the next minute.
MOST_BUSY = 3
# So long does one run last at the most: others' work waits meanwhile.
LONGEST_RUN = timedelta(seconds=40)
LONGEST_PAUSE = timedelta(minutes=30)
# A carrier has answered or given up by then, and what it took stands in its list.
SETTLED_AFTER = timedelta(minutes=2)
# So far may a carrier's clock be from ours.
CLOCKS_APART = timedelta(minutes=15)
# A carrier that cannot say is asked for so long; then nobody knows, and the others go on.
ASKED_FOR = timedelta(minutes=30)
# So often may a carrier give no answer for one message, and then know nothing of it.
MOST_LOST = 1


def again_after(tries: int) -> timedelta:
    """Return how long after the last of so many tries the next one comes: 1, 2, 4 … 30 minutes."""
    return min(timedelta(minutes=2 ** min(tries - 1, 10)), LONGEST_PAUSE)
