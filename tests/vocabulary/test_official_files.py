"""Our lists hold exactly what the official files list."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from portal.vocabulary import Listed, Trade, decp
from portal.vocabulary.purchasing import Procedure

CONTRACT = "definitions/marche"
CONCESSION = "definitions/contrat-concession"


@pytest.mark.parametrize("version", ["2.0.3", "2.0.4"])
@pytest.mark.parametrize(
    ("place", "listed"),
    [
        (f"{CONTRACT}/properties/nature", decp.ContractNature),
        (f"{CONTRACT}/properties/ccag", decp.Ccag),
        (f"{CONTRACT}/properties/typeGroupementOperateurs", decp.DecpGroupement),
        (f"{CONTRACT}/properties/procedure", Procedure),
        (f"{CONTRACT}/properties/lieuExecution/properties/typeCode", decp.PlaceCodeType),
        (f"{CONTRACT}/properties/formePrix", decp.PriceForm),
        (f"{CONTRACT}/definitions/techniqueArray/items", decp.Technique),
        (f"{CONTRACT}/definitions/modaliteExecutionArray/items", decp.ExecutionMode),
        (f"{CONTRACT}/definitions/Titulaire/properties/typeIdentifiant", decp.IdentifierType),
        (f"{CONTRACT}/definitions/ActeSousTraitance/properties/variationPrix", decp.PriceVariation),
        (f"{CONTRACT}/definitions/typePrixArray/items", decp.PriceType),
        (f"{CONTRACT}/definitions/considerationSocialeArray/items", decp.SocialConsideration),
        (f"{CONTRACT}/definitions/considerationEnvironnementaleArray/items", decp.EnvironmentalConsideration),
        (f"{CONCESSION}/properties/nature", decp.ConcessionNature),
        (f"{CONCESSION}/properties/procedure", decp.ConcessionProcedure),
        (f"{CONCESSION}/definitions/considerationSocialeArray/items", decp.ConcessionSocialConsideration),
    ],
)
def test_decp_enumerations_are_those_of_the_schema(
    shared_data: Path, version: str, place: str, listed: type[Listed]
) -> None:
    node: Any = json.loads((shared_data / f"decp/schema_decp_v{version}.json").read_text("utf-8"))
    for step in place.split("/"):
        node = node[step]
    assert [label for _, label in listed.choices()] == node["enum"]


def test_trades_are_the_groups_of_the_marche_de_l_inclusion(shared_data: Path) -> None:
    with (shared_data / "structures/secteurs_le_marche.csv").open(encoding="utf-8", newline="") as lines:
        groups = {line["groupe"] for line in csv.DictReader(lines)}
    assert {trade.sector_group for trade in Trade} == groups
