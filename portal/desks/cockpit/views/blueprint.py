"""The blueprint of « Mon réseau », and the addresses that its pages share."""

from collections.abc import Mapping
from types import MappingProxyType

from flask import Blueprint, url_for

from portal.kernel.errors import NotFound
from portal.vocabulary import NudgeSubject

pages = Blueprint("cockpit", __name__)

_SLUGS: Mapping[str, NudgeSubject] = MappingProxyType(
    {
        "capacite": NudgeSubject.CAPACITY,
        "invitation": NudgeSubject.INVITATION,
        "mois": NudgeSubject.LATE_MONTHS,
    }
)


def subject_called(slug: str) -> NudgeSubject:
    """Raises NotFound."""
    if slug not in _SLUGS:
        raise NotFound
    return _SLUGS[slug]


def nudge_url(siret: str, subject: NudgeSubject) -> str:
    slug = next(slug for slug, each in _SLUGS.items() if each is subject)
    return url_for("cockpit.nudge", siret=siret, slug=slug)
