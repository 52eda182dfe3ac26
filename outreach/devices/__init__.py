"""Tablets: enrolled by an administrator, lent to the staff at a site, revocable."""
