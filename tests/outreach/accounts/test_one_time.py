"""One-time codes: the very numbers of the standard, its window, and codes on paper."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from outreach.accounts import one_time

# RFC 6238, appendix B, cut to six digits as its section 5.3 of RFC 4226 says.
SECRET = base64.b32encode(b"12345678901234567890").decode()
STANDARD = [
    (59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
    (2000000000, "279037"), (20000000000, "353130"),
]  # fmt: skip


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), STANDARD)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert one_time.step_of(SECRET, code, _at(seconds)) == seconds // 30


def test_a_code_is_right_one_step_before_and_after_and_no_longer() -> None:
    begin = _at(1234567890)
    offsets = range(-60, 90, 30)

    steps = [
        one_time.step_of(SECRET, "005924", begin + timedelta(seconds=offset)) for offset in offsets
    ]

    assert steps == [None, 41152263, 41152263, 41152263, None]


@pytest.mark.parametrize("typed", ["", "05924", "0059241", "٠٠٥٩٢٤", "00592a", "-05924", "²05924"])
def test_what_is_no_code_belongs_to_no_step(typed: str) -> None:
    assert one_time.step_of(SECRET, typed, _at(1234567890)) is None


@pytest.mark.parametrize("typed", ["005924", " 005 924 ", "005-924", "005\u00a0924", "005–924\n"])
def test_a_code_may_be_typed_with_spaces_and_dashes(typed: str) -> None:
    assert one_time.as_typed(typed) == "005924"


def test_a_secret_has_160_bits_and_is_another_each_time() -> None:
    made = {one_time.new_secret() for _ in range(100)}

    assert len(made) == 100
    assert {len(base64.b32decode(secret)) for secret in made} == {20}
    assert re.fullmatch(r"[A-Z2-7]{4}( [A-Z2-7]{4}){7}", one_time.in_groups(made.pop()))


def test_the_picture_tells_the_app_who_where_and_the_secret() -> None:
    address = urlsplit(one_time.address(SECRET, "eva.chef"))

    assert (address.scheme, address.netloc, address.path) == (
        "otpauth",
        "totp",
        "/Outreach:eva.chef",
    )
    assert parse_qs(address.query) == {"secret": [SECRET], "issuer": ["Outreach"]}


def test_recovery_codes_are_ten_different_numbers_that_no_app_shows() -> None:
    codes = one_time.new_recovery_codes()

    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"\d{4}( \d{4}){3}", code) for code in codes)
    assert not any(one_time.is_from_app(one_time.as_typed(code)) for code in codes)
