"""Holds an answer to the shape that the description gives it."""

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from portal.opendata.api.schemas import schemas


def faults(name: str, document: Any) -> list[str]:
    found = _validator(name).iter_errors(document)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in found]


@cache
def _validator(name: str) -> Draft202012Validator:
    root = {"components": {"schemas": schemas()}, "$ref": f"#/components/schemas/{name}"}
    return Draft202012Validator(root, format_checker=FormatChecker())
