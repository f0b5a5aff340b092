"""A buyer's programme read by an operator: the headings are those that the buyer said, or APProch's."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from portal.directory.queries import by_siret
from portal.intake import UnusableFile
from portal.intake.rejects import RejectedRows
from portal.intake.texts import opened
from portal.kernel.actor import SYSTEM
from portal.kernel.errors import RuleViolation
from portal.kernel.french import plural, typo
from portal.programmes import queries, rules, services
from portal.programmes.examining import Examination, Kind
from portal.programmes.headings import proposed
from portal.programmes.reading import MOST_BYTES, Sheet, read_sheet
from portal.programmes.rejects import write_rejects
from portal.storage import unit_of_work


@dataclass(frozen=True)
class ProgrammeRead:
    """What became of a file, in French lines, and where its wrong rows were handed back."""

    lines: list[str]
    rejected_to: Path | None


def import_programme(siret: str, file: Path, *, rejects: Path | None, dry_run: bool, now: datetime) -> ProgrammeRead:
    """Raises UnusableFile or RuleViolation with a sentence for the operator."""
    with unit_of_work() as session:
        buyer = by_siret(session, siret)
        if buyer is None:
            raise RuleViolation(typo(f"Aucune organisation ne porte le SIRET {siret}."))
        remembered = queries.remembered(session, buyer.id)
        sheet = read_sheet(_content(file), remembered)
        sheet = replace(sheet, fields=proposed(sheet.headings, remembered))
        rules.ensure_mapped(sheet.fields or ())
        examination = services.examine_sheet(session, buyer, sheet, now)
        refused = []
        if not dry_run:
            contact = services.Contact()
            taken = services.take_examined(session, buyer.id, examination, contact, actor=SYSTEM, now=now)
            refused = [typo(f"{reference} : {sentence}") for reference, sentence in taken.refused]
    lines = [*_told(examination), *refused, *([typo("Essai à blanc : rien n’est enregistré.")] if dry_run else [])]
    return ProgrammeRead(lines, _handed_back(sheet, examination, rejects or RejectedRows.beside(file)))


def _content(file: Path) -> bytes:
    with opened(file) as stream:
        content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise UnusableFile(f"« {file.name} » est trop lourd : 4 Mo au plus.")
    return content


def _told(examination: Examination) -> Iterator[str]:
    for kind, words in _WORDS.items():
        if count := len(examination.of(kind)):
            yield plural(count, *words)


_WORDS = {
    Kind.NEW: ("brouillon nouveau", "brouillons nouveaux"),
    Kind.CHANGED: ("brouillon revu", "brouillons revus"),
    Kind.UNCHANGED: ("projet inchangé", "projets inchangés"),
    Kind.BY_HAND: ("projet public à changer à la main", "projets publics à changer à la main"),
    Kind.LEFT: ("projet laissé de côté", "projets laissés de côté"),
    Kind.FAULTY: ("projet en erreur", "projets en erreur"),
}


def _handed_back(sheet: Sheet, examination: Examination, path: Path) -> Path | None:
    if not examination.faults:
        return None
    try:
        path.write_bytes(write_rejects(sheet, examination))
    except OSError:
        raise UnusableFile(f"Les lignes refusées ne peuvent pas être écrites dans « {path} ».") from None
    return path
