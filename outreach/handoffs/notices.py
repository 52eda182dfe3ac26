"""Notices that something waits: how many, and a link. Never whom it is about, nor which team."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask_babel import force_locale, gettext, ngettext

from outreach.accounts import service as accounts
from outreach.accounts.permissions import RECEIVER, SUPERVISOR
from outreach.foundation import clock, settings
from outreach.foundation.actor import Actor, system
from outreach.foundation.transaction import transaction
from outreach.handoffs import worklists
from outreach.handoffs.telling import AT_WORK, COUNTS_FROM, tell_each
from outreach.outgoing.carriers import Message
from outreach.outgoing.delivery import Kind, Later, Withheld

_PATH = "/overlamningar"
_BY = system("handoffs")


def tell_of_overdue() -> int:
    """Tell supervisors of what has waited too long for an answer since today; return how many.

    For the timetable, once a day: what was overdue yesterday was told then.
    """
    late = [
        each for each in _supervisors() if worklists.how_many_unanswered(by=each, since_today=True)
    ]
    with transaction(by=_BY):
        tell_each([each.id for each in late])
    return len(late)


def _supervisors() -> list[Actor]:
    with transaction(by=_BY):
        found = accounts.with_role(SUPERVISOR)
        wished = accounts.notice_addresses([each.id for each in found])
    return [each for each in found if each.id in wished]


def _compose(staff: UUID, channel: str, expires_at: datetime) -> Message | Withheld | Later:
    del channel
    with transaction(by=_BY):
        actor, to = accounts.actor_with_id(staff), accounts.notice_addresses([staff]).get(staff)
    if actor is None or to is None:
        return Withheld("address")
    now = clock.now()
    at = AT_WORK.next_from(now, until=expires_at)
    if at is None or at > now:
        return Later(at or expires_at)
    lines = list(_lines(actor, since=expires_at - COUNTS_FROM))
    if not lines:
        return Withheld("nothing_waits")
    with force_locale("sv"):
        subject = gettext("Något väntar på dig")
        link = settings.text("PUBLIC_URL") + _PATH if settings.text("PUBLIC_URL") else ""
    return Message(to=to, text="\n".join([*lines, "", link]).rstrip() + "\n", subject=str(subject))


def _lines(actor: Actor, *, since: datetime) -> list[str]:
    waiting = worklists.waiting(by=actor)
    if actor.has(RECEIVER):
        # What was taken back is told on a line of its own.
        waiting -= worklists.how_many_recalled(by=actor)
    withdrawn = worklists.how_many_withdrawn(by=actor, since=since) if actor.has(RECEIVER) else 0
    late = worklists.how_many_unanswered(by=actor) if actor.has(SUPERVISOR) else 0
    with force_locale("sv"):
        told = {
            ngettext(
                "En överlämning väntar på dig.", "%(num)s överlämningar väntar på dig.", waiting
            ): waiting,
            ngettext(
                "En överlämning har dragits tillbaka.",
                "%(num)s överlämningar har dragits tillbaka.",
                withdrawn,
            ): withdrawn,
            ngettext(
                "En överlämning har väntat för länge på svar.",
                "%(num)s överlämningar har väntat för länge på svar.",
                late,
            ): late,
        }
    return [str(line) for line, many in told.items() if many]


def _address(staff: UUID, channel: str) -> str | None:
    del channel
    with transaction(by=_BY):
        return accounts.notice_addresses([staff]).get(staff)


KIND = Kind(compose=_compose, address=_address)
