"""What is typed about the size of a lot: shape and syntax only."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_wtf.form import _Auto
from wtforms import BooleanField, RadioField, SelectField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired

from portal.calibration.facts import Place
from portal.calibration.models import Choice, Opinion, Variant
from portal.calibration.rules import LONGEST_MONTHS, MOST_COMMUNES, MOST_SECTORS
from portal.calibration.sectors import name_of
from portal.calibration.services import Word, terms_of
from portal.calibration.split import SectorTerms, VariantTerms
from portal.calibration.wording import AS_IT_IS
from portal.directory.forms import LineField, TicksField, WordsField
from portal.kernel.errors import RuleViolation
from portal.kernel.french import format_number, typo
from portal.vocabulary import OpinionVerdict
from portal.web import SafeForm, VersionedForm
from portal.web.fields import DayField, HoursField, WholeField, at_most, tell_field

_NUMBERS = range(1, MOST_SECTORS + 1)
_LONGEST_NAME = 120


class VariantForm(VersionedForm):
    """One way to size a lot; `variant_form` adds its sectors, and where each commune stands."""

    places: Sequence[Place] = ()

    name = LineField(
        "Nom de la variante",
        [DataRequired("Donnez-lui un nom : ceux dont vous demandez l’avis la reconnaîtront."), at_most(_LONGEST_NAME)],
        description="« Rive droite et rive gauche ».",
    )
    hours = HoursField(
        "Heures par an, en tout",
        description="Vide : celles du lot, ou la somme de celles des secteurs.",
    )
    starts_on = DayField("Début", description="« 01/09/2027 ». Vide : celui du lot.")
    duration_months = WholeField("Durée", least=1, most=LONGEST_MONTHS, description="Vide : celle du lot.")
    note = WordsField("Ce que vous en dites à ceux dont vous demandez l’avis", [at_most(2000)], render_kw={"rows": 3})

    def __init__(self, formdata: Any = _Auto, obj: Variant | None = None, **kwargs: Any) -> None:
        version = {"version": obj.version} if obj else {}
        told = self._held(terms_of(obj)) if obj else {}
        super().__init__(formdata, **{"version": 0, **kwargs, **told, **version})

    @classmethod
    def starting_from(cls, terms: VariantTerms) -> "VariantForm":
        """A new one that begins as another is cut, under a name of its own to give."""
        return cls(**{**cls._held(terms), "name": None})

    @classmethod
    def _held(cls, terms: VariantTerms) -> dict[str, Any]:
        plain = ("name", "hours", "starts_on", "duration_months", "note")
        held: dict[str, Any] = {name: getattr(terms, name) for name in plain}
        if any(sector.hours for sector in terms.sectors):
            held["hours"] = None
        for number, sector in enumerate(terms.sectors, start=1):
            held |= {f"name_{number}": sector.name, f"hours_{number}": sector.hours}
            held |= {_of_place(code): str(number) for code in sector.codes}
        return held

    @property
    def can_place(self) -> bool:
        return 1 < len(self.places) <= MOST_COMMUNES

    @property
    def sector_fields(self) -> list[tuple[int, Any, Any]]:
        return [(number, self[f"name_{number}"], self[f"hours_{number}"]) for number in _NUMBERS]

    @property
    def place_fields(self) -> list[tuple[Place, Any]]:
        return [(place, self[_of_place(place.code)]) for place in self.places]

    def terms(self, cut: Sequence[SectorTerms]) -> VariantTerms:
        """What is typed; `cut`: the sectors of a lot whose communes are too many to be placed one by one.

        Raises RuleViolation on the sector that says something and holds no commune.
        """
        return VariantTerms(
            name=self.name.data or "",
            sectors=self._sectors() if self.can_place else tuple(cut),
            hours=self.hours.data,
            starts_on=self.starts_on.data,
            duration_months=self.duration_months.data,
            note=self.note.data or None,
        )

    def _sectors(self) -> tuple[SectorTerms, ...]:
        return tuple(sector for number in _NUMBERS if (sector := self._sector(number)) is not None)

    def _sector(self, number: int) -> SectorTerms | None:
        held = [place for place, field in self.place_fields if field.data == str(number)]
        name, hours = self[f"name_{number}"].data, self[f"hours_{number}"].data
        if held:
            return SectorTerms(name or name_of(held), tuple(place.code for place in held), hours)
        if hours is not None:
            raise RuleViolation(
                "Ce secteur n’a pas de commune : placez-en une, ou videz ses heures.", f"hours_{number}"
            )
        return None


def variant_form(places: Sequence[Place]) -> type[VariantForm]:
    """The form for these communes."""
    fields: dict[str, Any] = {"places": tuple(places)}
    if 1 < len(places) <= MOST_COMMUNES:
        for number in _NUMBERS:
            fields[f"name_{number}"] = LineField(f"Nom du secteur {number}", [at_most(_LONGEST_NAME)])
            fields[f"hours_{number}"] = HoursField(f"Heures par an du secteur {number}")
        fields |= {_of_place(place.code): _place_field(place) for place in places}
    return type("LotVariantForm", (VariantForm,), fields)


def _place_field(place: Place) -> SelectField:
    choices = [SelectChoice(str(number), f"Secteur {number}") for number in _NUMBERS]
    return SelectField(place.name, choices=choices, default="1", description=_people(place))


def _people(place: Place) -> str:
    return f"{format_number(place.population)} habitants" if place.population else "population inconnue"


def _of_place(code: str) -> str:
    return f"commune_{code}"


class ShareForm(SafeForm):
    """Which variants all may read, and a word for those whose opinion is asked."""

    variants = TicksField("Variantes à partager")
    note = WordsField(
        "Un mot pour ceux dont vous demandez l’avis",
        [at_most(2000)],
        description="Public, avec les variantes : ce que vous cherchez, jusqu’à quand vous lisez les avis.",
        render_kw={"rows": 4},
    )

    def offer(self, variants: Iterable[Variant]) -> None:
        named = {each.public_id: typo(each.name) for each in variants}
        self.variants.choices = [SelectChoice(public_id, name) for public_id, name in named.items()]
        if not self.is_submitted():
            self.variants.data = list(named)


class WithdrawForm(VersionedForm):
    """A confirmation page: nothing but its button."""


class KeepForm(VersionedForm):
    """What is kept, and why. `version` is the number of the last choice read: 0 for none."""

    variant = RadioField("Ce que vous retenez", [InputRequired("Choisissez ce que vous retenez.")])
    reason = WordsField(
        "Pourquoi",
        [DataRequired("Dites pourquoi : ce motif paraît avec le projet, à côté du découpage retenu."), at_most(2000)],
        description="Public : ce que les avis et la couverture vous ont appris.",
        render_kw={"rows": 4},
    )

    AS_IT_IS = "tel-quel"

    def __init__(self, before: Choice | None = None, formdata: Any = _Auto, **kwargs: Any) -> None:
        super().__init__(formdata, version=before.id if before else 0, **kwargs)

    def offer(self, variants: Iterable[Variant]) -> None:
        named = [SelectChoice(each.public_id, typo(each.name)) for each in variants]
        self.variant.choices = [SelectChoice(self.AS_IT_IS, AS_IT_IS), *named]

    def chosen(self, variants: Iterable[Variant]) -> Variant | None:
        return next((each for each in variants if each.public_id == self.variant.data), None)


class PrepareForm(VersionedForm):
    """A confirmation page; `version` is that of the lot."""


class OpinionForm(VersionedForm):
    """What one's organisation says of a variant; `version` 0: nothing said yet."""

    verdict = tell_field(
        "Pour vous, ce découpage est…",
        OpinionVerdict,
        [InputRequired("Choisissez ce que vous en dites.")],
        validate_choice=False,
    )
    text = WordsField(
        "En quelques mots",
        [at_most(2000)],
        description="Quelles communes ensemble, combien d’heures vous tiendriez, ce qui vous manque.",
        render_kw={"rows": 4},
    )
    is_named = BooleanField("L’acheteur lit notre nom à côté de cet avis")

    def __init__(self, formdata: Any = _Auto, obj: Opinion | None = None, **kwargs: Any) -> None:
        super().__init__(formdata, obj=None, **{**_said_by(obj), **kwargs})

    @property
    def word(self) -> Word:
        return Word(self.verdict.data, self.text.data or None, bool(self.is_named.data))


def _said_by(opinion: Opinion | None) -> Mapping[str, Any]:
    if opinion is None:
        return {"version": 0}
    return {name: getattr(opinion, name) for name in ("version", "verdict", "text", "is_named")}
