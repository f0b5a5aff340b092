"""The page for re-users: what it shows is what answers."""

import re
from html import unescape

from flask.testing import FlaskClient


def test_every_example_of_the_page_answers(client: FlaskClient) -> None:
    page = client.get("/api")
    addresses = {unescape(url) for url in re.findall(r'href="(/(?:api/v1|opendata)[^"]*)"', page.text)}

    assert page.status_code == 200
    assert len(addresses) >= 8
    for address in addresses - {"/opendata/ocds.json"}:
        assert client.get(address).status_code == 200, address


def test_every_page_leads_to_open_data(client: FlaskClient) -> None:
    assert 'href="/api">Données ouvertes' in client.get("/aide").text
