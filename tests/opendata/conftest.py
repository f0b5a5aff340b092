"""The buyer, its country and the moment of the forecast's tests, and where these start."""

from tests.forecast.conftest import buyer_id, country, moment, starting_point

__all__ = ["buyer_id", "country", "moment", "starting_point"]
