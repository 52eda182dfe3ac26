"""Whether this installation is fit for people's data, as a list of green and red."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict

import click

import config
from outreach.accounts import factors
from outreach.audit import service as audit
from outreach.commands.running import application, say
from outreach.foundation import readiness, soundness
from outreach.foundation.actor import system
from outreach.foundation.soundness import Finding
from outreach.staff import service as staff

_SERVERS = ("SQLALCHEMY_DATABASE_URI", "VAULT_URL", "REDIS_URL")


@click.command()
@click.option("--json", "as_json", is_flag=True)
def check(*, as_json: bool) -> None:
    """Look at the configuration and at everything it stands on; exit 1 when anything is red."""
    findings = list(_findings())
    ok = all(finding.ok for finding in findings)
    answer = {"ok": ok, "checks": [asdict(finding) for finding in findings]}
    say(answer, as_json=as_json, plain="\n".join(map(_line, findings)))
    if not ok:
        sys.exit(1)


def _line(finding: Finding) -> str:
    """Return a finding as a line; the word says what the colour says."""
    mark = click.style("ok ", fg="green") if finding.ok else click.style("RED", fg="red", bold=True)
    return f"{mark}  {finding.name}: {finding.detail}"


def _findings() -> Iterator[Finding]:
    try:
        settings = config.named()
    except config.UnsafeConfigurationError as error:
        yield Finding("settings", ok=False, detail=str(error))
        return
    faults = settings.faults()
    yield Finding("environment", ok=True, detail=settings.ENVIRONMENT)
    yield from (Finding("settings", ok=False, detail=fault) for fault in faults)
    if not faults:
        yield Finding("settings", ok=True, detail="nothing missing, nothing unsafe")
    yield from soundness.key_files(settings.KEYS_FOLDER)
    # Without addresses there is nobody to ask the rest of.
    if all(getattr(settings, name) for name in _SERVERS):
        with application(settings):
            yield from _server_findings(settings)


def _server_findings(settings: config.Settings) -> Iterator[Finding]:
    away = readiness.faults()
    for name in readiness.checks():
        yield Finding(name, name not in away, away.get(name, "answers"))
    if "database" in away:
        return
    yield soundness.role()
    yield soundness.durability()
    if "migrations" in away:
        return
    yield audit.append_only()
    yield _demo_users(settings)
    yield _second_factor(settings)


def _second_factor(settings: config.Settings) -> Finding:
    """Whoever has none where it is needed is let in to set it up, and to nothing else."""
    roles = settings.SECOND_FACTOR_ROLES
    if not roles:
        return Finding("second factor", ok=True, detail="needed by no role")
    missing = factors.without(by=system("check"), roles=roles)
    detail = f"needed by {', '.join(roles)}; {missing} of them have yet to set it up"
    return Finding("second factor", ok=True, detail=detail)


def _demo_users(settings: config.Settings) -> Finding:
    """Demonstration accounts are what a demonstration is for; elsewhere they are open doors."""
    found = len(staff.demo_users(by=system("check")))
    production = isinstance(settings, config.Production)
    return Finding("demo users", not (found and production), f"{found} open")
