"""What must stand after whatever was done with contacts and people: a model in plain Python.

It asks nothing of the product, which is held against it, figures and all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from uuid import UUID

# Of the kinds that are met here: who was there took part; and what is logged but never counted.
_PARTICIPATION = {"drop_in", "group"}
_UNCOUNTED = {"brief"}

Figures = Counter[str]


@dataclass
class ModelContact:
    """What a contact says of itself, whose it is, and in which code's thread."""

    kind: str
    site: str
    first_time: str
    headcount: int = 1
    code: UUID | None = None
    owner: UUID | None = None
    voided: bool = False
    # The choice that linked it, None for one that was logged so, and the thread that it left.
    act: int | None = None
    left: UUID | None = None

    @property
    def counts(self) -> bool:
        """Whether it is one of the contacts that figures tell of."""
        return not self.voided and self.kind not in _UNCOUNTED

    @property
    def took_part(self) -> bool:
        """Whether whoever was there took part."""
        return not self.voided and self.kind in _PARTICIPATION

    def let_go(self, *, to: UUID | None) -> None:
        """Be nobody's again, in the thread of a code or in none."""
        self.owner, self.act, self.left, self.code = None, None, None, to


@dataclass
class _Act:
    person: UUID
    code: UUID | None


@dataclass
class Model:
    """Contacts, codes (True: out of use), people (None: known still, else by which door gone)."""

    contacts: dict[UUID, ModelContact] = field(default_factory=dict)
    retired: dict[UUID, bool] = field(default_factory=dict)
    people: dict[UUID, str | None] = field(default_factory=dict)
    joins: dict[UUID, tuple[UUID, UUID]] = field(default_factory=dict)
    _acts: list[_Act] = field(default_factory=list)

    def known(self) -> list[UUID]:
        """Return everybody who is known still."""
        return [person for person, gone in self.people.items() if gone is None]

    def standing(self) -> list[UUID]:
        """Return the contacts that are not voided."""
        return [key for key, each in self.contacts.items() if not each.voided]

    def free(self, code: UUID | None = None) -> list[UUID]:
        """Return the contacts that may become somebody's; of one code's thread, if it is given."""
        return [
            key
            for key, each in self.contacts.items()
            if each.owner is None and not each.voided and each.headcount == 1
            if code is None or each.code == code
        ]

    def owned(self) -> list[UUID]:
        """Return the contacts of those who are known still."""
        known = set(self.known())
        return [key for key, each in self.contacts.items() if each.owner in known]

    def joins_of_known(self) -> list[UUID]:
        """Return the joins of two who are both known still."""
        known = set(self.known())
        return [key for key, pair in self.joins.items() if known.issuperset(pair)]

    def link(self, person: UUID, chosen: Iterable[UUID], code: UUID | None) -> None:
        """Let the chosen contacts be the person's, and the code be out of use."""
        # A code that was out of use already stays so by the choice that came first.
        held = None if code is None or self.retired[code] else code
        self._acts.append(_Act(person, held))
        for key in chosen:
            contact = self.contacts[key]
            contact.owner, contact.act = person, len(self._acts) - 1
            contact.left, contact.code = contact.code, None
        if held is not None:
            self.retired[held] = True

    def unlink(self, key: UUID) -> None:
        """Let a contact be nobody's again; of a choice with nothing left the code is back."""
        contact = self.contacts[key]
        act = contact.act
        contact.let_go(to=contact.left)
        if act is not None and not any(
            each.owner is not None and each.act == act for each in self.contacts.values()
        ):
            self._restore([self._acts[act]])

    def leave(self, person: UUID, door: str, new_code: UUID | None = None) -> None:
        """Let a person be known no more; of who is erased all stays counted as it was."""
        if door == "erasure":
            self.people[person] = "erased"
            return
        if new_code is not None:
            self.retired[new_code] = False
        for contact in self.contacts.values():
            if contact.owner == person:
                contact.let_go(to=new_code or contact.left)
        if door == "undo":
            self._restore([act for act in self._acts if act.person == person])
        self.people[person] = "undone" if door == "undo" else "back_to_code"
        self.joins = {key: pair for key, pair in self.joins.items() if person not in pair}

    def _restore(self, acts: Collection[_Act]) -> None:
        for act in acts:
            if act.code is not None:
                self.retired[act.code] = False

    def group(self, person: UUID) -> set[UUID]:
        """Return everybody who is one with a person, along all joins; the person too."""
        found, before = {person}, set[UUID]()
        while found != before:
            before = set(found)
            for pair in self.joins.values():
                if found & set(pair):
                    found |= set(pair)
        return found

    def figures(self) -> Figures:
        """Return what a supervisor is told, with nothing hidden.

        How many contacts there are is asked of the contacts alone: whose they are cannot move it.
        """
        found: Figures = Counter()
        for contact in self.contacts.values():
            if contact.counts:
                found["contacts"] += 1
                found[f"contacts at {contact.site}"] += 1
                found["first_time"] += contact.first_time == "yes"
                found["identified_contacts" if contact.owner else "anonymous_contacts"] += 1
            if contact.took_part:
                found["visitors"] += contact.headcount
        for places in self._places_of_persons():
            found["persons"] += 1
            found.update(f"persons at {site}" for site in places)
        return found

    def _places_of_persons(self) -> Iterable[set[str]]:
        """Yield the places where each person took part: of all who are one, once."""
        for group in {frozenset(self.group(person)) for person in self.people}:
            places = {
                contact.site
                for contact in self.contacts.values()
                if contact.owner in group and contact.took_part
            }
            if places:
                yield places
