"""What a groupement should look at, and that forbids nothing. Pure."""

from collections.abc import Iterable
from datetime import date

from portal.forecast.wording import listed_places
from portal.groupements import balance, rules
from portal.groupements.facts import WHOLE, GroupementFacts, MemberFacts, OwnElsewhere
from portal.groupements.points import Point, Standing
from portal.groupements.rules import Parts
from portal.kernel.french import format_date, plural, typo
from portal.kernel.hours import format_hours
from portal.vocabulary import GroupementForm, GroupementState, MemberState


def looks(facts: GroupementFacts, own: Iterable[OwnElsewhere], own_lots: int) -> Iterable[Point]:
    for member in facts.members:
        if member.state is MemberState.EXPIRED and facts.state is GroupementState.FORMING:
            note = since("Elle valait jusqu’au", member.expires_on)
            yield _look(f"L’invitation de {member.name} a expiré", note, step="renew", member=member)
    for member in facts.active:
        if member.unfit:
            yield _look(f"Éligibilité à vérifier : {member.name}", member.unfit)
    if facts.state is GroupementState.SEALED and (late := rules.tasks_without_member(facts)):
        yield _look("L’acheteur demande une tâche essentielle de plus", f"{late.sentence} Il faut desceller.")
    yield from _hours_looked_at(facts)
    yield from _parts_looked_at(facts)
    yield from (_look(each.title, each.note) for each in balance.differences(facts))
    yield from _places_looked_at(facts)
    yield from _buyer_s_choices(facts)
    yield from (_elsewhere(other) for other in own)
    yield from _too_many_lots(facts, own_lots)


def _hours_looked_at(facts: GroupementFacts) -> Iterable[Point]:
    total = sum(member.hours or 0 for member in facts.sharing)
    if facts.hours_wanted and total and total < facts.hours_wanted:
        offered, wanted = format_hours(total), format_hours(facts.hours_wanted)
        yield _look(
            f"Il manque {format_hours(facts.hours_wanted - total)}", f"{offered} réparties sur {wanted} voulues."
        )


def _parts_looked_at(facts: GroupementFacts) -> Iterable[Point]:
    total, asked = rules.total_part(facts.sharing), rules.parts_asked(facts)
    if facts.form and asked is Parts.INDICATIVE and total != WHOLE:
        note = "Marché à bons de commande : les parts sont indicatives."
        yield _look(f"Les parts font {rules.percent(total)}", note)
    if facts.form and facts.form is not GroupementForm.SOLIDAIRE:
        untold = [member.name for member in facts.active if not member.tasks]
        if untold:
            yield _look(
                "Dites ce que fait chacun", f"Le DC1 le demande à un groupement conjoint : {', '.join(untold)}."
            )


def _places_looked_at(facts: GroupementFacts) -> Iterable[Point]:
    """Once somebody said where it works: the lots' communes where nobody does."""
    taken = {code for member in facts.sharing for code in member.communes}
    left = [name for code, name in facts.places.items() if code not in taken]
    if taken and left:
        yield _look(f"Personne dans {plural(len(left), 'commune')}", f"{listed_places(left, _PLACES_SHOWN)}.")


_PLACES_SHOWN = 6


def _buyer_s_choices(facts: GroupementFacts) -> Iterable[Point]:
    """R2142-21: what the buyer has forbidden, lot by lot."""
    for lot in facts.lots:
        if lot.alone_and_grouped_allowed is False:
            note = f"Pour {lot.name}, l’acheteur refuse qu’on réponde seul et en groupement (R2142-21, 1°)."
            yield _look("Aucun membre ne répond aussi seul", note)
        if lot.several_groupements_allowed is False:
            note = f"Pour {lot.name}, l’acheteur n’accepte qu’un groupement par entreprise (R2142-21, 2°)."
            yield _look("Un seul groupement par entreprise", note)


def _too_many_lots(facts: GroupementFacts, own_lots: int) -> Iterable[Point]:
    """L2113-10, over several groupements: each is a candidate of its own, and the buyer tells how it counts."""
    limit = facts.lots_per_candidate
    if limit is not None and own_lots > limit >= len(facts.lots):
        note = f"L’acheteur en accepte {limit} au plus par candidat (L2113-10) : demandez-lui comment il compte."
        yield _look(f"Votre organisation répond à {plural(own_lots, 'lot')}, en plusieurs groupements", note)


def _elsewhere(other: OwnElsewhere) -> Point:
    """R2142-23 while forming: only the organisation concerned reads it."""
    if other.as_mandataire:
        note = "On n’est mandataire que d’un groupement par lot : un seul des deux pourra être scellé (R2142-23)."
        return _look(f"Vous êtes mandataire d’un autre groupement pour {other.lot}", note)
    return _look(f"Vous êtes aussi dans un autre groupement pour {other.lot}", None)


def _look(title: str, note: str | None, *, step: str = "", member: MemberFacts | None = None) -> Point:
    return Point(
        step=step,
        mine=typo(title),
        note=note and typo(note),
        standing=Standing.LOOK,
        member=member.public_id if member else None,
        blocks=False,
    )


def since(words: str, day: date | None) -> str | None:
    return f"{words} {format_date(day)}" if day else None
