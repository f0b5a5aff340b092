"""schemathesis against the portal as it is served: the API by its description, public pages by their parameters."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from config import Config
from portal.app import create_app
from portal.storage import unit_of_work
from tests.declarations.served import served
from tests.forecast.sample import lot_facts, make_buyer, make_country, make_project

pytestmark = pytest.mark.slow

_LIKELY = [
    "metropole-des-deux-rives-2026-0001",
    "10000000000000",
    "reserve",
    "a-l-etude",
    "proprete",
    "33001",
    "2027-T2",
    "2027",
    "changement",
    "heures",
    "2027-04-01~1",
    "12000.00~3",
    "1",
    "0",
    "-1",
    "999999999999999999999999",
    "nettoyage",
    "« »",
    "\x00",
]
"""What means something to one page or another, so that not everything stops at the first check."""
_TEXT = {"anyOf": [{"enum": _LIKELY}, {"type": "string", "maxLength": 200}]}
_PARAMETERS = (
    "q",
    "levier",
    "metier",
    "commune",
    "periode",
    "acheteur",
    "montant",
    "fiabilite",
    "tri",
    "apres",
    "avant",
    "page",
    "passees",
    "limit",
    "after",
    "lot",
    "suite",
    "type",
    "annee",
)
"""What any public page of the portal reads of its address."""


@pytest.fixture
def portal(database: str, fresh_engine: Engine, fresh_database: str, config: Config, tmp_path: Path) -> Iterator[str]:
    if database != "sqlite":
        pytest.skip("the databases are told apart by tests that take minutes less")
    with unit_of_work() as session:
        _seed(session)
    with served(replace(config, database_url=fresh_database), tmp_path) as address:
        yield address


def _seed(session: Session) -> None:
    make_country(session)
    buyer_id = make_buyer(session)
    for _ in range(25):
        make_project(session, buyer_id, lot_facts(title="Un"), lot_facts(title="Deux"))


def test_the_api_does_as_it_says(portal: str, tmp_path: Path) -> None:
    """Save for `after`, which is opaque: only what a page gave is read, so no schema can tell good from bad."""
    with urlopen(f"{portal}/api/v1/openapi.json", timeout=30) as answer:  # noqa: S310 — our own address
        described = json.load(answer)
    for operations in described["paths"].values():
        kept = [parameter for parameter in operations["get"]["parameters"] if parameter["name"] != "after"]
        operations["get"]["parameters"] = kept
    _fuzz(described, portal, tmp_path, "examples,coverage,fuzzing", "--checks", "all")


def test_no_parameter_of_a_public_page_breaks_it(portal: str, config: Config, tmp_path: Path) -> None:
    """Pages are for people, who mistype: any answer but a failure."""
    paths = {
        path: _page(rule.arguments)
        for path, rule in _public_pages(create_app(config)).items()
        if not path.startswith("/api/v1")
    }
    described = {"openapi": "3.1.0", "info": {"title": "Pages", "version": "1"}, "paths": paths}
    _fuzz(described, portal, tmp_path, "fuzzing", "--checks", "not_a_server_error", "--mode", "positive")


def _public_pages(app: Any) -> dict[str, Any]:
    """By address, those that anyone may read; what it holds between braces is fuzzed too."""
    return {
        "".join(f"{{{part}}}" if is_variable else part for is_variable, part in _parts(rule)): rule
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods and not getattr(app.view_functions[rule.endpoint], "access", _CLOSED).signed_in
    }


class _CLOSED:
    signed_in = True


def _parts(rule: Any) -> Iterator[tuple[bool, str]]:
    for is_variable, part in rule._trace:
        yield is_variable, part.lstrip("|")


def _page(in_path: set[str]) -> dict[str, Any]:
    path = [{"name": name, "in": "path", "required": True, "schema": _TEXT} for name in sorted(in_path)]
    query = [
        {"name": name, "in": "query", "schema": {"type": "array", "items": _TEXT, "maxItems": 3}}
        for name in _PARAMETERS
    ]
    return {"get": {"parameters": path + query, "responses": {"default": {"description": "Une page."}}}}


def _fuzz(described: dict[str, Any], portal: str, place: Path, phases: str, *options: str) -> None:
    described.pop("servers", None)
    schema = place / "openapi.json"
    schema.write_text(json.dumps(described), encoding="utf-8")
    command = [sys.executable, "-m", "schemathesis.cli", "run", str(schema), "--url", portal, *options]
    fixed = ["--phases", phases, "-n", "40", "--workers", "2", "--seed", "20261203", "--continue-on-failure"]
    ran = subprocess.run([*command, *fixed], cwd=place, capture_output=True, text=True, timeout=1200, check=False)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
