"""A frozen report as the rows of a spreadsheet, in the words of the day on which it was frozen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import force_locale, gettext

from outreach.foundation.periods import Period, period_of
from outreach.foundation.spreadsheets import csv_lines
from outreach.indicators.figures_file import file_rows
from outreach.indicators.wording import instant
from outreach.publications.documents import Document
from outreach.sites.codelists import CodeLists

# The committees read Swedish; what is frozen does not change with who looks at it.
_LANGUAGE = "sv"
_LISTS = ("site", "activity", "gender", "age_band", "route_in")

Labels = Mapping[str, Mapping[str, Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class FrozenLabels:
    """What codes were called when a report was frozen."""

    labels: Labels

    def label(self, name: str, code: str, language: str) -> str:
        """Return a code's label as it was; the code itself when it had none."""
        known = self.labels.get(name, {}).get(code, {})
        return known.get(language) or known.get(_LANGUAGE) or code


def labels_of(lists: CodeLists) -> Labels:
    """Return what the codes in reports are called today."""
    return {
        name: {
            choice.code: {"sv": choice.label_sv, "en": choice.label_en}
            for choice in lists.all(name)
        }
        for name in _LISTS
    }


def period_in(document: Document) -> Period:
    """Return the period that a report is of."""
    return period_of("{from}..{to}".format(**document["period"]))


def csv_of(document: Document, labels: Labels) -> bytes:
    """Return a report as a CSV file, in Swedish."""
    with force_locale(_LANGUAGE):
        return "".join(csv_lines(_rows(document, labels))).encode()


def _rows(document: Document, labels: Labels) -> Iterator[Sequence[object]]:
    yield (gettext("Fastställd"), instant(document["frozen_at"]), document["frozen_by"])
    yield (gettext("Version"), document["version"])
    if dnr := document.get("dnr"):
        yield (gettext("Dnr"), dnr)
    if note := document.get("note"):
        yield (gettext("Anmärkning"), note)
    yield (gettext("Kontrollsumma (SHA-256)"), document["checksum"])
    yield from file_rows(document, period_in(document), FrozenLabels(labels), internal=False)
