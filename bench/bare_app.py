"""The bare limit of a contact over HTTP: the same row, into the same table, and nothing else.

Flask and SQLAlchemy Core under the product's own gunicorn settings. Nobody is asked who they are,
nothing is validated, limited, logged or audited, and a repeat is an error.
"""

from __future__ import annotations

import os
from typing import Any, cast

import sqlalchemy as sa
from flask import Flask, Response, jsonify, request

from outreach.contacts.models import Contact

app = Flask(__name__)
_engine = sa.create_engine(os.environ["DATABASE_URL"], pool_size=8, max_overflow=4)
_insert = sa.insert(cast("sa.Table", Contact.__table__)).inline()


@app.post("/contacts")
def create() -> tuple[Response, int]:
    """Insert the row as it came."""
    row: dict[str, Any] = request.get_json()
    row["sameness"] = bytes.fromhex(row["sameness"])
    with _engine.begin() as connection:
        connection.execute(_insert, row)
    return jsonify(id=row["id"]), 201


@app.get("/health")
def health() -> str:
    """Answer that it runs."""
    return "ok"
