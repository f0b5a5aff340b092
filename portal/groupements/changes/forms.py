"""What is typed to ask for a change of composition, and to answer it."""

from typing import Any

from wtforms import RadioField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired

from portal.directory.forms import LineField, WordsField
from portal.groupements.changes.facts import Request
from portal.groupements.models import Groupement, Member
from portal.groupements.services import active_in_order
from portal.vocabulary import CompositionGround
from portal.web import SafeForm
from portal.web.fields import at_most

NEWCOMER = "new"


class ChangeForm(SafeForm):
    """Who leaves, why, and who carries its part on."""

    member = RadioField("Qui part ?", [InputRequired("Choisissez qui part.")])
    ground = RadioField(
        "Pourquoi ?",
        [InputRequired("Choisissez le motif : la loi n’en admet que deux.")],
        choices=[SelectChoice(each.value, each.label) for each in CompositionGround],
    )
    explanation = WordsField(
        "Expliquez à l’acheteur",
        [at_most(2000)],
        description="Ce qui arrive, depuis quand, et la pièce qui le prouve : jugement, traité de fusion.",
        render_kw={"rows": 5},
    )
    heir = RadioField("Qui reprend sa part ?", [InputRequired("Choisissez qui reprend la part.")])
    siret = LineField(
        "SIRET de la nouvelle organisation",
        [at_most(20)],
        description="Quatorze chiffres, tels que l’annuaire les donne. Seulement si personne du groupement ne reprend.",
    )

    def offer(self, groupement: Groupement, *, only_mandataire: bool) -> None:
        """Its members; a mere member may only ask that the mandataire be replaced."""
        members = active_in_order(groupement)
        self.member.choices = [_choice(each) for each in (members[:1] if only_mandataire else members)]
        newcomer = SelectChoice(NEWCOMER, "Une nouvelle organisation, avec la même part")
        self.heir.choices = [*(_choice(each) for each in members), newcomer]

    @property
    def request(self) -> Request:
        comes = self.heir.data == NEWCOMER
        return Request(
            member=self.member.data or "",
            ground=CompositionGround(self.ground.data),
            explanation=self.explanation.data or "",
            successor_siret="".join((self.siret.data or "").split()) if comes else None,
            taker=None if comes else self.heir.data,
        )


def _choice(member: Member) -> Any:
    return SelectChoice(member.public_id, member.organisation.shown_name)


class DecisionForm(SafeForm):
    """Yes or no, with words."""

    granted = RadioField(
        "Votre réponse",
        [InputRequired("Choisissez votre réponse.")],
        choices=[SelectChoice("yes", "Autoriser"), SelectChoice("no", "Refuser")],
    )
    answer = WordsField(
        "Pourquoi ?",
        [at_most(2000)],
        description="Les membres du groupement le liront ; ces mots restent avec la candidature.",
        render_kw={"rows": 4},
    )

    @property
    def is_granted(self) -> bool:
        return bool(self.granted.data == "yes")
