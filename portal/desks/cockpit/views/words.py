"""Lots and members of « Mon réseau » in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask import current_app, url_for
from sqlalchemy.orm import Session

from portal.calibration.facts import FEWEST_CONTRIBUTORS, Structure
from portal.desks.cockpit.lots import LotCover
from portal.forecast.listing.rows import ListedLot, rows_of
from portal.forecast.listing.selection import Order
from portal.forecast.views.blueprint import address_of
from portal.kernel.french import plural, typo
from portal.kernel.hours import format_hours
from portal.web import current_actor
from portal.web.access import access_of

_ONE = Decimal(1)
_COVERAGE = "calibration.coverage"


@dataclass(frozen=True)
class Line:
    """A lot as the pages show it."""

    lot: ListedLot
    found: LotCover

    @property
    def covered(self) -> str:
        """« 7 000 h sur 12 000 h par an »."""
        shown = self.found.cover.shown_hours
        wanted = hours_words(self.found.wanted)
        return typo(f"{wanted} voulues" if shown is None else f"{format_hours(shown)} offertes sur {wanted}")

    @property
    def share(self) -> float | None:
        share = self.found.cover.shown_share
        return None if share is None else float(share)

    @property
    def verdict(self) -> str:
        missing, answers = self.found.missing, self.found.cover.shown_answers
        if missing is None:
            return f"moins de {FEWEST_CONTRIBUTORS} structures : total masqué".replace(" :", "\u202f:")
        if missing:
            return f"il manque {format_hours(missing.quantize(_ONE))}"
        if not answers:
            return "aucun groupement plausible"
        return "une seule réponse plausible" if answers == 1 else "couvert"

    @property
    def tone(self) -> str:
        if not self.found.is_hole:
            return "ok"
        return "late" if self.found.missing is None or self.found.missing > 0 else "due"

    @property
    def leaders(self) -> str | None:
        """Of all the structures, how many could lead."""
        count = self.found.cover.shown_leaders
        return None if count is None else plural(count, "prête à être mandataire", "prêtes à être mandataires")

    @property
    def who(self) -> str:
        """« 8 de vos adhérents, 6 500 h libres, dont 2 prêts à être mandataires ; 3 n’ont pas dit leur capacité »."""
        return typo(who_words(self.found))

    @property
    def open_url(self) -> str:
        project = self.found.lot.project
        return url_for("groupements.open", reference=project.reference, number=self.found.lot.number)

    @property
    def members_url(self) -> str:
        project = self.found.lot.project
        return url_for("cockpit.lot", reference=project.reference, number=self.found.lot.number)

    @property
    def coverage_url(self) -> str | None:
        """None where this person may not read it."""
        access = access_of(_COVERAGE) if _COVERAGE in current_app.view_functions else None
        if access is None or not access.allows(current_actor()):
            return None
        project = self.found.lot.project
        return url_for(_COVERAGE, reference=project.reference, number=self.found.lot.number)


def lines_of(session: Session, found: Sequence[LotCover]) -> list[Line]:
    """In the order given; one statement."""
    rows = {row.lot_id: row for row in rows_of(session, [each.lot.id for each in found], Order.DATE, address_of)}
    return [Line(rows[each.lot.id], each) for each in found if each.lot.id in rows]


def who_words(found: LotCover) -> str:
    able, silent = found.able, found.silent
    told = []
    if able:
        lead = f", dont {plural(found.leaders, 'prêt', 'prêts')} à porter" if found.leaders else ""
        told.append(f"{plural(len(able), 'adhérent')} avec {format_hours(found.own_hours)} libres{lead}")
    if silent:
        told.append(plural(len(silent), "capacité à demander", "capacités à demander"))
    none = "Vos adhérents de ce métier n’ont plus d’heures libres" if found.members else _NONE
    return " ; ".join(told) or none


_NONE = "Aucun de vos adhérents ne peut y répondre aujourd’hui"


def structure_words(structure: Structure, communes: int) -> str:
    """« Les Ateliers — au moins 2 500 h libres, 3 communes sur 5, prête à être mandataire »."""
    hours = f"au moins {format_hours(structure.hours)} libres" if structure.hours else "aucune heure libre"
    told = [hours if structure.told else "capacité à demander"]
    served = len(structure.communes)
    told += ["toutes les communes" if served == communes else f"{served} communes sur {communes}"]
    told += ["prête à être mandataire"] if structure.can_lead else []
    return typo(f"{structure.name} : {', '.join(told)}")


def hours_words(hours: Decimal) -> str:
    """Of a year, without decimals: « 12 000 h par an »."""
    return f"{format_hours(hours.quantize(_ONE))} par an"
