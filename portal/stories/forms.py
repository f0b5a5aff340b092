"""Writing a story, agreeing to it, noting an agreement, withdrawing."""

from typing import Any

from wtforms import HiddenField
from wtforms.validators import DataRequired, InputRequired

from portal.directory.forms import LineField, WordsField
from portal.stories.rules import Texts
from portal.vocabulary import Trade
from portal.web import SafeForm, VersionedForm
from portal.web.fields import DayField, at_most, pick_field

_LONGEST = 2_000


class _StoryFields:
    title = LineField(
        "Titre",
        [DataRequired("Donnez un titre : ce qui a réussi, en une ligne."), at_most(200)],
        description="« 18 personnes en parcours pour l’entretien des squares ».",
    )
    trade = pick_field("Métier", Trade, [InputRequired("Choisissez un métier.")])
    context = WordsField(
        "Le besoin", [at_most(_LONGEST)], description="Ce qu’il fallait acheter, et ce que vous craigniez."
    )
    practice = WordsField(
        "Ce que vous avez fait", [at_most(_LONGEST)], description="Allotissement, échanges, accompagnement, suivi."
    )
    result = WordsField(
        "Ce qui en est venu",
        [at_most(_LONGEST)],
        description="Qualité, délais, personnes. Les chiffres s’ajoutent d’eux-mêmes ; ne nommez personne.",
    )

    @property
    def texts(self) -> Texts:
        told: Any = self
        return Texts(
            trade=told.trade.data,
            title=told.title.data or "",
            **{name: getattr(told, name).data or None for name in ("context", "practice", "result")},
        )


class WriteForm(_StoryFields, SafeForm):
    """Beginning a story."""


class ReviseForm(_StoryFields, VersionedForm):
    """Changing its text."""


class StepForm(VersionedForm):
    """A button: ask, publish."""


class WithdrawForm(VersionedForm):
    reason = LineField("Pourquoi ?", [at_most(300)])


class NoteForm(VersionedForm):
    told_on = DayField("Le jour de l’accord", [InputRequired("Indiquez le jour.")], description="« 03/12/2026 ».")
    told_by = LineField(
        "Qui l’a donné, et comment",
        [DataRequired("Dites qui a donné l’accord, et comment."), at_most(300)],
        description="« la direction, par courriel ». La fonction suffit, sans nom de personne.",
    )


class AnswerForm(SafeForm):
    """`seen` tells which text, and which answer of one's organisation, the page showed."""

    seen = HiddenField()
    reason = LineField("Un mot à l’acheteur", [at_most(300)], description="Nécessaire pour refuser.")
