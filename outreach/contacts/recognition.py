"""The words of a recognition code: making one, checking one, and reading what somebody typed.

A code is three different words and two digits, `KATT-SOL-RING-74`. It is drawn at random and says
nothing about whoever holds it. Its weighted sum of word numbers, modulo 485, is below 97, and is
the two digits: so every single wrong word and every two words that changed places are caught
(the decision "A code that catches every wrong word" shows why).
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import permutations
from pathlib import Path

from outreach.foundation.errors import N_, RuleBroken


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the list, with its picture. Its number is its place, which never changes."""

    number: int
    word: str
    emoji: str


def _listed() -> Iterator[Word]:
    lines = Path(__file__).with_name("words.txt").read_text("utf-8").splitlines()
    for number, line in enumerate(lines):
        word, emoji = line.split()
        yield Word(number, word, emoji)


# In the order of their numbers; a line of the file that moved would change what codes mean.
WORDS = tuple(_listed())
_BY_WORD = {word.word: word for word in WORDS}

MODULUS = 485
WEIGHTS = (1, 2, 3)
# The digits are two: of all sums, those below this are codes.
CHECKS = 97

# A code that nobody uses is forgotten after so long; a printed card waits longer to be given out.
MONTHS_KEPT = 12
MONTHS_FOR_A_CARD = 24

# How different a typed word may be from the one that was meant.
_LIKE = 2
_MOST_ALIKE = 3
_LONGEST_WORD = 12

_PARTS = re.compile(r"[^\W\d_]+|\d+")
_DIGITS = re.compile(r"(\d{3})(\d{3})(\d{3})(\d{2})", re.ASCII)
_CHECK = re.compile(r"\d{2}", re.ASCII)


class CodeMistyped(RuleBroken):
    """What was typed can be no code: a word that there is not, or digits that do not fit."""

    slug = "code-mistyped"
    title = N_("Koden är felskriven")
    advice = N_("En kod är tre ord och två siffror, eller elva siffror. Kontrollera varje ord.")


@dataclass(frozen=True, slots=True)
class Code:
    """Three words of the list, in their order."""

    words: tuple[Word, Word, Word]

    @property
    def check(self) -> int:
        """The sum that the two digits must be; from 97 on, the words are no code."""
        return _sum(self.words)

    @property
    def text(self) -> str:
        """The code as it is written, stored and put into its QR: `KATT-SOL-RING-74`."""
        return "-".join(word.word.upper() for word in self.words) + f"-{self.check:02}"

    @property
    def digits(self) -> str:
        """The code in digits alone: each word's number, and the two digits."""
        return "-".join(f"{word.number:03}" for word in self.words) + f"-{self.check:02}"


def _sum(words: Sequence[Word]) -> int:
    pairs = zip(WEIGHTS, words, strict=True)
    return sum(weight * word.number for weight, word in pairs) % MODULUS


def made(below: Callable[[int], int] = secrets.randbelow) -> Code:
    """Return a code drawn at random, every one as likely; `below(n)` draws from 0 to n - 1."""
    while True:
        first, second, check = below(len(WORDS)), below(len(WORDS)), below(CHECKS)
        drawn = (WORDS[first], WORDS[second], WORDS[0])
        third = _fitting(drawn, 2, check)
        if len({first, second, third}) == len(WEIGHTS):
            return Code((WORDS[first], WORDS[second], WORDS[third]))


def read_code(text: str) -> Code:
    """Return the code that was typed or scanned, as words or as digits.

    Capitals or not, and whatever stands between the parts: spaces, commas, dashes of any kind.
    Raises CodeMistyped, which says what is wrong and what may have been meant, and never repeats
    what was typed: it may be a name.
    """
    parts = _PARTS.findall(unicodedata.normalize("NFC", text).lower())
    words = [part for part in parts if not part[0].isdecimal()]
    rest = "".join(part for part in parts if part[0].isdecimal())
    if not words and (found := _DIGITS.fullmatch(rest)):
        return _checked(_numbered(found.groups()[:-1]), found[4])
    in_order = parts[: len(words)] == words
    if len(words) == len(WEIGHTS) and in_order and _CHECK.fullmatch(rest):
        return _checked(_named(words), rest)
    raise CodeMistyped


def _named(typed: Sequence[str]) -> list[Word]:
    strangers = [place for place, word in enumerate(typed) if word not in _BY_WORD]
    if not strangers:
        return [_BY_WORD[word] for word in typed]
    near = [word for place in strangers for word in nearest(typed[place])]
    places = ", ".join(str(place + 1) for place in strangers)
    if not near:
        raise CodeMistyped(N_("Ord nummer %(places)s finns inte i någon kod."), places=places)
    raise CodeMistyped(
        N_("Ord nummer %(places)s finns inte i någon kod. Liknande ord: %(near)s."),
        places=places,
        near=", ".join(word.word.upper() for word in near),
    )


def _numbered(typed: Sequence[str]) -> list[Word]:
    strangers = [str(place) for place, each in enumerate(typed, 1) if int(each) >= len(WORDS)]
    if strangers:
        raise CodeMistyped(
            N_("Talet i grupp %(places)s är för högt för en kod."), places=", ".join(strangers)
        )
    return [WORDS[int(each)] for each in typed]


def _checked(words: Sequence[Word], check: str) -> Code:
    code = Code((words[0], words[1], words[2]))
    if code.check == int(check) and len(set(words)) == len(words):
        return code
    meant = _meant(words, int(check))
    if not meant:
        raise CodeMistyped(
            N_("Orden och siffrorna hör inte ihop. Något av dem är fel, eller står i fel ordning.")
        )
    raise CodeMistyped(
        N_("Orden och siffrorna hör inte ihop. Menade du %(near)s?"),
        near=", ".join(other.text for other in meant[:_MOST_ALIKE]),
    )


def _meant(words: Sequence[Word], check: int) -> list[Code]:
    """Return the codes with these digits that one slip leads from: an order, or one like word."""
    slips = [Code(order) for order in permutations(words, 3)]
    for place, word in enumerate(words):
        # The other words and the digits leave one word for the place.
        wanted = WORDS[_fitting(words, place, check)]
        if distance(wanted.word, word.word) <= _LIKE:
            meant = [*words]
            meant[place] = wanted
            slips.append(Code((meant[0], meant[1], meant[2])))
    found = [code for code in slips if code.check == check and len(set(code.words)) == len(words)]
    return list(dict.fromkeys(found))


def _fitting(words: Sequence[Word], place: int, check: int) -> int:
    """Return the number that a word must have for the sum to be the digits."""
    own = WEIGHTS[place] * words[place].number
    others = sum(weight * word.number for weight, word in zip(WEIGHTS, words, strict=True)) - own
    return (check - others) * pow(WEIGHTS[place], -1, MODULUS) % MODULUS


def nearest(typed: str) -> list[Word]:
    """Return the words most like what was typed, the likest first: at most three."""
    plain = "".join(
        sign for sign in unicodedata.normalize("NFD", typed) if not unicodedata.combining(sign)
    )
    if len(plain) > _LONGEST_WORD:
        return []
    told = (
        (distance(plain, word.word), word.number)
        for word in WORDS
        if abs(len(word.word) - len(plain)) <= _LIKE
    )
    near = sorted(each for each in told if each[0] <= _LIKE)
    return [WORDS[number] for _, number in near[:_MOST_ALIKE]]


def distance(first: str, second: str) -> int:
    """Return how many slips lie between two words: a letter more, less or other, or two swapped."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, sign in enumerate(first, 1):
        earlier, before, row = before, row, [i]
        for j, other in enumerate(second, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (sign != other))
            if i > 1 and j > 1 and (sign, first[i - 2]) == (second[j - 2], other):
                least = min(least, earlier[j - 2] + 1)
            row.append(least)
    return row[-1]


def last_day(made_on: date, last_used_on: date | None, *, is_card: bool) -> date:
    """Return the last day on which a code is good.

    A year from its last use, or from its making where nobody has used it yet. A printed card may
    lie in a drawer for two years before its year begins.
    """
    if last_used_on is not None:
        return _later(max(made_on, last_used_on), MONTHS_KEPT)
    return _later(made_on, MONTHS_FOR_A_CARD if is_card else MONTHS_KEPT)


def _later(day: date, months: int) -> date:
    """Return the same day so many months on; the last of the month where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
