"""The words of mails, from templates that know neither request nor application."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from portal.outbox.composing import Mail


class _Configured:
    environment: Environment | None = None


def configure(
    templates_dir: Path, base_url: str, filters: Mapping[str, Callable[..., Any]] | None = None, **known: Any
) -> None:
    """Tell where the templates of mails are and what they all know: `base_url`, filters, whatever else is `known`."""
    environment = Environment(
        loader=FileSystemLoader(templates_dir),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(filters or {})
    environment.globals.update(known, base_url=base_url)
    _Configured.environment = environment


def mail_from_template(folder: str, context: Mapping[str, Any]) -> Mail:
    """Render `subject.txt`, `body.txt` and `body.html` of a folder under `templates/` ("accounts/emails/reset")."""
    if _Configured.environment is None:
        raise RuntimeError("no templates: call outbox.configure(…) first")
    subject, text, html = (
        _Configured.environment.get_template(f"{folder}/{name}").render(context)
        for name in ("subject.txt", "body.txt", "body.html")
    )
    return Mail(subject=subject.strip(), text=text, html=html)
