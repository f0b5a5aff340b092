"""What import-linter does not say: the map names every room, one module reads the clock, one the environment."""

import ast
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import portal
from config import ROOT

CLOCK_READS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.localtime"}
ENVIRONMENT_READS = {"os.environ", "os.getenv", "environ.get"}


def modules() -> Iterator[Path]:
    return (ROOT / "portal").rglob("*.py")


@cache
def names_used_in(module: Path) -> set[str]:
    """The dotted names that a module mentions, such as `datetime.now`."""
    tree = ast.parse(module.read_text())
    return {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def users_of(names: set[str]) -> set[str]:
    return {str(path.relative_to(ROOT)) for path in modules() if names_used_in(path) & names}


@pytest.fixture(scope="module")
def layers() -> list[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return [name for layer in contracts[0]["layers"] for name in re.findall(r"\w+", layer)]


def test_the_layers_are_the_modules_that_exist(layers: list[str]) -> None:
    assert sorted(layers) == sorted(module.name for module in pkgutil.iter_modules(portal.__path__))


def test_the_map_of_the_package_names_every_layer_in_order(layers: list[str]) -> None:
    entries = re.findall(r"^ {4}(\w[\w, ]*?)(?: {2}|$)", portal.__doc__ or "", re.MULTILINE)

    assert ", ".join(entries).split(", ") == layers


def test_only_the_clock_reads_the_clock() -> None:
    assert users_of(CLOCK_READS) == {"portal/kernel/clock.py"}


def test_only_the_configuration_reads_the_environment() -> None:
    assert users_of(ENVIRONMENT_READS) == set()


def test_services_leave_the_commit_to_who_opened_the_transaction() -> None:
    services = [path for path in modules() if "services" in path.relative_to(ROOT).with_suffix("").parts]

    assert services != []
    assert [path.name for path in services if {"session.commit", "session.rollback"} & names_used_in(path)] == []
