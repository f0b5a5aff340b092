"""What every posting form carries: a CSRF token, an idempotency token, the version of what it edits."""

import secrets
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from wtforms import Field, HiddenField, IntegerField
from wtforms.widgets import HiddenInput

from portal.kernel.errors import RuleViolation
from portal.web import kept_forms

_PLUMBING = {"csrf_token", "idempotency_token", "version"}


class SafeForm(FlaskForm):
    """A form whose second posting has no second effect, and which an expired session does not lose."""

    class Meta:
        locales = ("fr",)

    idempotency_token = HiddenField(default=lambda: secrets.token_urlsafe(16))

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
        """What the form holds, as (label, words), for showing two versions side by side."""
        return [(field.label.text, _words(field)) for field in self if field.name not in _PLUMBING]

    def typed(self) -> kept_forms.Fields:
        """What was typed, as posted."""
        return [
            (name, value)
            for name, field in self._fields.items()
            if name not in _PLUMBING
            for value in (field.raw_data or [])
            if isinstance(value, str)
        ]


class VersionedForm(SafeForm):
    """A form that edits something: `version` is that of the aggregate when the page was shown."""

    version = IntegerField(widget=HiddenInput())


def _words(field: Field) -> str:
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
