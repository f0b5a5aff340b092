"""The files of a month as somebody sees them: what is listed, what they may do, where they come from."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, url_for
from sqlalchemy.orm import Session

from portal.declarations import policies
from portal.declarations.models import Declaration, Line
from portal.declarations.queries.evidence import Piece, month_with_evidence, pieces_of
from portal.declarations.services import evidence as services
from portal.declarations.views.blueprint import address_of
from portal.kernel.actor import Actor
from portal.kernel.french import format_number, typo
from portal.storage import reading
from portal.vocabulary import DeclarationState
from portal.web import current_actor

_KILO = 1024


@dataclass(frozen=True)
class EvidencePage:
    """Read whole, so that the page needs no database."""

    declaration: Declaration
    pieces: Sequence[Piece]
    actor: Actor
    may_bring: bool

    @classmethod
    def read(cls, session: Session, actor: Actor, reference: str) -> "EvidencePage":
        """Raises NotFound for who has nothing to do with the files of this month."""
        return cls.of(session, actor, month_with_evidence(session, actor, reference))

    @classmethod
    def of(cls, session: Session, actor: Actor, declaration: Declaration) -> "EvidencePage":
        pieces = pieces_of(session, actor, declaration)
        return cls(declaration, pieces, actor, services.may_bring(session, actor, declaration))

    @property
    def files(self) -> bool:
        return policies.can_file(self.actor, self.declaration)

    @property
    def checks(self) -> bool:
        return policies.can_check(self.actor, self.declaration)

    @property
    def lines(self) -> list[Line]:
        """Those that a file may prove: what a deposit would take for the declarant, its own for an employer."""
        if self.files:
            return self.declaration.counted_lines
        return self.declaration.lines_of(self.actor.organisation_id)

    @property
    def home(self) -> str:
        """The month, or the employer's part of it."""
        return address_of(self.declaration, "show" if self.files or self.checks else "part")

    @property
    def trail(self) -> list[tuple[str, str | None]]:
        contract = self.declaration.contract
        return [
            ("Déclarations", url_for("declarations.index")),
            (contract.number, None),
            (typo(self.declaration.month.label.capitalize()), self.home),
        ]

    def may_remove(self, piece: Piece) -> bool:
        return self.may_bring and piece.is_kept and self.brought(piece)

    def brought(self, piece: Piece) -> bool:
        """Whether it comes from those in whose name the actor is here."""
        own = self.declaration.organisation_id if self.files else self.actor.organisation_id
        return piece.evidence.organisation_id == own


def size_words(size: int) -> str:
    """« 340 ko », « 2,1 Mo »."""
    if size < _KILO * _KILO:
        return typo(f"{format_number(max(1, round(size / _KILO)))} ko")
    tenths = round(10 * size / (_KILO * _KILO))
    return typo(f"{tenths // 10},{tenths % 10} Mo")


def listed(declaration: Declaration, form_id: str | None = None) -> str:
    """The files on any page of the month; nothing for who may not read them. `form_id`: the page's own form, whose
    buttons save first."""
    actor = current_actor()
    with reading() as session:
        page = EvidencePage.of(session, actor, declaration)
    is_checked = page.checks and declaration.state in {DeclarationState.DEPOSITED, DeclarationState.ACCEPTED}
    if not (page.pieces or page.may_bring or is_checked):
        return ""
    return render_template("declarations/parts/evidence.html", evidence=page, form_id=form_id, size_words=size_words)
