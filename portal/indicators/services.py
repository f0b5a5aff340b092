"""Freezing a year, and telling the terms of an assembly."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.directory.models import Organisation
from portal.indicators import policies, rules
from portal.indicators.canonical import canonical, sha256_of
from portal.indicators.facts import Term
from portal.indicators.models import Edition, Mandate
from portal.indicators.published import publish
from portal.indicators.queries.year import figures_of, terms_of
from portal.journal import services as journal
from portal.kernel.actor import Actor
from portal.kernel.clock import paris_date
from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.kernel.siret import Siret
from portal.vocabulary import Event, OrganisationKind


def freeze(
    session: Session, buyer: Organisation, year: int, *, shown: str | None = None, actor: Actor, now: datetime
) -> Edition:
    """Freeze a year that is over, as the ledger stands: the next edition, which the public reads from now on.

    `shown` is the hash of what the person read. Raises RuleViolation when the figures have changed since.
    """
    policies.ensure_can_freeze(actor, buyer.id)
    rules.ensure_over(year, paris_date(now))
    session.scalars(select(Organisation.id).where(Organisation.id == buyer.id).with_for_update()).one()
    figures = canonical(publish(figures_of(session, buyer, year, now)))
    sha256 = sha256_of(figures)
    if shown is not None and shown != sha256:
        raise RuleViolation(
            typo("Les chiffres ont changé pendant que vous les lisiez : relisez-les, puis arrêtez-les.")
        )
    same_year = select(Edition).where(Edition.buyer_id == buyer.id, Edition.year == year)
    last = session.scalar(same_year.order_by(Edition.number.desc()).limit(1))
    if last is not None and last.sha256 == sha256:
        raise RuleViolation(typo(f"L’édition {last.number} dit déjà exactement cela : rien n’est à arrêter."))
    edition = Edition(
        buyer_id=buyer.id,
        year=year,
        number=last.number + 1 if last else 1,
        frozen_at=now,
        frozen_by_label=actor.label,
        figures=figures,
        sha256=sha256,
    )
    session.add(edition)
    session.flush()
    subject = ("edition", edition.id, f"Résultats de {year}, {buyer.shown_name}, édition {edition.number}")
    journal.record(session, Event.RESULTS_FROZEN, subject, actor=actor, at=now, after={"sha256": sha256})
    return edition


def tell_mandate(session: Session, siret: Siret, term: Term, *, actor: Actor, now: datetime) -> list[str]:
    """Tell a term of a buyer's assembly: all its terms then, in words. The same start told again changes the rest."""
    buyer = session.scalar(select(Organisation).where(Organisation.siret == str(siret)).with_for_update())
    if buyer is None or OrganisationKind.BUYER not in buyer.kinds_on(paris_date(now)):
        raise RuleViolation(f"Le SIRET {siret.formatted} n’est pas celui d’un acheteur de l’annuaire.")
    policies.ensure_can_tell_mandates(actor, buyer.id)
    rules.ensure_term(term, [known for known in terms_of(session, buyer.id) if known.starts_on != term.starts_on])
    same = select(Mandate).where(Mandate.buyer_id == buyer.id, Mandate.starts_on == term.starts_on)
    mandate = session.scalar(same)
    before = {"name": mandate.name, "ends_on": mandate.ends_on} if mandate else None
    if mandate is None:
        mandate = Mandate(buyer_id=buyer.id, starts_on=term.starts_on)
        session.add(mandate)
    mandate.name, mandate.ends_on = term.name, term.ends_on
    session.flush()
    subject = ("mandate", mandate.id, f"Mandat {term.name}, {buyer.shown_name}")
    after = {"name": term.name, "starts_on": term.starts_on, "ends_on": term.ends_on}
    journal.record(session, Event.MANDATE_TOLD, subject, actor=actor, at=now, before=before, after=after)
    return [rules.term_words(known) for known in terms_of(session, buyer.id)]
