"""Built files: kept for a year, sent as small as whoever asks can read."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from outreach.foundation import assets


def _sent(client: FlaskClient, path: str, **more: Any) -> TestResponse:
    """Return the whole answer; the file behind it is closed."""
    return client.get(path, buffered=True, **more)


@pytest.fixture
def script(app: Flask) -> str:
    """The address of a built script."""
    assert app
    return f"/static/built/{assets.built().names['field.js']}"


@pytest.mark.parametrize(
    ("readable", "sent"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, br;q=0", "gzip"),
        ("gzip", "gzip"),
        ("identity", None),
        ("", None),
    ],
)
def test_a_built_file_is_sent_as_small_as_it_can_be_read(
    client: FlaskClient, script: str, readable: str, sent: str | None
) -> None:
    answer = _sent(client, script, headers={"Accept-Encoding": readable})

    assert answer.headers.get("Content-Encoding") == sent
    assert "Accept-Encoding" in answer.vary
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_packed_file_is_the_file(client: FlaskClient, script: str) -> None:
    packed = _sent(client, script, headers={"Accept-Encoding": "gzip"})

    assert gzip.decompress(packed.data) == _sent(client, script).data
    assert len(packed.data) < len(_sent(client, script).data) / 2


def test_each_way_to_send_a_file_has_a_tag_of_its_own(client: FlaskClient, script: str) -> None:
    tags = {
        _sent(client, script, headers={"Accept-Encoding": way}).headers["ETag"]
        for way in ("br", "gzip", "identity")
    }

    assert len(tags) == 3


def test_what_does_not_become_smaller_is_sent_as_it_is(client: FlaskClient, app: Flask) -> None:
    assert app
    picture = f"/static/built/{assets.built().names['icon-192.png']}"

    answer = _sent(client, picture, headers={"Accept-Encoding": "br, gzip"})

    assert "Content-Encoding" not in answer.headers
    assert answer.mimetype == "image/png"


def test_an_address_outside_the_folder_is_none(client: FlaskClient) -> None:
    for path in ("built/none.js", "../config.py", "built/../../config.py"):
        assert _sent(client, f"/static/{path}").status_code == 404
