"""What tells who a participant is: sealed as one whole, never a column of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from outreach.foundation import keyring
from outreach.foundation.collation import NameOrder, name_order
from outreach.foundation.vault import DataKey
from outreach.participants import names

_KIND = "identity"


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """Who somebody is and how they may be reached. Shows nothing of itself when printed."""

    given_name: str
    family_name: str | None = None
    birth_date: date | None = None
    # Twelve digits, or None: not everybody has one.
    number: str | None = None
    phone: str | None = None
    email: str | None = None
    language: str | None = None
    interpreter: str | None = None
    contact_preference: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name as it is shown."""
        return names.display(self.given_name, self.family_name)

    @property
    def order(self) -> NameOrder:
        """The key by which people stand in Swedish order: family name, then given name."""
        return name_order(self.given_name, self.family_name)

    def sealed(self, key: DataKey) -> bytes:
        """Return it as it is kept."""
        born = self.birth_date and self.birth_date.isoformat()
        return key.seal(
            _KIND, {name: getattr(self, name) for name in _FIELDS} | {"birth_date": born}
        )

    def digests(self, committee: str) -> set[bytes]:
        """Return the blind indexes that a committee's staff find the person by."""
        tokens = names.name_tokens(self.given_name, self.family_name)
        found = {digest_of("name", committee, token) for token in tokens}
        if self.number:
            found.add(self.number_digest(committee))
        if alike := self.alike_digest(committee):
            found.add(alike)
        return found

    def number_digest(self, committee: str) -> bytes:
        """Return the blind index of the number. Needs one."""
        return digest_of("number", committee, self.number or "")

    def alike_digest(self, committee: str) -> bytes | None:
        """Return what two people share who may be one: same name, same day of birth."""
        if self.birth_date is None:
            return None
        alike = names.name_key(self.given_name, self.family_name, self.birth_date)
        return digest_of("alike", committee, alike)


_FIELDS = tuple(each.name for each in fields(Identity))


def unsealed(key: DataKey, sealed: bytes) -> Identity:
    """Return the identity that was sealed. Raises SealBrokenError."""
    kept = key.open(_KIND, sealed)
    born = kept["birth_date"]
    return Identity(**kept | {"birth_date": born and date.fromisoformat(born)})


def digest_of(kind: str, committee: str, text: str) -> bytes:
    """Return a blind index; those of two committees never meet."""
    return keyring.digest_to_find_by(kind, committee, text)
