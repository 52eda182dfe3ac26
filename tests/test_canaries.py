"""What finds canaries finds them however they are hidden."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.canaries import CANARIES, found_in


@pytest.mark.parametrize("word", CANARIES)
@pytest.mark.parametrize(
    "hide",
    [
        lambda word: f"… {word} …".encode(),
        lambda word: f"… {word} …".encode("utf-16"),
        lambda word: f"… {word.upper()} …".encode(),
        lambda word: base64.b64encode(f"{word} och".encode()),
        lambda word: base64.b64encode(f"x{word} och mer".encode()),
        lambda word: base64.urlsafe_b64encode(f"xy{word} och mer".encode()),
        lambda word: quote(f"/sök?namn={word}").encode(),
        lambda word: json.dumps({"namn": word}).encode(),
        lambda word: word.encode().hex().encode(),
    ],
    ids=["utf-8", "utf-16", "upper", "base64", "base64+1", "base64+2", "url", "json", "hex"],
)
def test_a_hidden_word_is_found(word: str, hide: Callable[[str], bytes]) -> None:
    assert word in found_in(hide(word))


def test_other_words_are_not_taken_for_canaries() -> None:
    assert found_in("Kanariefåglar och zebror på en balkong, 070-000 00 00".encode()) == set()
