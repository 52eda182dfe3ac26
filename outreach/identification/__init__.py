"""Becoming known, and taking it back: by the person's own choice, step by step, undoable."""
