"""What is typed when several lots of a project move together."""

from typing import Any

from flask import g
from flask_wtf.form import _Auto
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired

from portal.directory.forms import TicksField, WordsField
from portal.forecast.facts import Slip
from portal.forecast.forms import PERIOD_HINT
from portal.forecast.models import Lot, Project
from portal.vocabulary import Confidence
from portal.web import VersionedForm
from portal.web.fields import PeriodField, at_most, tell_field


class SlipForm(VersionedForm):
    """`version` is the project's: it changes with each of its lots."""

    lots = TicksField("Lots décalés", [InputRequired("Cochez au moins un lot.")])
    planned = PeriodField(
        "Quand pensez-vous maintenant lancer la consultation ?",
        [InputRequired("Indiquez la nouvelle date.")],
        description=PERIOD_HINT,
    )
    confidence = tell_field("Cette date est…", Confidence, [InputRequired("Dites à quel point la date est sûre.")])
    reason = WordsField("Pourquoi ?", [at_most(500)])

    def __init__(self, formdata: Any = _Auto, obj: Project | None = None, **kwargs: Any) -> None:
        super().__init__(formdata, **(_as_it_stands(obj) if obj else {}), **kwargs)
        self.lots.choices = (
            [SelectChoice(str(lot.number), _words(lot)) for lot in obj.lots] if obj else g.posted_form.lots.choices
        )

    @property
    def slip(self) -> Slip:
        return Slip(frozenset(int(number) for number in self.lots.data or ()), self.planned.data, self.confidence.data)


def _as_it_stands(project: Project) -> dict[str, Any]:
    first = project.lots[0]
    return {
        "version": project.version,
        "lots": [str(lot.number) for lot in project.lots],
        "planned": first.planned,
        "confidence": first.confidence,
    }


def _words(lot: Lot) -> str:
    title = f"Lot {lot.number}, {lot.title}" if lot.title else "Tout le projet"
    return f"{title} (prévu\u202f: {lot.planned.label})"
