"""What people type about documents: shape and syntax only."""

from collections.abc import Iterable
from typing import Any

from wtforms import SelectField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired

from portal.directory.forms import LineField
from portal.groupements.documents.services import Asked
from portal.groupements.models import Member
from portal.pieces.forms import FileForm, file_field
from portal.vocabulary import DocumentKind
from portal.web import SafeForm
from portal.web.fields import DayField, at_most, pick_field


class AskForm(SafeForm):
    """One more document, of one member or of all."""

    kind = pick_field("Quelle pièce ?", DocumentKind, [DataRequired("Choisissez une pièce.")], blank="Choisissez…")
    label = LineField(
        "Son nom, pour une autre pièce", [at_most(200)], description="« Habilitation électrique des encadrants »."
    )
    member = SelectField("De qui ?", validate_choice=True)

    def __init__(self, *args: Any, members: Iterable[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = list(members)
        named = [SelectChoice(each.public_id, each.organisation.shown_name) for each in self.members]
        self.member.choices = [SelectChoice("", "De tous les membres"), *named]

    @property
    def asked(self) -> Asked:
        chosen = {self.member.data} if self.member.data else {each.public_id for each in self.members}
        return Asked(kind=self.kind.data, label=self.label.data or None, members=chosen)


class BringForm(FileForm):
    """A file, and until when it is worth something."""

    expires_on = DayField("Valable jusqu’au", description="Le dernier jour où elle vaut. Rien si elle n’expire pas.")


def bring_form(most_bytes: int) -> type[BringForm]:
    return type("SizedBringForm", (BringForm,), {"most_bytes": most_bytes, "file": file_field(most_bytes)})
