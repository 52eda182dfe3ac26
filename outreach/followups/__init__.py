"""Booked meetings: when somebody is met again, by whom, and whether it came about."""
