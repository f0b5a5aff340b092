"""Addresses in full: what leaves the portal is read far from it."""

from typing import Any

from flask import current_app, url_for

from config import Config


def settings() -> Config:
    config: Config = current_app.config["AMONT"]
    return config


def absolute(endpoint: str, **values: Any) -> str:
    """The full address of one of our pages, under the portal's public name, whatever name was asked for."""
    return settings().base_url + url_for(endpoint, **values)
