"""Every error has one shape, says what to do next, and tells nothing it should not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from psycopg.errors import NotNullViolation, UniqueViolation

from outreach.accounts.permissions import PUBLIC
from outreach.foundation import problems
from outreach.foundation.errors import OutreachError
from tests.builders import Visitor

KINDS = sorted(problems.kinds(), key=lambda kind: kind.slug)


@pytest.fixture
def failing(app: Flask) -> Iterator[Callable[[BaseException], None]]:
    """A function: make the next call of `/om` and of `/api/v1/codes` raise the error."""
    kept = dict(app.view_functions)

    def fail_with(error: BaseException) -> None:
        def view() -> None:
            raise error

        view.access = PUBLIC  # type: ignore[attr-defined]
        app.view_functions["front.about"] = view  # type: ignore[assignment]
        app.view_functions["sites_api.codes"] = view  # type: ignore[assignment]

    propagated = app.config["PROPAGATE_EXCEPTIONS"]
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield fail_with
    app.view_functions.update(kept)
    app.config["PROPAGATE_EXCEPTIONS"] = propagated


Failing = Callable[[BaseException], None]


def test_an_unforeseen_error_tells_its_number_and_never_its_text(
    client: FlaskClient, failing: Failing
) -> None:
    failing(ValueError("Anna Andersson 19800101-9802"))

    answer = client.get("/api/v1/codes")

    assert answer.status_code == 500
    assert answer.mimetype == "application/problem+json"
    assert "Andersson" not in answer.text
    assert answer.get_json()["request_id"] == answer.headers["X-Request-ID"]


def test_an_unforeseen_error_is_logged_without_what_was_typed(
    client: FlaskClient, failing: Failing, caplog: pytest.LogCaptureFixture
) -> None:
    failing(ValueError("Anna Andersson 19800101-9802"))

    client.get("/api/v1/codes")

    assert "ValueError" in caplog.text
    assert "Andersson" not in caplog.text


def test_a_database_that_is_away_is_told_as_503_with_when_to_return(
    client: FlaskClient, failing: Failing
) -> None:
    failing(sa.exc.OperationalError("SELECT secret", {}, Exception("gone")))

    answer = client.get("/api/v1/codes")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "secret" not in answer.text


def test_below_the_interface_an_unknown_address_is_a_problem_elsewhere_a_page(
    client: FlaskClient,
) -> None:
    assert client.get("/api/nowhere").mimetype == "application/problem+json"
    page = client.get("/nowhere")
    assert (page.status_code, page.mimetype) == (404, "text/html")


def test_a_wrong_method_says_which_are_right(client: FlaskClient) -> None:
    answer = client.put("/api/v1/codes")

    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_the_address_of_a_form_leads_to_the_nearest_page_above_it(client: FlaskClient) -> None:
    for form, page in (("/sprak", "/"), ("/logga-ut", "/"), ("/konto/losenord", "/konto")):
        answer = client.get(form)
        assert (answer.status_code, answer.location) == (303, page)


def test_what_a_page_cannot_take_is_said_without_a_word_of_programs(client: FlaskClient) -> None:
    answer = client.put("/om")

    assert (answer.status_code, answer.mimetype) == (405, "text/html")
    assert "GET" in answer.headers["Allow"]
    assert "Sidan tar inte emot det på det sättet." in answer.text
    assert "Allow" not in answer.text
    assert 'href="/"' in answer.text


def test_a_body_that_is_too_large_is_refused_before_it_is_read(client: FlaskClient) -> None:
    answer = client.post(
        "/api/v1/session", data=b"x" * (2 * 1024 * 1024 + 1), content_type="application/json"
    )

    assert answer.status_code == 413


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_every_kind_of_problem_has_a_page_that_says_what_to_do_next(
    client: FlaskClient, kind: type[OutreachError]
) -> None:
    page = client.get(f"/problems/{kind.slug}")

    assert page.status_code == 200
    assert kind.title in page.text


def test_no_two_kinds_of_problem_share_a_slug() -> None:
    assert len({kind.slug for kind in KINDS}) == len(KINDS)


def test_every_answer_carries_the_headers_that_guard_it(client: FlaskClient) -> None:
    headers = client.get("/om").headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_json_that_is_nested_without_end_is_not_readable(signed_in: Callable[..., Visitor]) -> None:
    visitor = signed_in()

    answer = visitor.client.post(
        "/api/v1/contacts",
        data='{"a":' * 5_000 + "1" + "}" * 5_000,
        content_type="application/json",
        headers=visitor.headers,
    )

    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/api//v1/me", "//api/v1/me", "/falt//ny"])
def test_an_address_with_a_slash_too_many_is_sent_nowhere(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Host": "evil.example"})

    assert answer.status_code == 404
    assert "Location" not in answer.headers


def test_two_who_save_the_same_at_once_are_told_so(client: FlaskClient, failing: Failing) -> None:
    failing(sa.exc.IntegrityError("INSERT", {}, UniqueViolation("duplicate key")))

    answer = client.get("/api/v1/codes")

    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/saved-meanwhile")


def test_another_broken_promise_of_the_database_is_our_fault(
    client: FlaskClient, failing: Failing
) -> None:
    failing(sa.exc.IntegrityError("INSERT", {}, NotNullViolation("null value")))

    assert client.get("/api/v1/codes").status_code == 500


@pytest.mark.parametrize("wanted", ["/\r\nX: y", "/\x7f", "//evil.example", "/\\evil.example"])
def test_one_is_never_led_on_to_what_is_no_address_of_ours(
    client: FlaskClient, wanted: str
) -> None:
    answer = client.post("/sprak", data={"locale": "en", "next": wanted})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
