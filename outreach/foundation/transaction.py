"""One use case, one transaction: the only file that commits.

`with transaction():` around a public service function. The outermost block commits, inner ones
join it, an error anywhere rolls everything back. What must happen only when the data are really
there (queueing a task, say) is handed to `after_commit`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any, TypedDict, cast

import structlog
from sqlalchemy import Executable, Row
from sqlalchemy.orm import Session

from outreach.foundation.database import db

log = structlog.get_logger(__name__)

_KEY = "outreach.transaction"


class TransactionBrokenError(RuntimeError):
    """An inner block failed and somebody swallowed its error; nothing may be committed."""


class _State(TypedDict):
    depth: int
    broken: bool
    afterwards: list[Callable[[], object]]


def _state(session: Session) -> _State:
    fresh: _State = {"depth": 0, "broken": False, "afterwards": []}
    return cast("_State", session.info.setdefault(_KEY, fresh))


@contextmanager
def transaction() -> Iterator[Session]:
    """Join the transaction under way, or begin one and commit it when the block ends well.

    Raises whatever the block raises, after rolling back. Raises TransactionBrokenError when an
    inner block failed and its error was caught on the way out: half a use case is never kept.
    """
    session = db.session()
    state = _state(session)
    state["depth"] += 1
    try:
        yield session
        if state["depth"] == 1:
            _commit(session, state)
    except BaseException:
        state["broken"] = True
        if state["depth"] == 1:
            session.rollback()
        raise
    finally:
        state["depth"] -= 1
        if state["depth"] == 0:
            session.info.pop(_KEY, None)
    if state["depth"] == 0:
        _run(state["afterwards"])


def at_once(statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """Run one statement that needs no other; return its rows. It is kept whole, or not at all.

    Inside a `transaction()` it is a part of that. By itself it is committed, and on disk, when it
    returns: neither BEGIN nor COMMIT is sent, which saves two of three waits for the database.
    """
    if _under_way():
        return db.session.execute(statement, parameters).all()
    with db.engines["at_once"].connect() as connection:
        return connection.execute(statement, parameters).all()


def streamed(statement: Executable, *, at_a_time: int) -> Iterator[Row[Any]]:
    """Return the rows of one reading statement, as they stood at one moment, however many.

    The statement runs now; its rows are fetched so many at a time while they are asked for, so
    that they never fill the memory. Whoever stops asking for a minute has the connection taken
    from them (`idle_in_transaction_session_timeout`).
    """
    rows = _rows(statement, at_a_time)
    # To where the statement has run: what is wrong is told now, and closing gives all back.
    next(rows)
    return cast("Iterator[Row[Any]]", rows)


def _rows(statement: Executable, at_a_time: int) -> Iterator[Row[Any] | None]:
    with (
        db.engine.connect().execution_options(yield_per=at_a_time) as connection,
        closing(connection.execute(statement)) as found,
    ):
        yield None
        yield from found


def _under_way() -> bool:
    """Tell whether a `transaction()` is open, without making a session to look into."""
    if not db.session.registry.has():
        return False
    state = db.session().info.get(_KEY)
    return bool(state and state["depth"])


def _commit(session: Session, state: _State) -> None:
    if state["broken"]:
        raise TransactionBrokenError
    session.commit()


def after_commit(act: Callable[[], object]) -> None:
    """Run `act` once the transaction under way is really committed; never if it rolls back.

    A failing `act` is logged and swallowed: the request is committed and must be answered so.
    Raises RuntimeError outside a transaction, where nothing would ever run it.
    """
    state = _state(db.session())
    if state["depth"] == 0:
        message = "after_commit() needs a transaction() around it"
        raise RuntimeError(message)
    state["afterwards"].append(act)


def _run(afterwards: list[Callable[[], object]]) -> None:
    for act in afterwards:
        try:
            act()
        except Exception:
            # Queues and counters may be away; the tables are the truth and the night reads them.
            log.exception("after_commit_failed")
