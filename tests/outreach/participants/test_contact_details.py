"""Phone numbers and e-mail addresses, and notes that hold what they should not.

The phone numbers are those that are set aside for books and films.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.foundation.typed import Unreadable
from outreach.participants import contact_details
from outreach.participants.contact_details import looks_personal, read_email, read_phone


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("070-174 06 05", "+46701740605"),
        ("0701740605", "+46701740605"),
        (" 070 – 174 06 05 ", "+46701740605"),
        ("070/174.06.05", "+46701740605"),
        ("(070) 174 06 05", "+46701740605"),
        ("+46 70 174 06 05", "+46701740605"),
        ("+46 (0)70-174 06 05", "+46701740605"),
        ("+46 070-174 06 05", "+46701740605"),
        ("0046701740605", "+46701740605"),
        ("\u202a070-174\u00a006\u00a005\u202c", "+46701740605"),
        ("08-465 004 00", "+46846500400"),
        ("0910-123 45", "+4691012345"),
        ("+358 40 1234567", "+358401234567"),
        ("00 1 202 555 0123", "+12025550123"),
        ("+123456789012345", "+123456789012345"),
    ],
)
def test_a_phone_number_is_read_however_it_is_written(text: str, read: str) -> None:
    assert read_phone(text) == read
    assert read_phone(read) == read


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", contact_details.PHONE_SIGNS),
        ("ring henne", contact_details.PHONE_SIGNS),
        ("070-174 06 05 ankn 2", contact_details.PHONE_SIGNS),
        ("070-174 06 O5", contact_details.PHONE_SIGNS),
        ("٠٧٠١٧٤٠٦٠٥", contact_details.PHONE_SIGNS),
        ("070+1740605", contact_details.PHONE_SIGNS),
        ("70 174 06 05", contact_details.PHONE_START),
        ("112", contact_details.PHONE_START),
        ("+070 174 06 05", contact_details.PHONE_START),
        ("0", contact_details.PHONE_LENGTH),
        ("070-174", contact_details.PHONE_LENGTH),
        ("070-174 06 055", contact_details.PHONE_LENGTH),
        ("+1234567", contact_details.PHONE_LENGTH),
        ("+1234567890123456", contact_details.PHONE_LENGTH),
        ("0" * 100_000, contact_details.PHONE_START),
    ],
)
def test_what_cannot_be_dialled_is_told_why(text: str, told: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read_phone(text)

    assert refusal.value.detail == told


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("anna@example.se", "anna@example.se"),
        (" Anna.Berg+jobb@Example.SE\n", "Anna.Berg+jobb@example.se"),
        ("\u200banna@example.se\ufeff", "anna@example.se"),
        ("åsa@räksmörgås.example", "åsa@räksmörgås.example"),
        ("a_b-c@a-b.c.example", "a_b-c@a-b.c.example"),
        ("1@1.example", "1@1.example"),
    ],
)
def test_an_address_is_read(text: str, read: str) -> None:
    assert read_email(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "anna",
        "anna@",
        "@example.se",
        "anna@example",
        "anna@example.",
        "anna@.se",
        "anna@example..se",
        "anna@-example.se",
        "anna@example-.se",
        "anna@exa_mple.se",
        "anna@192.0.2.1",
        ".anna@example.se",
        "anna.@example.se",
        "an..na@example.se",
        "anna berg@example.se",
        "anna@berg@example.se",
        "anna@example.se, bo@example.se",
        "Anna <anna@example.se>",
        "anna@example.se\nBcc: bo@example.se",
        "mailto:anna@example.se",
        f"{'a' * 250}@example.se",
        "a@" + "a." * 100_000,
    ],
)
def test_what_is_no_address_is_told_what_one_looks_like(text: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read_email(text)

    assert refusal.value.detail == contact_details.EMAIL_SHAPE


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("", []),
        ("Vill byta yrke, gärna vård. Har körkort B.", []),
        ("Kommer 2026-08-14 kl 08.30, går 10:15.", []),
        ("Öppet 08.00-10.00 och 13:00–15:00.", []),
        ("2026-08-14 08.30", []),
        ("Mellan 2026-01-01 och 2026-02-03", []),
        ("Ärende JV-2026-0412-7", []),
        ("Tjänar 25 000 till 28 000 kr", []),
        ("Postnummer 171 45", []),
        ("@ torget", []),
        ("Pnr 900101-9802", ["number"]),
        ("Pnr 900101–9802", ["number"]),
        ("Pnr 900101\n9802", ["number"]),
        ("Pnr 19900101\u200b9802", ["number"]),
        ("رقم ٩٠٠١٠١-٩٨٠٢", ["number"]),
        ("𝟗𝟎𝟎𝟏𝟎𝟏-𝟗𝟖𝟎𝟐", ["number"]),
        ("har T-nummer 900101-T123", ["number"]),
        ("Ring 070-174 06 05", ["phone"]),
        ("Ring +46 (0)70 174 06 05 efter 10.15", ["phone"]),
        ("tel:0701740605.", ["phone"]),
        ("kl 10 08-465 004 00", ["phone"]),
        ("００４６７０１７４０６０５", ["phone"]),
        ("+358 40 1234567", ["phone"]),
        ("Skriv till anna@example.se.", ["email"]),
        ("Skriv till <anna＠example.se>", ["email"]),
        ("anna@example.se, 070-174 06 05, 900101-9802", ["number", "phone", "email"]),
    ],
)
def test_a_note_that_holds_what_it_should_not_is_noticed(text: str, kinds: list[str]) -> None:
    assert looks_personal(text) == kinds


@given(st.text(max_size=200) | st.text("0123456789+-.()/ @a", max_size=60))
def test_any_text_can_be_read_or_refused(text: str) -> None:
    looks_personal(text)
    for read in (read_phone, read_email):
        try:
            once = read(text)
        except Unreadable:
            continue
        assert read(once) == once


@pytest.mark.timeout(5)
@pytest.mark.parametrize("part", ["0", "07", "+46 ", "0 - ", "900101-", "a@", "@", "a.", " ", "1-"])
def test_a_long_note_takes_no_long_time(part: str) -> None:
    looks_personal(part * 50_000)


@given(
    st.sampled_from(["", "Ring ", "tel "]),
    st.text("0123456789", min_size=7, max_size=7),
    st.sampled_from(["", "-", " ", " - "]),
)
def test_a_mobile_number_is_always_noticed(before: str, digits: str, dash: str) -> None:
    assert "phone" in looks_personal(f"{before}070{dash}{digits}")
