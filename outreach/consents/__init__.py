"""Secrecy consents: what may be told about a person, to whom, for how long, and taking it back."""
