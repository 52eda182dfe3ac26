"""Use cases of recognition codes: make, print, look up; and what higher features do with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID, uuid4, uuid5

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts.permissions import CASEWORKER, require_role
from outreach.audit import trail
from outreach.contacts import recognition
from outreach.contacts.models import Contact, RecognitionCode
from outreach.contacts.recognition import CodeMistyped
from outreach.contacts.schemas import LookupSchema, NewCardsSchema, NewCodeSchema
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault, IdReuse, NotFound
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction

# So much of a thread is shown; nobody reads further back, and an answer stays small.
MOST_SHOWN = 50

_NEW = NewCodeSchema()
_CARDS = NewCardsSchema()
_LOOKUP = LookupSchema()

_TABLE = cast("sa.Table", RecognitionCode.__table__)
_CONTACT = cast("sa.Table", Contact.__table__)
_USES = _CONTACT.c.voided_at.is_(None)


def _last_day_with(column: str) -> sa.ScalarSelect[Any]:
    wanted = sa.select(sa.func.max(_CONTACT.c.local_day))
    return wanted.where(_CONTACT.c[column] == _TABLE.c.id, _USES).scalar_subquery()


# By what was said, whatever became of those contacts: that somebody is known must not show. The
# contacts of whoever went back to a code were never said with it, and are in its thread.
_LAST_USED = sa.func.greatest(_last_day_with("recognition_code_id"), _last_day_with("thread_id"))
_ROW = sa.select(_TABLE, _LAST_USED.label("last_used_on"))

Row = dict[str, Any]


class CodeUnknown(NotFound):
    """Well formed, but nobody has made it."""

    slug = "code-unknown"
    title = N_("Koden finns inte")
    advice = N_("Ingen kod är gjord med de orden. Kontrollera dem, eller ge personen en ny kod.")


class CodeExpired(NotFound):
    """Made once, and not used for so long that it is good no more."""

    slug = "code-expired"
    title = N_("Koden har slutat gälla")
    advice = N_("Den har inte använts på länge. Ge personen en ny kod.")


def make_code(*, by: Actor, given: object) -> tuple[Row, bool]:
    """Make a code to hand out; return it and whether it is new.

    A repeat with the same id returns the same code. It is drawn at random, and is good until a
    year after its last use. Raises NotAllowed, RuleBroken.
    """
    require_role(by, CASEWORKER)
    with transaction():
        code_id = read(_NEW, given)["id"]
        made = _add(by, code_id)
        if made:
            trail.record(by=by, action="create", kind="recognition_code", id=code_id)
        return _shown(_found(code_id)), made


def print_cards(*, by: Actor, given: object) -> tuple[UUID, bool]:
    """Make the codes of a sheet of cards, before anybody has got one; tell whether it is new.

    A repeat with the same id makes no more. The codes are good at once; a card that has not been
    used for two years after its making is good no more. Raises NotAllowed, RuleBroken, IdReuse
    for another number of cards.
    """
    require_role(by, CASEWORKER)
    with transaction():
        wanted = read(_CARDS, given)
        sheet_id, count = wanted["id"], wanted["count"]
        there = len(_on_sheet(sheet_id))
        if there not in (0, count):
            raise IdReuse
        if there == 0:
            for place in range(count):
                _add(by, uuid5(sheet_id, str(place)), sheet_id)
            trail.record(by=by, action="create", kind="code_sheet", id=sheet_id, cards=count)
    return sheet_id, there == 0


def cards(*, by: Actor, sheet_id: UUID) -> tuple[list[Row], int]:
    """Return the cards of a sheet that may still be given out, and how many no longer may.

    One that is in use is left out: two people with one code would be taken for one. Raises
    NotFound.
    """
    require_role(by, CASEWORKER)
    found = _on_sheet(sheet_id)
    if not found:
        raise NotFound
    today = clock.today()
    free = [
        row
        for row in map(_shown, found)
        if not (row["last_used_on"] or row["retired_at"] or row["expires_on"] < today)
    ]
    return free, len(found) - len(free)


def code(*, by: Actor, id: UUID) -> Row:
    """Return a code by its id, expired and retired ones too. Raises NotFound."""
    require_role(by, CASEWORKER)
    return _shown(_found(id))


def look_up(*, by: Actor, given: object) -> Row:
    """Return the thread of the code that was typed or scanned, as every caseworker may see it.

    Its id, what its last contact says of the visitor, and its contacts (see `code_thread`). A
    retired code answers as any other, with the contacts that are still its own: whoever typed it
    is told nothing of what became of the person. Raises NotAllowed, RuleBroken, CodeMistyped,
    CodeUnknown, CodeExpired.
    """
    require_role(by, CASEWORKER)
    typed = read(_LOOKUP, given)["code"]
    try:
        text = recognition.read_code(typed).text
    except CodeMistyped as error:
        raise CodeMistyped(faults=[Fault("/code", error.detail, error.values)]) from error
    row = db.session.execute(_ROW.where(_TABLE.c.code == text)).one_or_none()
    if row is None:
        raise CodeUnknown
    if _last_day(row) < clock.today():
        raise CodeExpired
    thread = code_thread(id=row.id)
    last = thread[0] if thread else {}
    told = {name: last.get(name) for name in ("age_band", "gender", "talk_language")}
    return {"id": row.id, "code": row.code, "contacts": thread, **told}


# What higher features build on. They have asked who may before they come here.


def new_code(*, by: Actor, id: UUID | None = None) -> Row:
    """Make a code inside the use case under way, and return it; with a known id, that one."""
    with transaction():
        code_id = id or uuid4()
        if _add(by, code_id):
            trail.record(by=by, action="create", kind="recognition_code", id=code_id)
        return _shown(_found(code_id))


def made_code(*, id: UUID) -> Row | None:
    """Return the code with an id, None where nobody made one."""
    row = db.session.execute(_ROW.where(_TABLE.c.id == id)).one_or_none()
    return _shown(row) if row else None


def hold(*, id: UUID) -> None:
    """Let a code stay as it is until the transaction ends: in use, or somebody's who is known."""
    db.session.execute(sa.select(_TABLE.c.id).where(_TABLE.c.id == id).with_for_update(read=True))


def code_thread(*, id: UUID, limit: int = MOST_SHOWN) -> list[Row]:
    """Return the contacts of a code that count, the latest first: where, when and which kind.

    Each has `id`, `date`, `occurred_at`, `site`, `contact_type`, `committee`, `age_band`,
    `gender`, `talk_language`. An unknown id has none.
    """
    columns = ("id", "occurred_at", "site", "contact_type", "committee", "age_band", "gender")
    wanted = (
        sa.select(
            *(_CONTACT.c[name] for name in (*columns, "talk_language")),
            _CONTACT.c.local_day.label("date"),
        )
        .where(_CONTACT.c.thread_id == id, _USES)
        .order_by(_CONTACT.c.occurred_at.desc(), _CONTACT.c.id.desc())
        .limit(limit)
    )
    return [row._asdict() for row in db.session.execute(wanted)]


def retire_code(*, by: Actor, id: UUID, act: UUID) -> bool:
    """Let a code be out of use because of a choice of its holder's; tell whether it is so now.

    False when another's choice put it out of use before. Nobody who types it is told; it takes new
    contacts as before, and they stay anonymous.
    """
    with transaction():
        taken = db.session.scalar(
            sa.update(_TABLE)
            .where(_TABLE.c.id == id, _TABLE.c.retired_at.is_(None))
            .values(retired_at=clock.now(), retired_by=act)
            .returning(_TABLE.c.id)
        )
        if taken is not None:
            trail.record(by=by, action="retire", kind="recognition_code", id=id)
        return taken is not None


def restore_codes(*, by: Actor, acts: Collection[UUID]) -> list[UUID]:
    """Let the codes be in use again that these choices put out of use; return which they were."""
    with transaction():
        restored = db.session.scalars(
            sa.update(_TABLE)
            .where(_TABLE.c.retired_by.in_(acts))
            .values(retired_at=None, retired_by=None)
            .returning(_TABLE.c.id)
        ).all()
        trail.record_many(by=by, action="restore", kind="recognition_code", ids=restored)
        return list(restored)


def forget_choices(*, acts: Collection[UUID]) -> None:
    """Let nothing tell by whose choice codes went out of use; they stay so."""
    db.session.execute(
        sa.update(_TABLE).where(_TABLE.c.retired_by.in_(acts)).values(retired_by=None)
    )


def held_by(acts: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the codes that these choices put out of use, each with its choice."""
    if not acts:
        return {}
    wanted = sa.select(_TABLE.c.id, _TABLE.c.retired_by).where(_TABLE.c.retired_by.in_(acts))
    return {row.id: row.retired_by for row in db.session.execute(wanted)}


@dataclass(frozen=True, slots=True)
class KnownCode:
    """A code that is there: its id, and how long it is good."""

    id: UUID
    text: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class KnownCodes:
    """What codes that came in stand for: a code that is there, or why it is none."""

    by_typed: Mapping[str, KnownCode | Fault]

    def faults(self, facts: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield what is wrong with the input's code, where it has one."""
        typed = facts.get("recognition_code")
        found = self.by_typed.get(typed) if typed is not None else None
        if isinstance(found, Fault):
            yield found
        elif found is not None:
            on = clock.local(facts.get("occurred_at") or clock.now()).date()
            if found.expires_on < on:
                yield Fault("/recognition_code", N_("Koden har slutat gälla. Ge personen en ny."))

    def resolved(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Return faultless input with its code's id, and the code as it is written."""
        found = self.by_typed.get(facts["recognition_code"])
        known = found if isinstance(found, KnownCode) else None
        facts["recognition_code_id"] = known.id if known else None
        facts["recognition_code"] = known.text if known else None
        return facts


_NONE = KnownCodes({})


def known_codes(typed: Iterable[str]) -> KnownCodes:
    """Return what codes stand for, as they were typed or scanned; of none, nothing is asked.

    What is wrong with one is a fault at `/recognition_code`. Expired and retired codes are known.
    """
    read_as: dict[str, str | Fault] = {each: _read(each) for each in typed}
    if not read_as:
        return _NONE
    texts = {text for text in read_as.values() if isinstance(text, str)}
    rows = db.session.execute(_ROW.where(_TABLE.c.code.in_(texts))).all() if texts else []
    there = {row.code: KnownCode(row.id, row.code, _last_day(row)) for row in rows}
    unknown = Fault("/recognition_code", N_("Ingen kod är gjord med de orden. Kontrollera dem."))
    return KnownCodes(
        {
            each: text if isinstance(text, Fault) else there.get(text, unknown)
            for each, text in read_as.items()
        }
    )


def _read(typed: str) -> str | Fault:
    try:
        return recognition.read_code(typed).text
    except CodeMistyped as error:
        return Fault("/recognition_code", error.detail, error.values)


def _add(by: Actor, id: UUID, sheet_id: UUID | None = None) -> bool:
    """Add a code with the id; tell whether it was added, or the id was there already."""
    while True:
        added = db.session.scalar(
            insert(_TABLE)
            .values(
                id=id,
                code=recognition.made().text,
                sheet_id=sheet_id,
                made_at=clock.now(),
                made_by=by.id,
            )
            .on_conflict_do_nothing()
            .returning(_TABLE.c.id)
        )
        if added is not None:
            return True
        if db.session.scalar(sa.select(_TABLE.c.id).where(_TABLE.c.id == id)) is not None:
            return False
        # The draw was a code that there is already: draw again.


def _found(id: UUID) -> sa.Row[Any]:
    row = db.session.execute(_ROW.where(_TABLE.c.id == id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def _on_sheet(sheet_id: UUID) -> Sequence[sa.Row[Any]]:
    wanted = _ROW.where(_TABLE.c.sheet_id == sheet_id).order_by(_TABLE.c.code)
    return db.session.execute(wanted).all()


def _last_day(row: sa.Row[Any]) -> date:
    """Return the last day on which a code is good."""
    last = row.last_used_on
    made_on = clock.local(row.handed_out_at or row.made_at).date()
    # What lies in a tablet for somebody who has yet to come is as a printed card is.
    lies = row.reserved_for is not None and row.handed_out_at is None
    return recognition.last_day(made_on, last, is_card=row.sheet_id is not None or lies)


def _shown(row: sa.Row[Any]) -> Row:
    read_as = recognition.read_code(row.code)
    return {
        "id": row.id,
        "code": row.code,
        "digits": read_as.digits,
        "words": [{"word": word.word, "emoji": word.emoji} for word in read_as.words],
        "expires_on": _last_day(row),
        "last_used_on": row.last_used_on,
        "retired_at": row.retired_at,
        "version": row.version,
    }
