"""A groupement and what its papers need of other rooms, in a fixed number of statements."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.directory.models import Commune, Organisation
from portal.forecast.models import LotCommune, Project
from portal.groupements import queries, translation
from portal.groupements.facts import GroupementFacts, MemberFacts
from portal.groupements.models import Acceptance, Agreement, Groupement, Member
from portal.groupements.papers.dossier import Dossier, Partner
from portal.groupements.papers.standing import standing_of
from portal.kernel.actor import Actor
from portal.kernel.clock import paris_date
from portal.kernel.french import typo


def gather(session: Session, actor: Actor, public_id: str, now: datetime, *, portal_name: str) -> Dossier:
    """For who is inside. Raises NotFound for everyone else."""
    groupement = queries.inside(session, actor, public_id, now)
    facts = translation.facts_of(groupement, now, with_fitness=True)
    agreement, seal = queries.asked_agreement(session, groupement), queries.verified(session, groupement, facts)
    elsewhere = queries.sealed_elsewhere(session, groupement)
    project, buyer = groupement.project, groupement.project.buyer
    communes = _communes(session, facts)
    return Dossier(
        portal=portal_name,
        public_id=groupement.public_id,
        name=groupement.name,
        project=project.title,
        reference=project.shown_number,
        buyer=buyer.shown_name,
        buyer_siret=buyer.siret,
        buyer_address=_address(buyer),
        buyer_contact=_contact_of(project),
        procedure=typo(project.procedure.label) if project.procedure else "",
        tender_url=project.tender_link,
        facts=facts,
        partners=_partners(groupement, facts, agreement, communes, paris_date(now)),
        standing=standing_of(facts, agreement, seal, elsewhere, groupement, now),
        communes=communes,
    )


def _communes(session: Session, facts: GroupementFacts) -> Mapping[str, str]:
    """Names by code, those of the lots and of the members, in the order of names."""
    of_lots = select(LotCommune.commune_code).where(LotCommune.lot_id.in_([lot.lot_id for lot in facts.lots]))
    of_members = {code for member in facts.active for code in member.communes}
    wanted = Commune.code.in_(of_lots) | Commune.code.in_(of_members)
    named = select(Commune.code, Commune.name).where(wanted).order_by(Commune.sort_name, Commune.code)
    return {row.code: row.name for row in session.execute(named)}


def _partners(
    groupement: Groupement,
    facts: GroupementFacts,
    agreement: Agreement | None,
    communes: Mapping[str, str],
    today: date,
) -> list[Partner]:
    """The mandataire first, then as they came."""
    accepted = {each.member_id: each for each in agreement.acceptances} if agreement else {}
    pairs = zip(groupement.members, facts.members, strict=True)
    inside = sorted((pair for pair in pairs if pair[1].is_active), key=lambda pair: not pair[1].is_mandataire)
    return [_partner(member, told, facts, communes, accepted.get(member.id), today) for member, told in inside]


def _partner(
    member: Member,
    told: MemberFacts,
    facts: GroupementFacts,
    communes: Mapping[str, str],
    acceptance: Acceptance | None,
    today: date,
) -> Partner:
    organisation = member.organisation
    return Partner(
        facts=told,
        legal_name=organisation.name,
        address=_address(organisation),
        contact=_contact(organisation.contact_email, organisation.contact_phone),
        kinds=", ".join(sorted(kind.label for kind in organisation.kinds_on(today))),
        communes=tuple(name for code, name in communes.items() if code in told.communes),
        essential=_essential(facts, told.organisation_id),
        accepted_by=acceptance.by_label if acceptance else None,
        accepted_at=acceptance.at if acceptance else None,
    )


def _essential(facts: GroupementFacts, organisation_id: int) -> tuple[str, ...]:
    several = len(facts.lots) > 1
    return tuple(
        typo(f"{label} ({lot.name})") if several else label
        for lot in facts.lots
        for label in lot.essential_tasks
        if facts.tasks.get((lot.lot_id, label)) == organisation_id
    )


def _address(organisation: Organisation) -> str:
    city = " ".join(filter(None, (organisation.post_code, organisation.city)))
    return ", ".join(filter(None, (organisation.address, city)))


def _contact_of(project: Project) -> str:
    named = ", ".join(filter(None, (project.contact_service, project.contact_name)))
    return " · ".join(filter(None, (named, _contact(project.contact_email, project.contact_phone))))


def _contact(email: str | None, phone: str | None) -> str:
    return " · ".join(filter(None, (email, phone)))
