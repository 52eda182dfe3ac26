"""What whoever runs the product has chosen, for rules that a committee may set otherwise."""

from __future__ import annotations

from flask import current_app


def whole_number(name: str) -> int:
    """Return the setting of the name (see config.py)."""
    return int(current_app.config[name])


def yes_or_no(name: str) -> bool:
    """Return the setting of the name (see config.py)."""
    return bool(current_app.config[name])


def text(name: str) -> str:
    """Return the setting of the name (see config.py)."""
    return str(current_app.config[name])
