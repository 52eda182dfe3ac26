"""The figures: what is counted each night, how it is defined, and what may be shown of it."""
