"""Adding a person to the month: a matricule; and, once only, what makes fingerprints."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from wtforms import BooleanField, Field, HiddenField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from portal.declarations import fingerprints, rules
from portal.declarations.facts import NewPerson
from portal.declarations.forms.fields import UnkeptDayField, UnkeptNameField, refuse
from portal.declarations.forms.waiting import Received, seal, unseal
from portal.declarations.models import Declaration
from portal.directory.forms import LineField
from portal.kernel.errors import RuleViolation
from portal.vocabulary import ContractType, EducationLevel, HiringMode, Sex
from portal.web import VersionedForm
from portal.web.fields import DayField, HoursField, pick_field, tell_field

_LONGEST_NAME = 100


class PersonForm(VersionedForm):
    """Name, first name and birth date are read once; what waits until the rest is right is their fingerprints."""

    matricule = LineField(
        "Matricule",
        [InputRequired("Indiquez le matricule de la personne.")],
        description="Le numéro que vous lui donnez chez vous : « P-0112 ».",
    )
    hours = HoursField(
        "Heures du mois",
        [InputRequired("Indiquez ses heures du mois, formation comprise.")],
        description="Formation comprise : « 130 » ou « 112,50 ».",
    )
    training_hours = HoursField("Dont formation")
    last_name = UnkeptNameField("Nom de naissance", [Length(max=_LONGEST_NAME, message="Écrivez un nom plus court.")])
    first_name = UnkeptNameField("Prénom", [Length(max=_LONGEST_NAME, message="Écrivez un prénom plus court.")])
    born_on = UnkeptDayField("Date de naissance", description="« 31/08/1990 ».")
    received = HiddenField("")
    sex = tell_field("Sexe", Sex, [Optional()])
    entered_on = DayField("Entrée", description="Le premier jour de travail sur ce marché : « 02/11/2026 ».")
    hiring_mode = pick_field("Comment travaille-t-elle sur ce marché ?", HiringMode, blank="Choisissez…")
    contract_type = pick_field("Son contrat de travail", ContractType, blank="Choisissez…")
    has_tutor = BooleanField("Quelqu’un de l’entreprise est son tuteur")
    education = pick_field("Niveau d’études", EducationLevel, blank="Non précisé")

    found: Received | None = None
    """What is left of the name and the birth date: typed now, or received with an earlier posting."""

    def receive(self, whose: str, declaration: Declaration, is_known: Callable[[str], bool]) -> bool:
        """Read what was posted; whether it is all right. What names the person becomes fingerprints at once.

        Every field is looked at, whatever the others hold. `is_known`: whether a matricule is, in which case nothing
        else is asked.
        """
        self.found = unseal(self.received.data or "", whose)
        self.validate_on_submit()
        if self.is_submitted():
            self._read_posted(declaration, is_known)
        self._leave_waiting(whose)
        return self.is_submitted() and not self.errors

    @property
    def facts(self) -> NewPerson:
        return NewPerson(
            matricule=self.matricule.data or "",
            fingerprints=self.found.fingerprints if self.found else None,
            age_band=self.found.age_band if self.found else None,
            sex=self.sex.data,
            education=self.education.data,
            entered_on=self.entered_on.data,
            hiring_mode=self.hiring_mode.data,
            contract_type=self.contract_type.data,
            has_tutor=bool(self.has_tutor.data),
            hours=self.hours.data,
            training_hours=self.training_hours.data or Decimal(0),
        )

    def validate_matricule(self, field: LineField) -> None:
        """Neither a name nor a social security number is one."""
        try:
            rules.matricule_of(field.data or "")
        except RuleViolation as problem:
            self._empty_matricule()
            raise ValidationError(problem.sentence) from None

    def validate_training_hours(self, field: HoursField) -> None:
        if field.data is not None and self.hours.data is not None and field.data > self.hours.data:
            raise ValidationError("La formation fait partie des heures : elle ne peut pas les dépasser.")

    def _read_posted(self, declaration: Declaration, is_known: Callable[[str], bool]) -> None:
        month_start = declaration.month.first_day
        if self._names_somebody():
            self._read_identity(month_start)
        if self.entered_on.data is not None:
            start = declaration.contract.notified_on
            self._check(rules.ensure_entry, self.entered_on.data, declaration.month, start, None)
        if self.matricule.errors:
            is_new = self._names_somebody() or any(field.data is not None for field, _ in self._rest)
        else:
            is_new = not is_known(rules.matricule_of(self.matricule.data or ""))
        if is_new:
            self._ask_for_the_rest()

    def _check(self, rule: Callable[..., object], *said: object) -> None:
        try:
            rule(*said)
        except RuleViolation as problem:
            self.add_problem(problem)

    def _names_somebody(self) -> bool:
        return any(field.raw_data and field.raw_data[0].strip() for field in self._identity)

    @property
    def _identity(self) -> tuple[UnkeptNameField, UnkeptNameField, UnkeptDayField]:
        return self.last_name, self.first_name, self.born_on

    def _read_identity(self, month_start: date) -> None:
        """What was typed last wins over what was received; half of it is nothing."""
        self.found = None
        for field in self._identity:
            if not field.data and not field.errors:
                refuse(field, "Indiquez-le aussi : nom, prénom et date de naissance vont ensemble.")
        self._refuse_a_name_for_matricule()
        if self.born_on.data and not self.born_on.errors:
            self._check(rules.ensure_of_working_age, self.born_on.data, self.entered_on.data or month_start)
        if not any(field.errors for field in self._identity):
            self._make_fingerprints(month_start)

    def _make_fingerprints(self, month_start: date) -> None:
        born_on = self.born_on.data
        try:
            prints = fingerprints.of(self.last_name.data or "", self.first_name.data or "", born_on)
        except RuleViolation as problem:
            self.add_problem(problem)
        else:
            self.found = Received(prints, rules.age_band_on(born_on, self.entered_on.data or month_start))

    def _refuse_a_name_for_matricule(self) -> None:
        born_on = None if self.born_on.errors else self.born_on.data
        try:
            rules.ensure_nameless(self.matricule.data or "", self.last_name.data, self.first_name.data, born_on)
        except RuleViolation as problem:
            self._empty_matricule()
            refuse(self.matricule, problem.sentence)

    def _empty_matricule(self) -> None:
        """What was refused may be a name: it is not shown again."""
        self.matricule.data, self.matricule.raw_data = "", [""]

    @property
    def _rest(self) -> tuple[tuple[Field, str], ...]:
        return (
            (self.sex, "Choisissez."),
            (self.entered_on, "Indiquez le premier jour de travail sur ce marché."),
            (self.hiring_mode, "Choisissez un mode."),
            (self.contract_type, "Choisissez un contrat."),
        )

    def _ask_for_the_rest(self) -> None:
        """Somebody new comes with all that is entered once."""
        if self.found is None and not any(field.errors for field in self._identity):
            refuse(self.last_name, "Ce matricule est nouveau : indiquez une fois nom, prénom et date de naissance.")
        for field, sentence in self._rest:
            if field.data is None and not field.errors:
                refuse(field, sentence)

    def _leave_waiting(self, whose: str) -> None:
        self.received.data = seal(self.found, whose) if self.found else ""
        self.received.raw_data = [self.received.data]
