"""A known person: who they are, under encryption, and what may be read of them by whom."""
