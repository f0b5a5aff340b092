"""Coverage in words, for the page of a lot, its panels and the buyer's overview: nothing that may not be shown."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

from portal.calibration.answers import MOST_ANSWERS
from portal.calibration.facts import FEWEST_CONTRIBUTORS, Cover, Place, Structure
from portal.kernel.french import format_number, plural, typo
from portal.kernel.hours import format_hours

_NAMED = 5


def told(cover: Cover) -> str:
    """« Les structures pourraient donner 7 000 h des 12 000 h par an. »"""
    if not cover.structures:
        return "Aucune structure connue ne fait ce métier dans ces communes."
    if cover.shown_hours is None:
        few = f"moins de {FEWEST_CONTRIBUTORS} structures ont des heures libres"
        if cover.contributors >= FEWEST_CONTRIBUTORS:
            few = "hors de vos adhérents, trop peu de structures ont des heures libres"
        return typo(f"Le total n’est pas montré : {few}, on devinerait ce que donne chacune.")
    offered = format_hours(cover.shown_hours)
    if cover.wanted is None:
        return typo(f"{offered} par an pourraient être données. Le lot ne dit pas encore ses heures.")
    wanted = f"{format_hours(_whole(cover.wanted))} par an"
    if cover.shown_hours >= cover.wanted:
        return typo(f"{offered} pourraient être données, pour {wanted} attendues : le lot est couvert.")
    missing = format_hours(_whole(cover.wanted - cover.shown_hours))
    return typo(f"{offered} pourraient être données, pour {wanted} attendues : il manque {missing}.")


def who(cover: Cover) -> str:
    """« 14 structures, dont 9 avec des heures libres ; de celles-ci, 5 prêtes à être mandataires. »"""
    counted = plural(cover.structures, "structure éligible", "structures éligibles")
    if cover.shown_leaders is not None:
        lead = "prête à être mandataire" if cover.shown_leaders < 2 else "prêtes à être mandataires"
        counted += f", dont {cover.contributors} avec des heures libres"
        counted += f" et, parmi elles, {cover.shown_leaders or 'aucune'} {lead}"
    if cover.silent:
        quiet = plural(cover.silent, "n’a pas dit sa capacité", "n’ont pas dit leur capacité")
        counted += f" ; {quiet} : il peut y avoir plus d’heures"
    return typo(f"{counted}.")


def size(cover: Cover) -> tuple[str, str | None]:
    """The verdict, and its tone: a lot is well sized when two plausible answers at least could compete."""
    found = cover.shown_answers
    if not cover.structures:
        return "Aucune réponse plausible.", "due"
    if cover.wanted is None or not cover.by_place:
        return "On ne sait pas si le lot est à la bonne taille : ses heures ou ses communes ne sont pas dites.", None
    if found is None:
        return "On ne dit pas combien de réponses sont plausibles : trop peu de structures ont des heures libres.", None
    if found >= 2:
        counted = f"{MOST_ANSWERS} au moins" if found >= MOST_ANSWERS else str(found)
        return typo(f"À la bonne taille : {counted} réponses plausibles, qui ne partagent personne."), "ok"
    if found == 1:
        return "Une seule réponse plausible : il n’y aurait pas de concurrence.", "due"
    return typo(f"Aucune réponse plausible : {_why_none(cover)}."), "due"


def _why_none(cover: Cover) -> str:
    """What one reads in the figures above; else what they do not show."""
    if cover.shown_hours is not None and cover.wanted is not None and cover.shown_hours < cover.wanted:
        return "il n’y a pas assez d’heures"
    if cover.shown_leaders == 0:
        return "personne n’est prêt à être mandataire"
    return "des heures, des communes ou un mandataire manquent"


def unserved(places: Sequence[Place]) -> str | None:
    """« Personne ne dessert Ambès et Bassens. »"""
    if not places:
        return None
    names = sorted(place.name for place in places)
    rest = len(names) - _NAMED
    if rest > 1:
        names = [*names[:_NAMED], f"{rest} autres communes"]
    listed = " et ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return f"Aucune structure éligible ne dessert {listed}."


def hours(value: Decimal | None) -> str:
    return "non dites" if value is None else format_hours(_whole(value))


def share(cover: Cover) -> str:
    """« 58 % », as a cell of a table."""
    if cover.shown_share is None:
        return "—"
    return typo(f"{format_number(int(cover.shown_share * 100))} %")


def own(share: Structure, places: int) -> str:
    """What one structure reads of itself."""
    served = f"Vous desservez {plural(len(share.communes), 'commune')} sur {places}."
    if share.hours <= 0 and not share.engaged:
        return typo(
            f"Vous avez dit moins de 500 h par an dans ce métier : par prudence, le total ne les compte pas. {served}"
        )
    left = f"Il vous reste au moins {hours(share.hours)} par an dans ce métier"
    promised = f", une fois retirées les {hours(share.engaged)} déjà promises ailleurs" if share.engaged else ""
    return typo(f"{left}{promised}. {served}")


def member(share: Structure, places: int) -> list[str]:
    """A row of a network's own members."""
    lead = "oui" if share.can_lead else "non dit, ou non"
    return [share.name, hours(share.hours), f"{len(share.communes)} sur {places}", lead]


def others(members: Sequence[Structure], left_out: int) -> str | None:
    """Those of a network's members whom its table does not show."""
    silent = sum(not each.told for each in members)
    none = sum(each.told and each.hours <= 0 for each in members)
    told = [plural(left_out, "autre en a aussi", "autres en ont aussi")] if left_out > 0 else []
    told += (
        [plural(none, "a moins de 500 h, ou a tout promis", "ont moins de 500 h, ou ont tout promis")] if none else []
    )
    told += [plural(silent, "n’a pas dit sa capacité", "n’ont pas dit leur capacité")] if silent else []
    return typo(f"Parmi vos autres adhérents qui font ce métier ici : {', '.join(told)}.") if told else None


def _whole(value: Decimal) -> Decimal:
    return value.quantize(Decimal(1), ROUND_FLOOR)
