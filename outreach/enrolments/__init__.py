"""A person's time here, from a day to a day: how they came, what they did before, how it ended."""
