"""The first meeting of all three: booked from both calendars, and followed wherever it moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts import service as accounts
from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.followups import booking, slots
from outreach.followups import reading as followups
from outreach.followups import rules as meetings
from outreach.followups.events import Meeting, MeetingChanged, ReopeningAsked
from outreach.followups.recording import Whose
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault, RuleBroken
from outreach.foundation.transaction import transaction
from outreach.handoffs import lifecycle, reading, recording, standing
from outreach.handoffs.lifecycle import ACCEPTED, IN_PROGRESS, Side
from outreach.handoffs.recording import HANDOFF, Row
from outreach.handoffs.standing import HandoffSettled

# So many days are offered at once.
DAYS_SHOWN = 7
MINUTES = 45
_BY = system("handoffs")


def times(*, by: Actor, id: UUID, first: date, receiver: UUID | None = None) -> Row:
    """Return when the sender and one of the team are both free, for whoever hands over.

    `days`: the local days from the first on, each with its free times; `receivers`: names by id,
    the one who said yes chosen unless another is asked for (`receiver`). Raises as `book`.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row = _bookable(by, id)
        team = accounts.receivers_of(row.team)
        chosen = receiver if receiver in team else _who_said_yes(id, team)
        days: list[tuple[date, list[datetime]]] = []
        if chosen is not None:
            days = slots.free_days(
                by=by, workers=[by.id, chosen], first=first, count=DAYS_SHOWN, minutes=MINUTES,
                also=team, whose=Whose(row.participant_id),
            )  # fmt: skip
        return {"id": id, "days": days, "receivers": team, "receiver": chosen}


def book(*, by: Actor, id: UUID, given: Mapping[str, Any]) -> Row:
    """Book the first meeting with one of the team; return the handoff, and the `warnings`.

    `given` is as for a meeting, with `receiver_id` for the other worker; the person and the length
    are the handoff's. It takes both their time, and what becomes of it is said on the meeting.
    Raises NotFound, NotAllowed, HandoffSettled where it is not the time, and as `booking.book`.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row = _bookable(by, id)
        team = accounts.receivers_of(row.team)
        receiver = _uuid(given.get("receiver_id"))
        if receiver not in team:
            fault = Fault("/receiver_id", N_("Välj någon i teamet."))
            raise RuleBroken(faults=[fault])
        meeting, _ = booking.book(
            by=by,
            given={
                "id": given.get("id"),
                "starts_at": given.get("starts_at"),
                "place": given.get("place"),
                "participant_id": str(row.participant_id),
                "workers": [str(by.id), str(receiver)],
                "minutes": MINUTES,
                "reminder": given.get("reminder", "none"),
            },
            also=team,
        )
        row = reading.row_of(id, lock=True)
        if lifecycle.after(reading.standing_of(row), "first-meeting") is None:
            raise HandoffSettled
        if row.meeting_id not in (None, meeting["id"]) and row.first_meeting == "booked":
            raise HandoffSettled(N_("Det första mötet är redan bokat. Boka om det i stället."))
        if row.meeting_id != meeting["id"]:
            _say(by, row, "booked", meeting["starts_at"], meeting_id=meeting["id"])
        shown = standing.shown(by, reading.row_of(id), {"sender"})
        return shown | {"warnings": meeting["warnings"]}


def meeting_of(*, by: Actor, id: UUID) -> Row | None:
    """Return where the first meeting is and `with` whom of the staff, for either side.

    `id` leads the sender to it. None where none of ours is booked or held, or the side may not
    know. Raises NotFound.
    """
    with transaction(by=by):
        row, sides = standing.found(by, id)
        side: Side = "sender" if "sender" in sides else "receiver"
        told = reading.common(side, row)
        first = told["first_meeting"]
        ours = row.meeting_id is not None and first and first["state"] in ("booked", "held")
        if not ours or row.shielded or told["state"] == "withdrawn":
            return None
    # The meeting is the person's own, which the team has no row of.
    with transaction(by=_BY):
        meeting = followups.row_of(row.meeting_id)
        return {
            "id": meeting.id if side == "sender" else None,
            "place": meeting.place,
            "with": list(accounts.names_of(meeting.workers).values()),
        }


def _uuid(said: object) -> UUID | None:
    try:
        return UUID(str(said))
    except ValueError:
        return None


def _bookable(by: Actor, id: UUID) -> Any:
    """Return a handoff that its sender may book the first meeting of."""
    row, sides = standing.found(by, id)
    standing.require_sender(sides)
    standing.opened(by, row)
    standing.require_unexpired(row)
    told = reading.told_to("sender", row)
    if row.direction == "in" or told not in (ACCEPTED, IN_PROGRESS) or row.first_meeting == "held":
        raise HandoffSettled(N_("Det första mötet bokas när teamet har tagit emot."))
    return row


def _who_said_yes(id: UUID, team: Mapping[UUID, str]) -> UUID | None:
    found = reading.by_whom(id, "accept")
    return found if found in team else next(iter(team), None)


def follow_meeting(event: MeetingChanged) -> None:
    """Let a handoff say of its first meeting what the meeting says of itself."""
    with transaction(by=_BY):
        wanted = sa.select(HANDOFF).where(HANDOFF.c.meeting_id == event.followup)
        row = db.session.execute(wanted.with_for_update()).one_or_none()
        if row is None or lifecycle.after(reading.standing_of(row), "first-meeting") is None:
            return
        if event.moved_to is not None:
            _say(event.by, row, "booked", event.starts_at, meeting_id=event.moved_to)
        elif event.state in (meetings.BOOKED, meetings.HELD):
            _say(event.by, row, event.state, event.starts_at)
        else:
            _say(event.by, row, None, None)


def keep_called_off(event: ReopeningAsked) -> None:
    """Say of which cancelled meetings that they stay so: nobody is led to a team that is done.

    With another team's it is booked again only as the first meeting of a handoff under way.
    """
    with transaction(by=_BY):
        sent = sa.select(HANDOFF).where(
            HANDOFF.c.participant_id.in_({each.participant for each in event.meetings}),
            HANDOFF.c.direction == "out",
            HANDOFF.c.sent_at.is_not(None),
        )
        rows = db.session.execute(sent).all()
        under_way = {
            row.meeting_id
            for row in rows
            if lifecycle.after(reading.standing_of(row), "first-meeting") is not None
        }
        firsts = {row.meeting_id for row in rows}
        joint = _with_another_team(event.meetings, rows)
        event.stopped.update(
            each.id
            for each in event.meetings
            if each.id not in under_way and (each.id in firsts or each.id in joint)
        )


def _with_another_team(these: Sequence[Meeting], rows: Sequence[Any]) -> set[UUID]:
    """Return which meetings are with somebody who is no colleague of whoever handed over."""
    senders = {row.participant_id: row.committee for row in rows}
    own = {each: set(accounts.colleagues(committee=each)) for each in set(senders.values())}
    workers = {who for each in these for who in each.workers}
    receivers = accounts.receivers_among(workers) if rows else set()
    return {
        each.id
        for each in these
        if each.participant in senders
        and (each.workers & receivers or each.workers - own[senders[each.participant]])
    }


def _say(by: Actor, row: Any, state: str | None, at: datetime | None, **more: Any) -> None:
    recording.move(
        by, row, side="sender", action="first-meeting", to=reading.standing_of(row),
        first_meeting=state, first_meeting_at=at, first_meeting_by="sender", **more,
    )  # fmt: skip
