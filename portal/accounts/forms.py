"""What people type about accounts and teams: shape and syntax only."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from wtforms import (
    DateField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Length, Optional, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from portal.accounts import rules
from portal.accounts.models import Membership
from portal.directory import forms as directory
from portal.kernel.errors import Unreadable
from portal.vocabulary import Role
from portal.web import SafeForm, VersionedForm

_MEANING = {
    Role.STRUCTURE: "suit la programmation et répond pour la structure",
    Role.NETWORK: "accompagne les structures du réseau",
    Role.TITULAIRE: "remplit les déclarations des marchés obtenus",
    Role.PURCHASING: "rédige et publie la programmation",
    Role.LEGAL: "vérifie les leviers, article par article",
    Role.PRESCRIPTEUR: "exprime les besoins de son service",
    Role.FACILITATEUR: "accompagne les structures et vérifie les déclarations",
    Role.DIRECTION: "suit les objectifs et les résultats",
    Role.MANAGER: "invite, change les rôles, modifie la fiche",
}


def described(roles: Iterable[Role]) -> list[SelectChoice]:
    """Roles as choices, each with what it lets one do, in the order of the list."""
    wanted = set(roles)
    return [
        SelectChoice(role.value, f"{role.label} : {_MEANING[role]}")
        for role in Role
        if role in wanted & _MEANING.keys()
    ]


class LineField(directory.LineField):
    """A required one is always there once the form is valid."""

    data: str


class SecretField(PasswordField):
    data: str


class WordsField(directory.WordsField):
    data: str


class DayField(DateField):
    data: date


class EmailAddressField(LineField):
    """An address; its data is the folded one."""

    def pre_validate(self, form: object) -> None:
        if not self.data:
            return
        try:
            self.data = rules.parse_email(self.data)
        except Unreadable as error:
            raise StopValidation(error.sentence) from None


class RolesField(SelectMultipleField):
    """Roles to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: str = "Rôles", **kwargs: Any) -> None:
        super().__init__(label, coerce=Role, **kwargs)

    @property
    def chosen(self) -> frozenset[Role]:
        return frozenset(self.data or [])


def _required(sentence: str) -> DataRequired:
    return DataRequired(sentence)


def _email() -> EmailAddressField:
    said = _required("Indiquez votre adresse électronique.")
    return EmailAddressField("Adresse électronique", [said], render_kw={"autocomplete": "email", "type": "email"})


def _new_password(label: str = "Mot de passe") -> SecretField:
    return SecretField(label, [_required("Choisissez un mot de passe.")], render_kw={"autocomplete": "new-password"})


def _current_password(label: str = "Mot de passe actuel") -> SecretField:
    return SecretField(
        label,
        [_required("Indiquez votre mot de passe."), Length(max=rules.LONGEST_PASSWORD, message="C’est trop long.")],
        render_kw={"autocomplete": "current-password"},
    )


def _plain_name(_: object, field: LineField) -> None:
    if not rules.is_plain_name(field.data):
        raise StopValidation("Écrivez un nom, sans adresse de site ni caractère invisible.")


def _display_name() -> LineField:
    return LineField(
        "Prénom et nom",
        [
            _required("Indiquez votre prénom et votre nom."),
            Length(max=120, message="Restez sous 120 caractères."),
            _plain_name,
        ],
        render_kw={"autocomplete": "name"},
    )


def _text(label: str, *, required: str | None = None, rows: int = 4) -> WordsField:
    first = _required(required) if required else Optional()
    too_long = Length(max=2000, message="Restez sous 2 000 caractères.")
    return WordsField(label, [first, too_long], render_kw={"rows": rows})


class ButtonForm(SafeForm):
    """A button and nothing to type."""


class SignInForm(SafeForm):
    email = EmailAddressField(
        "Adresse électronique",
        [_required("Indiquez votre adresse électronique.")],
        render_kw={"autocomplete": "username", "type": "email"},
    )
    password = _current_password("Mot de passe")


class CodeForm(SafeForm):
    code = LineField(
        "Code",
        [_required("Tapez le code affiché par votre téléphone."), Length(max=30, message="Ce code est trop long.")],
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false"},
    )


class SiretForm(SafeForm):
    """Read from the address: it only looks an organisation up."""

    class Meta:
        csrf = False

    siret = StringField("SIRET de votre organisation", render_kw={"inputmode": "numeric", "autocomplete": "off"})


class SignUpForm(SafeForm):
    """The view removes what the organisation's situation does not ask."""

    display_name = _display_name()
    email = _email()
    organisation_name = LineField(
        "Nom de l’organisation",
        [
            _required("Indiquez le nom de votre organisation."),
            Length(max=250, message="Restez sous 250 caractères."),
            _plain_name,
        ],
        render_kw={"autocomplete": "organization"},
    )
    roles = RolesField("Rôles demandés", validators=[_required("Choisissez au moins un rôle.")])
    why = _text(
        "Qui êtes-vous dans cette organisation ?",
        required="Dites qui vous êtes dans cette organisation.",
    )


class OrganisationForm(SafeForm):
    organisation_name = LineField(
        "Nom de l’organisation",
        [
            _required("Indiquez le nom de l’organisation."),
            Length(max=250, message="Restez sous 250 caractères."),
            _plain_name,
        ],
        render_kw={"autocomplete": "organization"},
    )


class ForgottenForm(SafeForm):
    email = _email()


class NewPasswordForm(SafeForm):
    password = _new_password()


class ChangePasswordForm(SafeForm):
    current_password = _current_password()
    password = _new_password("Nouveau mot de passe")


class ProofForm(CodeForm):
    """Both factors, asked of whoever changes the second one."""

    current_password = _current_password()


class ProfileForm(VersionedForm):
    display_name = _display_name()


class ActForForm(SafeForm):
    organisation = RadioField("Organisation", coerce=int)


class InviteForm(SafeForm):
    email = EmailAddressField(
        "Adresse électronique de votre collègue",
        [_required("Indiquez l’adresse de votre collègue.")],
        render_kw={"autocomplete": "off", "type": "email"},
    )
    roles = RolesField(validators=[_required("Choisissez au moins un rôle.")])


class InvitationForm(SafeForm):
    """Asked of a guest who has no account yet."""

    display_name = _display_name()
    password = _new_password()


class MemberForm(SafeForm):
    """`before` is what the person held when the page was shown."""

    roles = RolesField(validators=[_required("Choisissez au moins un rôle, ou retirez l’accès de cette personne.")])
    before = HiddenField()

    @property
    def expected(self) -> frozenset[Role]:
        return frozenset(Role(code) for code in (self.before.data or "").split() if code in set(Role))


class EndForm(SafeForm):
    last_day = DayField("Dernier jour", [_required("Indiquez le dernier jour, par exemple 31/12/2026.")])
    successor = SelectField("Qui gérera les accès ensuite ?", coerce=str)

    def offer(self, members: Sequence[Membership], *, leaving: int) -> None:
        """Let another member be named, if whoever leaves is alone to manage; else do not ask."""
        others = [each for each in members if each.account_id != leaving]
        if any(each.role is Role.MANAGER for each in others) or not self._manages(members, leaving):
            del self.successor
            return
        names = {each.account.public_id: each.account.display_name for each in others}
        offered = [SelectChoice(public_id, name) for public_id, name in names.items()]
        self.successor.choices = [SelectChoice("", "Choisir une personne"), *offered]

    @staticmethod
    def _manages(members: Sequence[Membership], account_id: int) -> bool:
        return any(each.role is Role.MANAGER and each.account_id == account_id for each in members)

    def chosen_successor(self, members: Sequence[Membership]) -> int | None:
        chosen = self.successor.data if "successor" in self else None
        return next((each.account_id for each in members if chosen and each.account.public_id == chosen), None)


_ANSWERS = [SelectChoice("yes", "Accepter"), SelectChoice("no", "Refuser")]


class AnswerForm(SafeForm):
    answer = RadioField("Votre réponse", [_required("Choisissez une réponse.")], choices=_ANSWERS)
    reason = _text("Pourquoi, si vous refusez")

    @property
    def accepted(self) -> bool:
        return bool(self.answer.data == "yes")


class AnswerJoinForm(AnswerForm):
    roles = RolesField("Rôles donnés")


class JoinForm(SafeForm):
    roles = RolesField("Rôles demandés", validators=[_required("Choisissez au moins un rôle.")])
    message = _text("Un mot pour qui gère les accès")


class ClaimForm(SafeForm):
    why = _text(
        "Qui êtes-vous dans cette organisation ?",
        required="Dites qui vous êtes dans cette organisation.",
    )
