"""Frozen reports: the figures of a period as a committee was given them, for good."""
