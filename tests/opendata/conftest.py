"""The buyer, its country and the moment of the forecast's tests."""

from tests.forecast.conftest import buyer_id, country, moment

__all__ = ["buyer_id", "country", "moment"]
