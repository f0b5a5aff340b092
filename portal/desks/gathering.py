"""Asks each room what waits for someone, and words it. What a person may not do is not asked."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from flask import url_for
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.declarations import queries as declarations
from portal.declarations.models import Declaration
from portal.declarations.queries import LATE_CHECK_DAYS, Waiting
from portal.declarations.queries.likenesses import count_open
from portal.declarations.queries.waiting import count_left_lately, count_to_confirm
from portal.declarations.rules import part_due_on
from portal.declarations.wording import of_month
from portal.desks import queries
from portal.desks.errands import Errand, in_order
from portal.desks.upstream import upstream_errands
from portal.directory import queries as directory
from portal.forecast import queries as forecast
from portal.groupements import queries as groupements
from portal.indicators.queries import editions
from portal.kernel.actor import Actor
from portal.kernel.clock import paris_date
from portal.kernel.french import format_date, plural, typo
from portal.vocabulary import DeclarationState, Permission


def errands_of(session: Session, actor: Actor, now: datetime) -> list[Errand]:
    """All that waits for this person, in the organisation they act for, in the order of days."""
    today = paris_date(now)
    return in_order(
        [
            *_months_to_file(session, actor, today),
            *_parts_to_hand(session, actor),
            *_late_members(session, actor, today),
            *_groupements(session, actor, now),
            *_months_to_check(session, actor, today),
            *_participants(session, actor, today),
            *upstream_errands(session, actor, today),
            *_awards(session, actor, today),
            *_renewals(session, actor, today),
            *_results(session, actor, today),
            *_drafts(session, actor),
            *_people(session, actor, today),
        ]
    )


def _months_to_file(session: Session, actor: Actor, today: date) -> Iterator[Errand]:
    if not actor.may(Permission.DECLARATION_FILE):
        return
    waiting = declarations.waiting_to_file(session, actor, today)
    for month in waiting.first:
        yield Errand(
            title=typo(_to_file(month)),
            why=month.contract.object,
            action="Reprendre" if month.state is DeclarationState.DRAFT else "Ouvrir",
            url=url_for("declarations.show", reference=month.reference),
            due_on=month.due_on,
            note=None if month.state is DeclarationState.EXPECTED else month.state.label.capitalize(),
        )
    yield from _others(waiting, "déclaration à déposer", "déclarations à déposer")


def _parts_to_hand(session: Session, actor: Actor) -> Iterator[Errand]:
    """Lines that a titulaire entrusts to the organisation, which employs: due before the declaration itself."""
    if not actor.may(Permission.DECLARATION_FILE):
        return
    waiting = declarations.waiting_to_fill(session, actor)
    for part in waiting.first:
        month = part.declaration
        yield Errand(
            title=typo(f"Remettre votre part {of_month(month.month)} à {month.organisation.shown_name}"),
            why=month.contract.object,
            action="Corriger" if part.to_correct else "Reprendre" if part.saved_at else "Remplir",
            url=url_for("declarations.part", reference=month.reference),
            due_on=part_due_on(month.due_on),
            note="Rendue, à corriger" if part.to_correct else None,
        )
    left = waiting.total - len(waiting.first)
    if left:
        yield Errand(
            title=f"Et {plural(left, 'part à remettre', 'parts à remettre')}",
            why="Les plus proches sont au-dessus ; la liste les montre toutes.",
            action="Voir la liste",
            url=url_for("declarations.parts"),
        )


def _to_file(month: Declaration) -> str:
    verb = "Corriger" if month.state is DeclarationState.RETURNED else "Déposer"
    return f"{verb} la déclaration {of_month(month.month)}"


def _months_to_check(session: Session, actor: Actor, today: date) -> Iterator[Errand]:
    if not actor.may(Permission.DECLARATION_CHECK):
        return
    waiting = declarations.waiting_to_check(session, actor, today)
    for month in waiting.first:
        yield Errand(
            title=typo(f"Vérifier {month.month.label}, {month.organisation.shown_name}"),
            why=month.contract.object,
            action="Vérifier",
            url=url_for("declarations.check", reference=month.reference),
            due_on=_to_check_by(month),
            note=_deposited(month),
        )
    yield from _others(waiting, "déclaration à vérifier", "déclarations à vérifier", cote="a-verifier")

    yield from _months_to_accept_together(session, actor, waiting)

    late = queries.late_for_my_desk(session, actor, today)
    if late:
        yield Errand(
            title=typo(f"Voir qui est en retard : {plural(late, 'déclaration')}"),
            why="Les rappels partent d’eux-mêmes ; un appel aide souvent davantage.",
            action="Voir les retards",
            url=url_for("declarations.index", cote="a-verifier", etat="en-retard"),
        )


def _participants(session: Session, actor: Actor, today: date) -> Iterator[Errand]:
    """What the facilitateur is asked of people rather than of months."""
    if not actor.may(Permission.DECLARATION_CHECK):
        return
    waiting = count_to_confirm(session, actor)
    if waiting:
        yield Errand(
            title=f"Confirmer {plural(waiting, 'éligibilité')}",
            why="Une fois par personne et par acheteur : ses heures ne comptent pas avant.",
            action="Voir la liste",
            url=url_for("declarations.waiting_eligibilities"),
        )
    alike = count_open(session, actor)
    if alike:
        yield Errand(
            title=f"Trancher {plural(alike, 'ressemblance')}",
            why="Deux personnes d’un même acheteur qui n’en sont peut-être qu’une : rien n’est réuni sans vous.",
            action="Répondre",
            url=url_for("declarations.likenesses"),
        )
    left = count_left_lately(session, actor, today)
    if left:
        yield Errand(
            title=f"Noter {plural(left, 'situation')} à six mois",
            why="Où en est chaque personne, six mois après sa sortie.",
            action="Voir la liste",
            url=url_for("declarations.six_months"),
        )


def _months_to_accept_together(session: Session, actor: Actor, waiting: Waiting) -> Iterator[Errand]:
    """Those of which there is nothing to say, as soon as there are two."""
    together = declarations.count_to_accept(session, actor) if waiting.total > 1 else 0
    if together > 1:
        yield Errand(
            title=f"{together} déclarations sans remarque à accepter ensemble",
            why=typo("Rien d’inhabituel, des éligibilités connues, des heures dans les règles : une page suffit."),
            action="Les voir",
            url=url_for("declarations.accept_many"),
        )


def _to_check_by(month: Declaration) -> date | None:
    return paris_date(month.saved_at) + timedelta(days=LATE_CHECK_DAYS) if month.saved_at else None


def _deposited(month: Declaration) -> str | None:
    return f"Déposée le {format_date(paris_date(month.saved_at))}" if month.saved_at else None


def _others(waiting: Waiting, one: str, several: str, *, cote: str | None = None) -> Iterator[Errand]:
    """One line for what the list shows and this page does not."""
    left = waiting.total - len(waiting.first)
    if left > 0:
        yield Errand(
            title=f"Et {plural(left, one, several)}",
            why="Les plus anciennes sont au-dessus ; la liste les montre toutes.",
            action="Voir la liste",
            url=url_for("declarations.index", cote=cote),
        )


def _late_members(session: Session, actor: Actor, today: date) -> Iterator[Errand]:
    """What the mandataire may ask of the other members."""
    if not actor.may(Permission.DECLARATION_FILE):
        return
    for month in queries.late_members(session, actor, today):
        yield Errand(
            title=typo(f"Relancer {month.organisation.shown_name} pour {month.month.label}"),
            why=month.contract.object,
            action="Voir ses coordonnées",
            url=url_for("directory.show", siret=month.organisation.siret),
            due_on=month.due_on,
            note="Membre de votre groupement",
        )


def _groupements(session: Session, actor: Actor, now: datetime) -> Iterator[Errand]:
    if not actor.may(Permission.GROUPEMENT_JOIN):
        return
    for turn in groupements.waiting(session, actor, now)[:_MOST_TURNS]:
        yield Errand(
            title=typo(turn.what),
            why=typo(f"{turn.groupement.name}, pour {turn.groupement.project.title}"),
            action=_TURN_ACTIONS.get(turn.step, "Ouvrir"),
            url=url_for("groupements.show", public_id=turn.groupement.public_id),
            due_on=turn.by,
        )


_MOST_TURNS = 8
"""The list of groupements shows the others."""
_TURN_ACTIONS = {"answer": "Voir l’invitation", "request": "Répondre", "accept": "Lire et accepter"}


def _awards(session: Session, actor: Actor, today: date) -> Iterator[Errand]:
    if not actor.may(Permission.CONTRACT_WRITE):
        return
    for lot in queries.lots_to_award(session, actor, today):
        yield Errand(
            title=typo(f"Attribuer le lot {lot.number}" if lot.number else "Attribuer le marché"),
            why=typo(lot.title),
            action="Attribuer",
            url=url_for("forecast.award", reference=lot.reference, number=lot.number),
            note=_offers(lot.offers_due_on, today),
        )


def _offers(due_on: date | None, today: date) -> str:
    if due_on is not None and due_on < today:
        return f"Offres remises le {format_date(due_on)}"
    until = f", offres jusqu’au {format_date(due_on)}" if due_on else ""
    return f"Un groupement a déposé sa candidature{until}"


def _renewals(session: Session, actor: Actor, today: date) -> Iterator[Errand]:
    if not actor.may(Permission.FORECAST_WRITE):
        return
    ending = forecast.ending_contracts(session, actor, today, most=1)
    for contract in ending.contracts:
        left = (
            f" ; {plural(ending.total - 1, 'autre finit', 'autres finissent')} d’ici deux ans"
            if ending.total > 1
            else ""
        )
        yield Errand(
            title="Préparer le renouvellement d’un marché",
            why=f"{contract.object}{left}.",
            action="Voir les marchés",
            url=url_for("forecast.projects"),
            due_on=contract.ends_on,
            note="Le marché finit ce jour-là",
        )


def _results(session: Session, actor: Actor, today: date) -> Iterator[Errand]:
    """The closed years that the direction has not frozen, then the year under way."""
    if actor.organisation_id is None or not actor.may(Permission.RESULTS_FREEZE):
        return
    first = editions.first_year(session, actor.organisation_id)
    frozen = set(editions.frozen_years(session, actor.organisation_id))
    for year in range(first or today.year, today.year):
        if year not in frozen:
            yield Errand(
                title=f"Arrêter les résultats de {year}",
                why="L’année est close : tant qu’elle n’est pas arrêtée, le public ne la lit pas.",
                action="Relire et arrêter",
                url=url_for("indicators.freeze", year=year),
            )
    if first is not None:
        yield Errand(
            title=f"Lire où en est {today.year}",
            why="Les heures, les personnes et les euros à ce jour ; chaque chiffre mène aux déclarations qui le font.",
            action="Voir l’année en cours",
            url=url_for("indicators.year", year=today.year),
        )


def _drafts(session: Session, actor: Actor) -> Iterator[Errand]:
    """For who publishes them, and for who reads them over."""
    drafts = forecast.drafts_waiting(session, actor) if actor.may(Permission.FORECAST_READ) else 0
    if not drafts:
        return
    publishes = actor.may(Permission.FORECAST_PUBLISH)
    yield Errand(
        title=f"{'Publier' if publishes else 'Relire'} {plural(drafts, 'brouillon')} de la programmation",
        why=_EARLY if publishes else _READ_OVER,
        action="Voir les brouillons",
        url=url_for("forecast.projects"),
    )


_EARLY = "Tôt vaut mieux que complet : un projet publié laisse aux structures le temps de se grouper."
_READ_OVER = "Les projets en préparation de votre organisation, avec les leviers envisagés, décidés ou écartés."


def _people(session: Session, actor: Actor, today: date) -> Iterator[Errand]:
    """Who asks to come in, to keep a page of the directory, or to belong to the network."""
    organisation_id = actor.organisation_id
    if organisation_id is None:
        return
    if actor.may(Permission.MEMBERS_MANAGE):
        joins = accounts.count_pending_join_requests(session, organisation_id)
        yield from _counted(joins, ("demande d’accès", "demandes d’accès"), _JOINS, "accounts.team")
    if actor.may(Permission.CLAIM_DECIDE):
        claims = accounts.count_pending_claims(session, actor, today)
        yield from _counted(claims, ("réclamation de fiche", "réclamations de fiche"), _CLAIMS, "accounts.claims")
    if actor.may(Permission.AFFILIATION_DECIDE):
        asked = directory.count_waiting(session, organisation_id)
        words = ("demande d’adhésion", "demandes d’adhésion")
        yield from _counted(asked, words, _AFFILIATIONS, "directory.own_networks")


_JOINS = "Des personnes demandent à agir pour votre organisation."
_CLAIMS = "Quelqu’un dit représenter une structure de l’annuaire : répondez si vous la connaissez."
_AFFILIATIONS = "Des structures demandent à rejoindre votre réseau."


def _counted(count: int, words: tuple[str, str], why: str, endpoint: str) -> Iterator[Errand]:
    if count:
        yield Errand(title=f"Répondre à {plural(count, *words)}", why=why, action="Répondre", url=url_for(endpoint))
