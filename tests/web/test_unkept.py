"""Fields that leave no trace: not shown again, not kept for later, not compared."""

from types import SimpleNamespace

from flask import Flask, session
from werkzeug.datastructures import MultiDict
from wtforms import StringField

from portal.storage import reading
from portal.web import UnkeptField, VersionedForm, kept_forms
from portal.web.kept_forms import ACCOUNT
from portal.web.models import KeptForm

POSTED = {"secret_name": "Vermeulen", "matricule": "P-0112", "version": "1"}


class SecretForm(VersionedForm):
    matricule = StringField("Matricule")
    secret_name = UnkeptField("Nom")


def test_it_is_read_but_never_shown_again(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data=POSTED):
        form = SecretForm()
        assert form.secret_name.data == "Vermeulen"
        assert "Vermeulen" not in form.secret_name()
        assert 'autocomplete="off"' in form.secret_name()


def test_it_is_neither_compared_digested_nor_merged(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data=POSTED):
        form, current = SecretForm(), SecretForm(formdata=None, obj=SimpleNamespace(matricule="P-1", version=2))
        told = [form.described(), form.typed(), form.differing_from(current), form.merged_onto(current)]
    with app.test_request_context("/"):
        shown = SecretForm(obj=SimpleNamespace(secret_name="Vermeulen", matricule="P-1", version=1))
        told.append(shown.as_shown.data)
    assert "Vermeulen" not in str(told)
    assert "secret_name" not in str(told)
    assert "P-0112" in str(told)


def test_what_an_expired_session_posts_is_kept_without_it(app: Flask) -> None:
    headers = {"Origin": "http://localhost"}
    with app.test_request_context("/aide", method="POST", data=POSTED, headers=headers):
        session[ACCOUNT] = 7
        assert kept_forms.keep_posted() == "/aide"
        kept = dict(session)
    with reading() as unit:
        assert unit.query(KeptForm).count() == 1
    with app.test_request_context("/aide"):
        session.update(kept)
        assert kept_forms.found_again() == MultiDict([("matricule", "P-0112"), ("version", "1")])
