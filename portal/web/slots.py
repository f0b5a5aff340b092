"""Places that a page leaves for rooms it does not know; the application fills them."""

from collections.abc import Callable
from typing import Any

from markupsafe import Markup

Renderer = Callable[..., Markup | str]


class Slots:
    """Named places, each with the renderers that later rooms put there, in order."""

    def __init__(self) -> None:
        self._renderers: dict[str, list[Renderer]] = {}

    def add(self, name: str, renderer: Renderer) -> None:
        if renderer not in self._renderers.setdefault(name, []):
            self._renderers[name].append(renderer)

    def fill(self, name: str, **context: Any) -> Markup:
        """What the later rooms show at `name`; renderers return trusted markup, made by templates."""
        return Markup("").join(Markup(renderer(**context)) for renderer in self._renderers.get(name, []))  # noqa: S704


slots = Slots()
