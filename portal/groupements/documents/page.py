"""The documents of a groupement in words, as one of those inside reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from portal.groupements import policies, translation
from portal.groupements.documents import rules
from portal.groupements.facts import ACTIVE
from portal.groupements.models import Groupement, Member, MemberDocument
from portal.kernel.actor import Actor
from portal.kernel.clock import paris_date
from portal.kernel.french import format_date, format_number, plural, typo

_KILO = 1024


@dataclass(frozen=True)
class Row:
    """One document: what is told of it, and what one may do."""

    document: MemberDocument
    words: str
    tone: str
    size: str | None
    may_bring: bool


@dataclass(frozen=True)
class Table:
    """The documents of one member."""

    name: str
    is_mine: bool
    rows: Sequence[Row]

    @property
    def count(self) -> str:
        brought = sum(row.document.file_id is not None for row in self.rows)
        return _count(brought, len(self.rows))


class DocumentsPage:
    """A member's own documents, the others' in numbers; all of them for whoever holds the pen."""

    def __init__(
        self, groupement: Groupement, documents: Mapping[int, Sequence[MemberDocument]], actor: Actor, now: datetime
    ) -> None:
        self.leads = policies.can_lead(actor, groupement, now)
        self.is_open = rules.is_changeable(groupement.state)
        self.is_empty = not any(documents.values())
        self._actor, self._documents, self._today = actor, documents, paris_date(now)
        self._needed = translation.candidacy_on(groupement, now)
        members = [each for each in groupement.members if each.id in documents]
        self._members = sorted(members, key=lambda each: (not self._is_mine(each), each.id))

    @property
    def tables(self) -> list[Table]:
        """Those whose documents one may read, one's own first."""
        return [self._table(each) for each in self._members if self.leads or self._is_mine(each)]

    @property
    def others(self) -> list[tuple[str, str]]:
        """The others, in numbers: for a member."""
        hidden = [each for each in self._members if not self.leads and not self._is_mine(each)]
        return [(each.organisation.shown_name, self._counted(each)) for each in hidden]

    def _counted(self, member: Member) -> str:
        asked = self._documents[member.id]
        return _count(sum(each.file_id is not None for each in asked), len(asked))

    def _table(self, member: Member) -> Table:
        is_mine = self._is_mine(member)
        rows = [self._row(document, is_mine) for document in self._documents[member.id]]
        return Table(member.organisation.shown_name, is_mine, rows)

    def _row(self, document: MemberDocument, is_mine: bool) -> Row:
        words, tone = self._standing(document)
        size = size_words(document.file.size) if document.file else None
        return Row(document, typo(words), tone, size, is_mine and self.is_open)

    def _standing(self, document: MemberDocument) -> tuple[str, str]:
        if document.file_id is None:
            return "À apporter", "due"
        until = document.expires_on
        if until is None:
            return "Apportée", "ok"
        if until < self._today:
            return f"A expiré le {format_date(until)}", "late"
        if until < self._needed:
            return f"Vaut jusqu’au {format_date(until)} : à renouveler avant le {format_date(self._needed)}", "due"
        return f"Apportée, vaut jusqu’au {format_date(until)}", "ok"

    def _is_mine(self, member: Member) -> bool:
        return member.organisation_id == self._actor.organisation_id


def _count(brought: int, asked: int) -> str:
    return f"{brought} sur {plural(asked, 'pièce')}" if asked else "rien de demandé"


def size_words(size: int) -> str:
    """« 340 ko », « 2,1 Mo »."""
    if size < _KILO * _KILO:
        return typo(f"{format_number(max(1, round(size / _KILO)))} ko")
    tenths = round(10 * size / (_KILO * _KILO))
    return typo(f"{tenths // 10},{tenths % 10} Mo")


def told_in_room(groupement: Groupement, today: date) -> str | None:
    """« 4 sur 12 pièces apportées », for the room; None when nothing is asked."""
    asked = [each for member in groupement.members if member.state in ACTIVE for each in member.documents]
    if not asked:
        return None
    brought = sum(each.file_id is not None and (each.expires_on or today) >= today for each in asked)
    return f"{brought} sur {plural(len(asked), 'pièce')}"
