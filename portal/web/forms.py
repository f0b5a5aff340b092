"""What every posting form carries: a CSRF token, an idempotency token, the version of what it edits."""

import hashlib
import secrets
from decimal import Decimal
from typing import Any, cast

from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from wtforms import Field, HiddenField, IntegerField, StringField
from wtforms.fields.core import UnboundField
from wtforms.meta import DefaultMeta
from wtforms.widgets import HiddenInput

from portal.kernel.errors import RuleViolation
from portal.web import kept_forms
from portal.web.fields import ReadField

_PLUMBING = {"csrf_token", "idempotency_token", "version", "as_shown"}


class UnkeptField(StringField):
    """What is read once and leaves no trace: never shown again, kept for later, compared nor digested.

    Its name is a reserved word of all forms: `kept_forms` drops whatever is posted under it.
    """

    def __init__(self, label: str, validators: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("render_kw", {"autocomplete": "off", "spellcheck": "false"})
        super().__init__(label, validators, **kwargs)

    def _value(self) -> str:
        return ""


def _is_unkept(field: object) -> bool:
    return isinstance(field, UnboundField) and issubclass(field.field_class, UnkeptField)


class SafeForm(FlaskForm):
    """A form whose second posting has no second effect, and which an expired session does not lose."""

    class Meta:
        locales = ("fr",)

        def get_translations(self, form: Any) -> Any:
            """WTForms' own French. Flask-WTF would ask Flask-Babel, which is not here, and leave English."""
            return DefaultMeta.get_translations(cast("Any", self), form)

    idempotency_token = HiddenField(default=lambda: secrets.token_urlsafe(16))

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        kept_forms.never_keep(name for name, field in vars(cls).items() if _is_unkept(field))

    def __init__(self, formdata: Any = _Auto, **kwargs: Any) -> None:
        self.resumed = False
        if formdata is _Auto:
            kept = kept_forms.found_again()
            if kept is not None and set(kept) <= set(dir(type(self))) | _PLUMBING:
                formdata, self.resumed = kept, True
        super().__init__(formdata, **kwargs)

    def add_problem(self, problem: RuleViolation) -> None:
        """Put a rule's refusal on the field it names, or on top of the form."""
        field = self._fields.get(problem.field or "")
        if field is None:
            self.form_errors.append(problem.sentence)
        else:
            field.errors = [*field.errors, problem.sentence]

    def described(self) -> list[tuple[str, str]]:
        """What the form holds, as (label, words), for showing two versions side by side; without what has no label."""
        return [(field.label.text, _words(field)) for field in self if _is_told(field) and field.label.text]

    def typed(self) -> kept_forms.Fields:
        """What was typed, as posted."""
        return [
            (name, value)
            for name, field in self._fields.items()
            if _is_told(field)
            for value in (field.raw_data or [])
            if isinstance(value, str)
        ]


class VersionedForm(SafeForm):
    """A form that edits something: `version` is that of the aggregate when the page was shown.

    `as_shown` tells, by short digests, what each field held then, so that a conflict keeps both people's changes.
    """

    version = IntegerField(widget=HiddenInput())
    as_shown = HiddenField()

    def __init__(self, formdata: Any = _Auto, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        if not self.is_submitted() and not self.as_shown.data:
            self.as_shown.data = self._digests()

    def differing_from(self, current: "VersionedForm") -> list[tuple[str, str, str]]:
        """What two versions say differently: (label, words here, words there)."""
        there = dict(current.described())
        return [(label, words, there.get(label, "—")) for label, words in self.described() if words != there.get(label)]

    def merged_onto(self, current: "VersionedForm") -> kept_forms.Fields:
        """What the form should hold on top of `current`: what this person changed, and elsewhere what is saved now."""
        before = dict(pair.split(":", 1) for pair in (self.as_shown.data or "").split() if ":" in pair)
        changed = {field.name for field in self if before.get(field.name) != _digest(field)}
        mine = [(name, value) for name, value in self.typed() if name in changed]
        theirs = [(field.name, value) for field in current if field.name not in changed for value in _as_posted(field)]
        return [*mine, *theirs, ("version", str(current.version.data)), ("as_shown", current._digests())]

    def _digests(self) -> str:
        return " ".join(f"{field.name}:{_digest(field)}" for field in self if _is_told(field))


def _is_told(field: Field) -> bool:
    return field.name not in _PLUMBING and not isinstance(field, UnkeptField)


def _digest(field: Field) -> str:
    return hashlib.sha256(_spelled(field.data).encode()).hexdigest()[:8]


def _spelled(value: object) -> str:
    """A value in one spelling, whichever way it came: saved or typed, its choices known or not yet."""
    if isinstance(value, list | tuple | set | frozenset):
        return " ".join(sorted(_spelled(item) for item in value))
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return "" if value is None else str(value)


def _as_posted(field: Field) -> list[str]:
    """What a browser would post for a field left as it is shown."""
    if not _is_told(field):
        return []
    if hasattr(field, "iter_choices"):
        return [str(value) for value, _label, selected, *_ in field.iter_choices() if selected]
    if isinstance(field.data, bool):
        return ["y"] if field.data else []
    return [str(cast("Any", field)._value())]


def _words(field: Field) -> str:
    if isinstance(field, ReadField):
        return field.in_words
    labels = (
        {str(value): str(label) for value, label, *_ in field.iter_choices()} if hasattr(field, "iter_choices") else {}
    )
    value = field.data
    if isinstance(value, list | tuple | set):
        return ", ".join(labels.get(str(item), str(item)) for item in value) or "—"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if value is None or value == "":
        return "—"
    return labels.get(str(value), str(value))
