"""No address, however odd, is an error of the portal."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import NotFound

from portal.storage import reading
from portal.web.models import KeptForm


@pytest.mark.parametrize("path", ["/programmation/%00", "/programmation/%00/lot-1", "/annuaire/%0a", "/%7f", "/x%00y"])
def test_control_characters_in_an_address_lead_nowhere(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_number_larger_than_any_row_leads_nowhere(app: Flask) -> None:
    """Whatever the page: the database would answer with an error."""
    numbered = [rule for rule in app.url_map.iter_rules() if "<int:" in rule.rule]
    assert len(numbered) > 10
    for rule in numbered:
        path = re.sub(r"<int:(\w+)>", str(2**31), rule.rule)
        path = re.sub(r"<(?:\w+:)?\w+>", "x", path)
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        with pytest.raises(NotFound):
            app.url_map.bind("localhost").match(path, method=method)


@pytest.mark.parametrize("query", ["page=99999999999999999999", "page=-1", "q=%00", "apres=%00x", "q=" + "a" * 5_000])
@pytest.mark.parametrize("path", ["/programmation", "/annuaire"])
def test_a_list_asked_for_anything_answers(client: FlaskClient, path: str, query: str) -> None:
    assert client.get(f"{path}?{query}").status_code in {200, 302, 404}


def test_a_stranger_leaves_no_form_behind(client: FlaskClient) -> None:
    """Only a browser in which someone has signed in may."""
    for path in ("/compte/nom", "/achats/nouveau", "/annuaire/" + "1" * 600 + "/modifier"):
        answer = client.post(path, data={"display_name": "x" * 1_000}, headers={"Origin": "http://localhost"})
        assert answer.status_code in {302, 404, 422}
    with reading() as session:
        assert session.query(KeptForm).count() == 0
