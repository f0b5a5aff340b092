"""What people type about a support action: shape and syntax only."""

from datetime import date
from typing import Any

from flask_wtf.form import _Auto
from wtforms.validators import DataRequired, InputRequired

from portal.directory.forms import LineField, WordsField
from portal.sourcing.models import SupportAction
from portal.sourcing.support.facts import SupportFacts
from portal.vocabulary import SupportKind
from portal.web import SafeForm, VersionedForm
from portal.web.fields import DayField, at_most, tell_field


class _ActionFields(SafeForm):
    kind = tell_field("Ce que cela apporte", SupportKind, [InputRequired("Choisissez ce que cela apporte.")])
    helper = LineField(
        "Qui aide",
        [DataRequired("Dites qui aide la structure."), at_most(200)],
        description="Votre service, un réseau, un opérateur de prestations intellectuelles.",
    )
    reason = WordsField(
        "Pourquoi",
        [DataRequired("Dites pourquoi, en une phrase\u202f: la structure le lira."), at_most(1000)],
        description="Ce qui manque à la structure pour répondre. Elle le lira.",
        render_kw={"rows": 3},
    )
    started_on = DayField("Commencé le", [InputRequired("Dites quand l’accompagnement commence.")])
    next_on = DayField("Prochaine date", description="Une séance, un point, une remise. Vide si rien n’est fixé.")
    project = LineField(
        "Achat préparé",
        [at_most(300)],
        description="L’adresse de la page publique du projet, si l’accompagnement en prépare un.",
    )

    @property
    def facts(self) -> SupportFacts:
        return SupportFacts(
            kind=self.kind.data,
            helper=self.helper.data or "",
            reason=self.reason.data or "",
            started_on=self.started_on.data or date.min,
            next_on=self.next_on.data,
            project=self.project.data or None,
        )


class NewForm(_ActionFields):
    structure = LineField(
        "Structure aidée",
        [DataRequired("Donnez le nom ou le SIRET de la structure."), at_most(250)],
        description="Son nom, ou son SIRET tel que l’annuaire l’écrit.",
    )


class EditForm(_ActionFields, VersionedForm):
    def __init__(self, formdata: Any = _Auto, obj: SupportAction | None = None, **kwargs: Any) -> None:
        super().__init__(formdata, obj=None, **(_told_by(obj) if obj else {}), **kwargs)


class FinishForm(VersionedForm):
    result = WordsField(
        "Ce que cela a donné",
        [DataRequired("Dites en une phrase ce que cela a donné\u202f: la structure le lira."), at_most(1000)],
        description="La structure le lira.",
        render_kw={"rows": 3},
    )
    done_on = DayField("Terminé le", [InputRequired("Dites quand c’était terminé.")])


def _told_by(action: SupportAction) -> dict[str, Any]:
    told = {name: getattr(action, name) for name in ("version", "kind", "helper", "reason", "started_on", "next_on")}
    return told | {"project": action.project.reference if action.project else None}
