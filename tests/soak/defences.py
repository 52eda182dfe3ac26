"""The defences of the offline outbox, how each is taken away, and the tests that hold it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class DoesNotFitError(Exception):
    """What is to be replaced is not there, or not once: the mutation must be written anew."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A piece of a file, and what stands in its place once the defence is gone."""

    file: str
    before: str
    after: str

    def apply(self, root: Path) -> None:
        """Replace it below the root. Raises DoesNotFitError unless it is there exactly once."""
        path = root / self.file
        text = path.read_text("utf-8") if path.is_file() else ""
        found = text.count(self.before)
        if found != 1:
            raise DoesNotFitError(
                f"{self.file} holds this {found} times, not once:\n{self.before}\n"
                "The code has changed since: say in tests/soak/defences.py how the defence is"
                " taken away now."
            )
        path.write_text(text.replace(self.before, self.after), "utf-8")


@dataclass(frozen=True, slots=True)
class Defence:
    """Something that keeps a promise. Without it each of its tests must fail."""

    name: str
    edits: Sequence[Edit]
    tests: Sequence[str]

    @property
    def is_in_the_browser(self) -> bool:
        """Whether the front end must be built anew without it."""
        return any(edit.file.startswith("static/") for edit in self.edits)


_RECEIVING = "tests/outreach/sync/test_receiving.py::"
_SERVICE = "tests/outreach/sync/test_service.py::"
_CONTACTS = "tests/outreach/contacts/test_api.py::"
_SAVING = "tests/journeys/test_offline_saving.py::"

DEFENCES = (
    # What is sent again at its own place is known by its place, whatever else there is. The key
    # stands where the same operation comes at another one: another count, another tablet.
    Defence(
        "the unique key on op_id",
        [
            Edit(
                "outreach/migrations/versions/0018_sync.py",
                'sa.Column("op_id", sa.Uuid(), unique=True, nullable=False),',
                'sa.Column("op_id", sa.Uuid(), nullable=False),',
            ),
            Edit(
                "outreach/sync/positions.py",
                "        ON CONFLICT (op_id) DO NOTHING\n",
                "",
            ),
        ],
        [
            f"{_RECEIVING}test_a4_another_content_under_the_same_number_is_kept_and_overwrites_nothing",
            f"{_RECEIVING}test_a4_an_operation_of_another_tablet_is_never_taken_for_this_ones",
            f"{_SERVICE}test_f8_what_had_come_already_is_the_same_in_a_new_line",
        ],
    ),
    Defence(
        "the version that a tablet's change was made from",
        [
            Edit(
                "outreach/sync/applying.py",
                "conflicts.merged(present if task.decided else base, present, wanted)",
                "conflicts.merged(present, present, wanted)",
            )
        ],
        [
            f"{_RECEIVING}test_b3_two_who_change_the_same_field_are_told_apart_by_a_person",
            f"{_RECEIVING}test_a_version_that_never_was_here_overwrites_nothing",
        ],
    ),
    # The tablets' own path holds the row and looks before; this one holds for everybody else.
    Defence(
        "the version that a change over the network was made from",
        [
            Edit(
                "outreach/contacts/service.py",
                '        if row["version"] != expected:\n',
                '        if row["version"] != expected and expected < 0:\n',
            )
        ],
        [
            f"{_CONTACTS}test_a_correction_needs_the_version_it_was_made_from",
        ],
    ),
    Defence(
        "saving in one transaction",
        [
            Edit(
                "static/field/outbox.js",
                "    if (beside.day) await keepOfDay(transaction, beside.day, items);\n",
                "    return true;\n"
                "  });\n"
                "  if (!wrote) return false;\n"
                "  await keep(async (transaction) => {\n"
                "    if (beside.day) await keepOfDay(transaction, beside.day, items);\n",
            )
        ],
        [
            f"{_SAVING}test_d2_whichever_write_fails_nothing_of_the_contact_is_kept_and_the_form_stays",
        ],
    ),
    Defence(
        "the Web Lock on sending",
        [
            Edit(
                "static/field/draining.js",
                "await navigator.locks.request(LOCK, { ifAvailable: true }, async (held) => {",
                "await (async (held) => {",
            ),
            Edit(
                "static/field/draining.js",
                "        tell({ sending: false });\n      }\n    });\n",
                "        tell({ sending: false });\n      }\n    })(LOCK);\n",
            ),
        ],
        [f"{_SAVING}test_d11_two_tabs_that_begin_at_once_post_each_operation_once"],
    ),
)
