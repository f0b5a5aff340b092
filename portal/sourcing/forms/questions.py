"""Questions, answers, and what was told to one supplier."""

from collections.abc import Iterable
from typing import Any

from flask_wtf.form import _Auto
from wtforms import BooleanField, SelectField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired

from portal.directory.forms import LineField, WordsField
from portal.forecast.models import Lot, Project
from portal.sourcing.facts import Told
from portal.sourcing.models import Question
from portal.vocabulary import ExchangeKind, QuestionState
from portal.web import SafeForm, VersionedForm
from portal.web.fields import DayField, at_most, pick_field

_ABOUT_ALL = "Tout le projet"
_LONGEST_QUESTION, _LONGEST_ANSWER = 2000, 5000


class _AboutLot(SafeForm):
    lot = SelectField("De quoi s’agit-il ?", choices=[SelectChoice("", _ABOUT_ALL)])

    def offer(self, lots: Iterable[Lot]) -> None:
        """The lots to choose among, besides the whole project."""
        named = (SelectChoice(str(lot.number), lot.shown_name) for lot in lots if not lot.is_whole)
        self.lot.choices = [SelectChoice("", _ABOUT_ALL), *named]

    def lot_of(self, project: Project) -> Lot | None:
        return project.lot_numbered(int(self.lot.data)) if self.lot.data else None


class QuestionForm(_AboutLot):
    text = WordsField(
        "Votre question",
        [DataRequired("Écrivez votre question."), at_most(_LONGEST_QUESTION)],
        description="N’écrivez ni votre nom, ni vos coordonnées : l’acheteur ne sait pas qui demande.",
        render_kw={"rows": 6},
    )
    as_it_is = BooleanField("L’envoyer telle quelle : j’accepte que l’acheteur y lise qui nous sommes")


class AnswerForm(VersionedForm):
    public_text = WordsField(
        "La question, telle que tous la liront",
        [DataRequired("Écrivez la question que tous liront."), at_most(_LONGEST_QUESTION)],
        description="Retirez ce qui dirait qui la pose : un lieu, un marché tenu, une tournure.",
        render_kw={"rows": 5},
    )
    answer = WordsField(
        "Votre réponse à tous",
        [DataRequired("Écrivez votre réponse."), at_most(_LONGEST_ANSWER)],
        render_kw={"rows": 8},
    )
    is_checked = BooleanField("J’ai relu : rien n’y dit qui a posé la question")

    def __init__(self, formdata: Any = _Auto, obj: Question | None = None, **kwargs: Any) -> None:
        held = {} if obj is None else {"version": obj.version, "public_text": obj.public_text or obj.text}
        self.became = _became(obj) if formdata is None else None
        super().__init__(formdata, obj=None, **held, answer=obj.answer if obj else None, **kwargs)

    def described(self) -> list[tuple[str, str]]:
        return [("Ce que devient la question", self.became or "répondue à tous"), *self.written]

    @property
    def written(self) -> list[tuple[str, str]]:
        return _texts(self)


class SetAsideForm(VersionedForm):
    reason = WordsField(
        "Pourquoi l’écarter ?",
        [DataRequired("Dites pourquoi : qui l’a posée lira cette raison."), at_most(1000)],
        description="Lu par qui l’a posée, par nul autre fournisseur.",
        render_kw={"rows": 4},
    )

    def __init__(self, formdata: Any = _Auto, obj: Question | None = None, **kwargs: Any) -> None:
        held = {} if obj is None else {"version": obj.version, "reason": obj.answer}
        self.became = _became(obj) if formdata is None else None
        super().__init__(formdata, obj=None, **held, **kwargs)

    def described(self) -> list[tuple[str, str]]:
        return [("Ce que devient la question", self.became or "écartée"), *self.written]

    @property
    def written(self) -> list[tuple[str, str]]:
        return _texts(self)


def _became(question: Question | None) -> str | None:
    """What a colleague made of it meanwhile."""
    if question is None or question.state is QuestionState.WAITING:
        return None
    return "répondue à tous" if question.state is QuestionState.ANSWERED else "écartée"


def _texts(form: VersionedForm) -> list[tuple[str, str]]:
    return [(field.label.text, field.data or "—") for field in form if isinstance(field, WordsField)]


class InformForm(_AboutLot):
    public_text = WordsField(
        "En une phrase, de quoi s’agit-il ?",
        [DataRequired("Écrivez de quoi il s’agit."), at_most(_LONGEST_QUESTION)],
        description="Une question que d’autres se posent : « Le local de stockage est-il fourni ? ».",
        render_kw={"rows": 3},
    )
    answer = WordsField(
        "Ce que tous doivent savoir",
        [DataRequired("Écrivez l’information."), at_most(_LONGEST_ANSWER)],
        render_kw={"rows": 8},
    )


class DateForm(VersionedForm):
    questions_until = DayField(
        "Dernier jour des questions",
        description="« 31/01/2027 », jour compris. Vide : jusqu’à l’ouverture de la consultation.",
    )
    reason = WordsField(
        "Pourquoi ce changement ?",
        [at_most(500)],
        description="Paraît dans l’historique public, avec l’avant et l’après.",
        render_kw={"rows": 3},
    )


class ExchangeForm(SafeForm):
    kind = pick_field(
        "Comment", ExchangeKind, [InputRequired("Choisissez comment l’échange a eu lieu.")], blank="Choisir"
    )
    told_on = DayField("Quand", [InputRequired("Indiquez le jour de l’échange.")], description="« 02/12/2026 ».")
    told_to = LineField(
        "À qui",
        [DataRequired("Dites à qui : une structure, un réseau, les présents d’une réunion."), at_most(300)],
    )
    text = WordsField(
        "Ce qui a été dit",
        [DataRequired("Écrivez ce qui a été dit."), at_most(_LONGEST_ANSWER)],
        description="Assez pour que tous puissent en savoir autant.",
        render_kw={"rows": 6},
    )

    @property
    def told(self) -> Told:
        return Told(
            kind=self.kind.data,
            told_on=self.told_on.data,
            told_to=self.told_to.data or "",
            text=self.text.data or "",
        )
