"""The contract of the declarations' tests, held by two, on each database."""

from tests.declarations.conftest import _prints, key_config, moment, scene, starting_point

__all__ = ["_prints", "key_config", "moment", "scene", "starting_point"]
