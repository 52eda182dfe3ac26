"""What surrounds every request: its id, its log line, its measurements, its security headers."""

from __future__ import annotations

import time
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request
from prometheus_client import Histogram

log = structlog.get_logger("outreach.request")

_SECONDS = Histogram(
    "outreach_request_seconds",
    "Time to answer, by route (never by address: an address may hold an id).",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)

# Scripts, styles and pictures come from ourselves alone; nothing inline, nobody may frame us.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def permissions_policy(*, camera: str = "") -> str:
    """Return what pages may ask of the device: nothing, or the camera too where one is read by."""
    return f"camera=({camera}), geolocation=(), microphone=()"


_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": permissions_policy(),
}


def _begin() -> None:
    g.request_id = uuid4().hex
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _finish(response: Response) -> Response:
    told = {name.lower() for name, _ in response.headers}
    for name, value in _HEADERS.items():
        if name.lower() not in told:
            response.headers.add(name, value)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if "cache-control" not in told:
        # Whatever a page shows, the next person at the tablet must not find it in the cache.
        response.headers.add("Cache-Control", "no-store")
    response.headers.add("X-Request-ID", g.request_id)
    route = request.url_rule.rule if request.url_rule else "unknown"
    seconds = time.perf_counter() - g.began
    _SECONDS.labels(_method(), route, response.status_code).observe(seconds)
    log.info(
        "answered",
        method=_method(),
        route=route,
        status=response.status_code,
        ms=round(seconds * 1000, 1),
    )
    return response


def _method() -> str:
    """Return the verb if it is one we know: whoever makes verbs up must not fill the memory."""
    return request.method if request.method in _METHODS else "other"


def init_app(app: Flask) -> None:
    """Surround every request of the application."""
    app.before_request(_begin)
    app.after_request(_finish)
