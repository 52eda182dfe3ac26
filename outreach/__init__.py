"""Contacts, follow-ups and handoffs for Jobbfabriken Vuxna in Solna."""
