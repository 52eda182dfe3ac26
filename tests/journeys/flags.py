"""How Chromium is started in the tests: it speaks to nobody but the product."""

from __future__ import annotations

FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
