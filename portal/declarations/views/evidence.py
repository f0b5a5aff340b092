"""Files that prove a month: brought, opened, removed."""

from flask import current_app, request
from flask.typing import ResponseReturnValue

from portal.declarations.forms.evidence import EvidenceForm, PieceForm, evidence_form
from portal.declarations.queries.evidence import Piece, month_with_evidence, piece_of
from portal.declarations.services import evidence as services
from portal.declarations.services.evidence import NewEvidence
from portal.declarations.views.blueprint import address_of, pages
from portal.declarations.views.evidence_page import EvidencePage
from portal.declarations.views.posting import answered, is_over, too_late
from portal.kernel import clock
from portal.kernel.errors import NotFound, Refused, RuleViolation
from portal.pieces import files
from portal.pieces.handing import content_of, handed_over
from portal.pieces.models import StoredFile
from portal.storage import reading, unit_of_work
from portal.vocabulary import Permission
from portal.web import current_actor, once, requires

_ANOTHER = "autre"
_CLOSED = "Ce mois ne se remplit plus : ses pièces ne changent plus."


@pages.route("/declarations/<reference>/pieces", methods=["GET", "POST"])
@requires(Permission.DECLARATION_FILE)
def add_evidence(reference: str) -> ResponseReturnValue:
    page = _read(reference)
    if is_over(page.may_bring):
        return too_late(page.home, _CLOSED)
    form = evidence_form(page.lines, current_app.config["AMONT"].max_upload_bytes)()
    if not form.validate_on_submit():
        return _asked(page, form)
    try:
        return _keep(page, form)
    except RuleViolation as problem:
        form.add_problem(problem)
        return _asked(page, form)


def _keep(page: EvidencePage, form: EvidenceForm) -> ResponseReturnValue:
    """The file is whole on the disk before the database hears of it."""
    facts = NewEvidence(kind=form.kind.data, line_id=form.whose.data, media_type=form.media_type)
    with files.staged(form.content) as staged, once(form) as act:
        declaration = month_with_evidence(act.session, current_actor(), page.declaration.reference)
        services.add(act.session, declaration, facts, staged, actor=current_actor(), now=clock.utc_now())
        another = request.form.get("then") == _ANOTHER
        leads_to = address_of(declaration, "add_evidence") if another else f"{page.home}#pieces"
        act.leads_to(leads_to, "La pièce est jointe.")
    return act.response


@pages.post("/declarations/<reference>/pieces/<public_id>/ouvrir")
@requires(Permission.DECLARATION_FILE, Permission.DECLARATION_CHECK)
def open_evidence(reference: str, public_id: str) -> ResponseReturnValue:
    """Each opening is journaled, then the file is handed over to be saved, never shown by the portal."""
    with unit_of_work() as session:
        declaration = month_with_evidence(session, current_actor(), reference)
        piece = piece_of(session, current_actor(), declaration, public_id)
        content = content_of(_file(piece))
        services.note_opening(session, declaration, piece, actor=current_actor(), now=clock.utc_now())
    return handed_over(_file(piece), content, f"piece-{declaration.month}-{piece.number}")


@pages.route("/declarations/<reference>/pieces/<public_id>/retirer", methods=["GET", "POST"])
@requires(Permission.DECLARATION_FILE)
def remove_evidence(reference: str, public_id: str) -> ResponseReturnValue:
    page = _read(reference)
    piece = _listed(page, public_id)
    if not page.brought(piece):
        raise Refused(services.NOT_YOURS)
    if is_over(page.may_remove(piece)):
        return too_late(page.home, _CLOSED)
    form = PieceForm()
    if not form.validate_on_submit():
        return _removal_asked(page, piece, form)
    try:
        with once(form) as act:
            declaration = month_with_evidence(act.session, current_actor(), reference)
            leaving = piece_of(act.session, current_actor(), declaration, public_id)
            services.remove(act.session, declaration, leaving, actor=current_actor(), now=clock.utc_now())
            act.leads_to(f"{page.home}#pieces", f"La pièce {leaving.number} est retirée.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return _removal_asked(page, piece, form)
    return act.response


def _read(reference: str) -> EvidencePage:
    """Raises NotFound, or Refused to who only reads the files."""
    with reading() as session:
        page = EvidencePage.read(session, current_actor(), reference)
    if page.checks:
        raise Refused("Les pièces d’un mois sont jointes par ceux qui le remplissent.")
    return page


def _listed(page: EvidencePage, public_id: str) -> Piece:
    for piece in page.pieces:
        if piece.evidence.public_id == public_id:
            return piece
    raise NotFound


def _asked(page: EvidencePage, form: EvidenceForm) -> ResponseReturnValue:
    return answered(form, "declarations/add_evidence.html", page=page)


def _removal_asked(page: EvidencePage, piece: Piece, form: PieceForm) -> ResponseReturnValue:
    return answered(form, "declarations/remove_evidence.html", page=page, piece=piece)


def _file(piece: Piece) -> StoredFile:
    assert piece.evidence.file is not None  # noqa: S101 — narrows the type: it was just read
    return piece.evidence.file
