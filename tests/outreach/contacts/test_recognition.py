"""The words of codes: fit to be said, and checked so that no single slip finds somebody else."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import suppress
from datetime import date
from itertools import combinations
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.contacts.recognition import (
    CHECKS,
    MODULUS,
    WEIGHTS,
    WORDS,
    Code,
    CodeMistyped,
    distance,
    last_day,
    made,
    nearest,
    read_code,
)

NAMED = {word.word: word for word in WORDS}
RING = Code((NAMED["katt"], NAMED["sol"], NAMED["ring"]))

# What is typed and how it is read; the tablet's own reading is held to the same.
CASES = json.loads(Path(__file__).with_name("code_vectors.json").read_text("utf-8"))

# What nobody should be handed, or have to say aloud. Whole words: `vindruva` is no wine.
BLOCKED = """
vin sprit snaps rom gin cider likor lager whisky drink fylla bar krog cigarr snus pipa
kniv yxa dolk pistol revolver bomb granat kanon pil spjut kula vapen krig soldat tank
tjuv mord bov pirat polis galler handboja fange
blod sjuk virus cancer piller spruta ambulans kryckor rullstol puls bakterie skelett
kyrka moske synagoga kors bibel koran gud allah jesus buddha imam munk nunna tempel djavul
jude neger zigenare same arab turk finne dansk svensk indian sari turban kamel
tjock fet mage rumpa stjart tand nos tunga mun
gris apa kossa sugga padda skunk parasit lus mask clown zombie idiot fan skit bajs kiss kuk
fitta hora pitt
grav kista urna dod
noll ett etta tva tre fyra fem sex sju atta nio tio elva hundra tusen plus minus punkt streck
pass kod kontakt kort plats grupp
"""
_codes = st.integers(0, 2**32).map(lambda seed: made(Random(seed).randrange))


def _sound(word: str) -> str:
    """Return how a word sounds to somebody who hears it badly, by the rules of Swedish spelling.

    Spellings of one sound become one sign; voiced and voiceless are not told apart, nor double
    and single.
    """
    spellings = (
        ("sch", "S"), ("stj", "S"), ("skj", "S"), ("sj", "S"), ("ch", "S"), ("tj", "C"),
        ("kj", "C"), ("hj", "j"), ("gj", "j"), ("lj", "j"), ("dj", "j"), ("ph", "f"), ("th", "t"),
        ("qu", "kv"), ("ck", "k"), ("x", "ks"), ("z", "s"), ("w", "v"), ("y", "i"),
    )  # fmt: skip
    for spelling, sign in spellings:
        word = word.replace(spelling, sign)
    before_soft = (("sk", "S"), ("c", "s"), ("^k", "C"), ("^g", "j"))
    for spelling, sign in before_soft:
        word = re.sub(f"{spelling}(?=[ei])", sign, word)
    word = word.replace("c", "k").translate(str.maketrans("bdgv", "ptkf"))
    return re.sub(r"(.)\1+", r"\1", word)


def test_the_words_are_short_plain_in_order_and_each_has_its_own_picture() -> None:
    words = [word.word for word in WORDS]
    pictures = [word.emoji.replace("\ufe0f", "") for word in WORDS]

    assert len(words) == MODULUS
    assert [word for word in words if not re.fullmatch("[a-z]{3,8}", word)] == []
    assert words == sorted(set(words))
    assert [picture for picture, count in Counter(pictures).items() if count > 1] == []
    # One sign each: what is joined of several falls apart where a font does not know it.
    assert [picture for picture in pictures if len(picture) != 1 or picture.isascii()] == []
    assert [word.number for word in WORDS] == list(range(len(words)))


def test_no_two_words_are_one_slip_apart() -> None:
    close = [
        (one, other)
        for one, other in combinations(sorted(NAMED), 2)
        if abs(len(one) - len(other)) < 2 and distance(one, other) < 2
    ]

    assert close == []


def test_no_two_words_sound_alike() -> None:
    sounds = Counter(_sound(word) for word in NAMED)

    assert [sound for sound, count in sounds.items() if count > 1] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("kanot", "kannot"), ("sjok", "stjok"), ("taxi", "taksi"), ("ces", "zess"), ("vagn", "wagn"),
     ("gurka", "kurka"), ("chok", "schok"), ("hjort", "jord")],
)  # fmt: skip
def test_spellings_of_one_sound_are_told_to_be_one(one: str, other: str) -> None:
    assert _sound(one) == _sound(other)


def test_no_word_is_one_that_nobody_should_be_handed() -> None:
    assert NAMED.keys() & set(BLOCKED.split()) == set()


def test_there_are_more_codes_than_anybody_could_guess_through() -> None:
    # Of every two words and two digits exactly one third word makes a code.
    with_repeats = len(WORDS) * len(WORDS) * CHECKS
    repeating = 3 * len(WORDS) * CHECKS

    assert with_repeats - repeating >= 2**24


def test_every_wrong_word_and_every_two_words_that_changed_places_change_the_sum() -> None:
    numbers = range(len(WORDS))
    for weight in WEIGHTS:
        sums = {weight * number % MODULUS for number in numbers}
        assert len(sums) == len(WORDS), "two words in one place would have one sum"
    for one, other in combinations(WEIGHTS, 2):
        unseen = [
            (a, b)
            for a, b in combinations(numbers, 2)
            if (one * a + other * b - one * b - other * a) % MODULUS == 0
        ]
        assert unseen == []


@given(_codes)
def test_each_single_slip_in_a_code_is_refused(code: Code) -> None:
    one, two, three = code.words
    slips = [(two, one, three), (one, three, two), (three, two, one)]
    slips += [(other, two, three) for other in WORDS if other != one]
    slips += [(one, other, three) for other in WORDS if other != two]
    slips += [(one, two, other) for other in WORDS if other != three]

    assert [slip for slip in slips if Code(slip).check == code.check] == []
    for check in range(100):
        if check != code.check:
            with pytest.raises(CodeMistyped):
                read_code(f"{code.text[:-2]}{check:02}")


@given(_codes)
def test_a_wrong_digit_in_the_code_of_digits_is_refused(code: Code) -> None:
    digits = code.digits
    for place, digit in enumerate(digits):
        for other in "0123456789":
            if digit not in ("-", other):
                with pytest.raises(CodeMistyped):
                    read_code(digits[:place] + other + digits[place + 1 :])


@given(
    _codes,
    st.lists(
        st.sampled_from([" ", ", ", "-", "–", "—", "−", "‑", " - ", "\n", "\t", "\u00a0", "/"]),
        min_size=3, max_size=3,
    ),
    st.sampled_from([str.upper, str.lower, str.title]),
)  # fmt: skip
def test_a_code_is_read_however_it_is_written(code: Code, between: list[str], case: object) -> None:
    parts = code.text.split("-")
    text = parts[0] + "".join(sign + part for sign, part in zip(between, parts[1:], strict=True))

    assert callable(case)
    assert read_code(case(text)) == code
    assert read_code(f"  {text}. ") == code
    assert read_code(code.digits) == code
    assert read_code(code.digits.replace("-", between[0])) == code
    assert read_code(code.digits.replace("-", "")) == code
    assert len(set(code.words)) == 3


def test_a_code_is_written_as_words_and_as_digits() -> None:
    assert RING.text == "KATT-SOL-RING-74"
    assert RING.digits == "191-394-345-74"
    assert "".join(word.emoji for word in RING.words) == "🐱☀️💍"


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "-", "katt", "katt sol ring", "katt sol 74", "katt sol ring bil 74",
        "74 katt sol ring", "katt 74 sol ring", "katt sol ring 7", "katt sol ring 074",
        "katt sol ring ٧٤", "१९१-३९४-३४५-७४", "191-394-345-7", "191-394-345-744",
        "１９１３９４３４５７４",
        "каtt sol ring 74", "katt-katt-sol-10", "191 394 345 -74x", "\x00", "k" * 5000, "1" * 5000,
        "katt " * 900, "ring²-sol-katt-74", "🐱☀️💍 74", "999-394-345-74",
    ],
)  # fmt: skip
def test_what_can_be_no_code_is_refused_without_being_repeated(typed: str) -> None:
    with pytest.raises(CodeMistyped) as refused:
        read_code(typed)

    told = refused.value.detail % refused.value.values
    assert told
    assert len(told) < 200


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading(typed: str) -> None:
    with suppress(CodeMistyped):
        assert read_code(typed).text


@pytest.mark.parametrize(
    ("typed", "place", "near"),
    [
        ("kat-sol-ring-74", "1", "KATT"),
        ("KATT SOLL RING 74", "2", "SOL"),
        ("katt sol rnig 74", "3", "RING"),
        ("kått sol ring 74", "1", "KATT"),
        ("kat sol rign 74", "1, 3", "RING"),
    ],
)
def test_an_unknown_word_is_pointed_out_and_like_words_are_offered(
    typed: str, place: str, near: str
) -> None:
    with pytest.raises(CodeMistyped) as refused:
        read_code(typed)

    assert refused.value.values["places"] == place
    assert near in str(refused.value.values["near"]).split(", ")


def test_a_word_like_none_of_ours_is_pointed_out_alone() -> None:
    with pytest.raises(CodeMistyped) as refused:
        read_code("katt xyzxyzxyz ring 74")

    assert refused.value.values == {"places": "2"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("sol katt ring 74", "KATT-SOL-RING-74"),
        ("katt ring sol 74", "KATT-SOL-RING-74"),
        ("kalv sol ring 74", "KATT-SOL-RING-74"),
    ],
)
def test_words_in_a_wrong_order_or_one_like_word_lead_to_what_was_meant(
    typed: str, meant: str
) -> None:
    with pytest.raises(CodeMistyped) as refused:
        read_code(typed)

    assert meant in str(refused.value.values["near"]).split(", ")


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [("", "", 0), ("katt", "katt", 0), ("katt", "kat", 1), ("katt", "ktat", 1), ("sol", "bil", 2),
     ("", "sol", 3), ("ring", "rign", 1), ("abcd", "badc", 2)],
)  # fmt: skip
def test_the_distance_counts_slips_of_the_finger(one: str, other: str, slips: int) -> None:
    assert distance(one, other) == distance(other, one) == slips


def test_the_likest_word_comes_first_and_at_most_three_are_told() -> None:
    assert [word.word for word in nearest("kat")][:1] == ["katt"]
    assert len(nearest("bat")) <= 3
    assert nearest("k" * 13) == []


@pytest.mark.parametrize(
    ("made_on", "last_used_on", "kind", "last"),
    [
        (date(2026, 1, 15), None, "given", date(2027, 1, 15)),
        (date(2026, 1, 15), None, "card", date(2028, 1, 15)),
        (date(2026, 1, 15), date(2026, 8, 31), "given", date(2027, 8, 31)),
        (date(2026, 1, 15), date(2026, 8, 31), "card", date(2027, 8, 31)),
        (date(2024, 2, 29), None, "given", date(2025, 2, 28)),
        (date(2026, 2, 28), None, "card", date(2028, 2, 28)),
        (date(2026, 12, 31), None, "given", date(2027, 12, 31)),
        # Given out after the talk that it is written on.
        (date(2026, 1, 15), date(2026, 1, 10), "given", date(2027, 1, 15)),
    ],
)
def test_a_code_is_good_for_a_year_after_its_last_use_and_an_unused_card_for_two(
    made_on: date, last_used_on: date | None, kind: str, last: date
) -> None:
    assert last_day(made_on, last_used_on, is_card=kind == "card") == last


def _kind(error: CodeMistyped) -> str:
    marks = {"Ord nummer": "strangers", "Talet i grupp": "high", "hör inte ihop": "apart"}
    return next((kind for mark, kind in marks.items() if mark in error.detail), "shape")


@pytest.mark.parametrize("case", CASES, ids=[case["typed"] for case in CASES])
def test_each_of_the_cases_that_the_tablet_is_held_to_is_read_so_here(case: dict[str, str]) -> None:
    if "code" in case:
        assert read_code(case["typed"]).text == case["code"]
        return
    with pytest.raises(CodeMistyped) as refused:
        read_code(case["typed"])

    told = {name: case[name] for name in ("places", "near") if name in case}
    assert (_kind(refused.value), refused.value.values) == (case["fault"], told)
