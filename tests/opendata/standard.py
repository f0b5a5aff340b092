"""OCDS 1.1.5 as it was published, its extensions applied, and libcoveocds without a network."""

import io
import json
import zipfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, FormatChecker
from libcoveocds.api import ocds_json_output
from libcoveocds.config import LibCoveOCDSConfig
from referencing import Registry, Resource

Document = dict[str, Any]

_DRAFT = "http://json-schema.org/draft-04/schema#"

_PERIOD, _VALUE = {"$ref": "#/definitions/Period"}, {"$ref": "#/definitions/Value"}
_TEXT = {"type": ["string", "null"]}
_RELATED = {"properties": {"relatedLots": {"type": ["array", "null"], "items": {"type": "string"}}}}
LOTS: Document = {
    "definitions": {
        "Tender": {
            "properties": {
                "lots": {"type": "array", "items": {"$ref": "#/definitions/Lot"}},
                "lotDetails": {
                    "type": "object",
                    "properties": {"maximumLotsBidPerSupplier": {"type": ["integer", "null"]}},
                },
            }
        },
        "Item": {"properties": {"relatedLot": _TEXT}},
        "Milestone": _RELATED,
        "Award": _RELATED,
        "Amendment": _RELATED,
        "Lot": {
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": {"type": "string"},
                "title": _TEXT,
                "description": _TEXT,
                "status": {
                    "type": ["string", "null"],
                    "codelist": "tenderStatus.csv",
                    "openCodelist": False,
                    "enum": [
                        "planning",
                        "planned",
                        "active",
                        "cancelled",
                        "unsuccessful",
                        "complete",
                        "withdrawn",
                        None,
                    ],
                },
                "value": _VALUE,
                "minValue": _VALUE,
                "tenderPeriod": _PERIOD,
                "contractPeriod": _PERIOD,
            },
        },
    }
}
"""The fields of the lots extension that the portal writes, restated: the reference data do not hold it."""


class Standard:
    """The schemas and codelists under `data`."""

    def __init__(self, data: Path) -> None:
        self._data = data / "ocds"
        other = json.loads((self._data / "otherRequirements" / "release-schema.json").read_text())
        self.patches = [LOTS, other]

    def problems(self, package: Document) -> list[str]:
        """What the schema of release packages, with both extensions, has against it."""
        found = self._validator.iter_errors(package)
        return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in found]

    def reviewed(self, package: Document) -> Document:
        """What libcoveocds says of it, extensions taken from here: their addresses lead outside."""
        settings = LibCoveOCDSConfig()
        settings.config.update(context="api", standard_zip=self._zip())
        inside = package | {"extensions": []}
        told: Document = ocds_json_output(json_data=inside, lib_cove_ocds_config=settings, record_pkg=False)
        return told

    @cached_property
    def _validator(self) -> Draft4Validator:
        package = json.loads((self._data / "1.1.5" / "release-package-schema.json").read_text())
        release = Resource.from_contents(self.release_schema())
        reference = package["properties"]["releases"]["items"]["$ref"]
        registry: Any = Registry().with_resource(reference, release)
        return Draft4Validator(package, registry=registry, format_checker=FormatChecker())

    def release_schema(self) -> Document:
        schema: Document = json.loads((self._data / "1.1.5" / "release-schema.json").read_text())
        for patch in self.patches:
            _merge(schema, patch)
        return schema

    def _zip(self) -> bytes:
        """The standard's repository, as libcoveocds would download it."""
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.mkdir("standard-1__1__5")
            for name, content in self._files():
                archive.writestr(f"standard-1__1__5/schema/{name}", content)
        return made.getvalue()

    def _files(self) -> Iterator[tuple[str, str]]:
        yield "release-schema.json", json.dumps(self.release_schema())
        yield "versioned-release-validation-schema.json", json.dumps({"$schema": _DRAFT})
        yield "release-package-schema.json", (self._data / "1.1.5" / "release-package-schema.json").read_text()
        for codelist in sorted((self._data / "1.1.5" / "codelists").glob("*.csv")):
            yield f"codelists/{codelist.name}", codelist.read_text()
        reserved = self._data / "otherRequirements" / "reservedParticipation.csv"
        yield "codelists/reservedParticipation.csv", reserved.read_text()


def _merge(target: Document, patch: Document) -> None:
    """RFC 7396, without removals."""
    for name, value in patch.items():
        if isinstance(value, dict) and isinstance(target.get(name), dict):
            _merge(target[name], value)
        else:
            target[name] = value
