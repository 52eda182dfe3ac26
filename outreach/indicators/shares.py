"""Shares: so many of so many, and the percent that is printed beside them (rule R9)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

# A percent of fewer than so many is not passed on.
FEWEST = 10
_ONE_DECIMAL = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Share:
    """A numerator and its denominator, of which nobody is in the first and not in the second."""

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        if not 0 <= self.numerator <= self.denominator:
            raise ValueError("a share is of a whole")

    @property
    def percent(self) -> Decimal | None:
        """The percent with one decimal, half away from zero; None of nobody."""
        if self.denominator == 0:
            return None
        exact = Decimal(100 * self.numerator) / Decimal(self.denominator)
        return exact.quantize(_ONE_DECIMAL, ROUND_HALF_UP)


def together(*shares: Share) -> Share:
    """Return the share of several units: their sums, never the mean of their percents."""
    return Share(sum(each.numerator for each in shares), sum(each.denominator for each in shares))


def share_told(
    share: Share, *, is_gated: bool, is_hidden: bool = False, is_of_hidden: bool = False
) -> dict[str, Any]:
    """Return a share as an answer tells it.

    Hidden, with nothing but its denominator, where its numerator or denominator is; and where it
    `is_gated` (may be passed on) and of fewer than ten, of whom a percent would tell too much.
    """
    is_of_few = is_gated and share.denominator < FEWEST
    if share.denominator == 0 and not is_of_hidden:
        return _told(0, 0, None, "none")
    if is_hidden or is_of_hidden or is_of_few:
        whole = None if is_of_hidden or is_of_few else share.denominator
        return _told(None, whole, None, "hidden")
    return _told(share.numerator, share.denominator, str(share.percent), "ok")


def _told(
    numerator: int | None, denominator: int | None, percent: str | None, status: str
) -> dict[str, Any]:
    return {
        "value": None,
        "numerator": numerator,
        "denominator": denominator,
        "percent": percent,
        "status": status,
    }
