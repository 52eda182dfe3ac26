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
from sqlalchemy import Executable, Row, text
from sqlalchemy.orm import Session

from outreach.foundation.actor import Actor
from outreach.foundation.database import db

log = structlog.get_logger(__name__)

_KEY = "outreach.transaction"

# Told to the database for this transaction alone, so that a connection that is used again by
# somebody else has forgotten it. Row-level security asks for it: no actor, no person's rows.
_ACT_AS = text(
    "SELECT set_config('outreach.actor', :actor, true),"
    " set_config('outreach.roles', :roles, true),"
    " set_config('outreach.committee', :committee, true),"
    " set_config('outreach.team', :team, true)"
)


class TransactionBrokenError(RuntimeError):
    """An inner block failed and somebody swallowed its error; nothing may be committed."""


class _State(TypedDict):
    depth: int
    broken: bool
    actor: Actor | None
    afterwards: list[Callable[[], object]]


def _state(session: Session) -> _State:
    fresh: _State = {"depth": 0, "broken": False, "actor": None, "afterwards": []}
    return cast("_State", session.info.setdefault(_KEY, fresh))


@contextmanager
def transaction(*, by: Actor | None = None) -> Iterator[Session]:
    """Join the transaction under way, or begin one and commit it when the block ends well.

    `by` tells the database who acts, until the block ends: rows about people are there for those
    alone whose they are to know, and for nobody where nobody is named. An inner block without it
    acts as the outer one does.

    Raises whatever the block raises, after rolling back. Raises TransactionBrokenError when an
    inner block failed and its error was caught on the way out: half a use case is never kept.
    """
    session = db.session()
    state = _state(session)
    state["depth"] += 1
    before = state["actor"]
    try:
        _act_as(session, state, by or before)
        yield session
        if state["depth"] == 1:
            _commit(session, state)
        elif state["actor"] is not before:
            # What the inner actor wrote is judged as theirs.
            session.flush()
            _act_as(session, state, before)
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


@contextmanager
def savepoint() -> Iterator[None]:
    """Keep the block whole or not at all, and go on with the transaction under way either way.

    For what comes from tablets alone, where what was sent is kept whatever becomes of it: all
    others have one use case and one transaction. Raises whatever the block raises, after taking
    back what the block did; RuntimeError outside a transaction.
    """
    session = db.session()
    state = _state(session)
    if state["depth"] == 0:
        message = "savepoint() needs a transaction() around it"
        raise RuntimeError(message)
    broken, actor, waiting = state["broken"], state["actor"], len(state["afterwards"])
    try:
        with session.begin_nested():
            yield
    except BaseException:
        # The database forgets with the block who acted in it, and so does this.
        state["broken"], state["actor"] = broken, actor
        del state["afterwards"][waiting:]
        raise


def _act_as(session: Session, state: _State, actor: Actor | None) -> None:
    """Tell the database who acts from here on, if it is somebody else than it knows."""
    if actor is state["actor"]:
        return
    state["actor"] = actor
    told = {
        "actor": str(actor.id) if actor else "",
        "roles": ",".join(sorted(actor.roles)) if actor else "",
        "committee": (actor.committee or "") if actor else "",
        "team": (actor.team or "") if actor else "",
    }
    session.execute(_ACT_AS, told)


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
