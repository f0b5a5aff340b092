"""What is said of one person: whether their hours count, who they may be too, what marks their path."""

from wtforms import HiddenField, RadioField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length

from portal.declarations.facts import Decision, StepFacts
from portal.declarations.forms.month import NO_NAME
from portal.declarations.rules import Pair
from portal.directory.forms import TicksField, WordsField, choices_of
from portal.kernel.errors import NotFound
from portal.vocabulary import EligibilityState, ExitKind, LikenessAnswer, PathPrescripteur, Public, StepKind
from portal.web import SafeForm, VersionedForm
from portal.web.fields import DayField, pick_field

_DECISIONS = [
    SelectChoice(EligibilityState.CONFIRMED.value, "Confirmée\u202f: ses heures comptent"),
    SelectChoice(EligibilityState.REFUSED.value, "Non retenue\u202f: ses heures ne comptent pas"),
]


class EligibilityForm(VersionedForm):
    """Fields are called as what `Eligibility` holds, so that two versions compare."""

    state = RadioField(
        "Son éligibilité",
        [InputRequired("Dites si vous confirmez son éligibilité, ou ne la retenez pas.")],
        choices=_DECISIONS,
        coerce=lambda value: EligibilityState(value) if value else None,
        validate_choice=False,
    )
    criterion = pick_field("Critère principal", Public, blank="Aucun\u202f: sur la parole d’un prescripteur")
    proof_seen_on = DayField("Justificatif vu le", description="Le jour où vous l’avez eu sous les yeux.")
    further_codes = TicksField("Autres critères constatés", choices=choices_of(Public.choices()))
    prescripteur = pick_field("Prescripteur du parcours", PathPrescripteur, blank="Aucun")
    attested_on = DayField("Son attestation est du", description="Demandé avec un prescripteur.")

    @property
    def decision(self) -> Decision:
        return Decision(
            eligibility=self.state.data,
            criterion=self.criterion.data,
            further=frozenset(Public(code) for code in self.further_codes.data or ()),
            prescripteur=self.prescripteur.data,
            attested_on=self.attested_on.data,
            proof_seen_on=self.proof_seen_on.data,
        )


class LikenessForm(SafeForm):
    """One of the buttons of one pair: « 3:17:42:same » says the buyer, both persons and the answer that was shown."""

    pair = HiddenField("")
    answer = HiddenField("")

    @property
    def asked(self) -> tuple[int, Pair, LikenessAnswer | None]:
        """Raises NotFound for what no page ever offered."""
        try:
            buyer_id, low, high, seen = (self.pair.data or "").split(":")
            return int(buyer_id), (int(low), int(high)), LikenessAnswer(seen) if seen else None
        except ValueError:
            raise NotFound from None

    @property
    def said(self) -> LikenessAnswer | None:
        try:
            return LikenessAnswer(self.answer.data or "")
        except ValueError:
            return None


class StepForm(SafeForm):
    kind = pick_field("Ce qui s’est passé", StepKind, [InputRequired("Choisissez.")], blank="Choisissez…")
    day = DayField("Le", [InputRequired("Indiquez le jour\u202f: «\u202f12/11/2026\u202f».")])
    situation = pick_field(
        "Sa situation, six mois après la sortie",
        ExitKind,
        blank="Ne concerne pas cette étape",
        description="Seulement pour une étape «\u202fSituation six mois après la sortie\u202f».",
    )
    words = WordsField(
        "Un mot",
        [Length(max=500, message="Restez en dessous de 500 caractères.")],
        description=NO_NAME,
    )

    @property
    def facts(self) -> StepFacts:
        return StepFacts(
            kind=self.kind.data, day=self.day.data, words=self.words.data or None, situation=self.situation.data
        )
