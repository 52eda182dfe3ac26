"""Handoffs: a person goes on to another team, and nobody falls between the chairs."""
