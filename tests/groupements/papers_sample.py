"""A groupement of three as papers tell it: euros, hours, communes, an essential task; in preparation or sealed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from portal.groupements.facts import GroupementFacts, LotTerms, MemberFacts
from portal.groupements.papers.dossier import Dossier, Partner
from portal.groupements.papers.standing import Standing
from portal.vocabulary import GroupementForm, GroupementState, MemberRole, MemberState, Reservation
from tests.accounts.people import siret

AT = datetime(2026, 12, 3, 8, 42, 7, tzinfo=UTC)
TASK = "Nettoyage des vitres en hauteur"
COMMUNES = {"33002": "Belleroche", "33001": "Saint-Aubrin"}

IN_PREPARATION = Standing(
    is_sealed=False,
    words="Groupement en préparation : accord nᵒ 2 proposé le 3 décembre 2026 à 9 h, il manque 1 acceptation.",
    missing=["Pont fixe les parts. Les parts font 97,5 %."],
    missing_in_short=["Pont fixe les parts."],
    number=2,
    sha256="3f" * 32,
    seal_sha256=None,
    printed_at=AT,
)
_SEALED = "Groupement scellé le 3 décembre 2026 à 9 h 40."
SEALED = replace(IN_PREPARATION, is_sealed=True, words=_SEALED, missing=[], missing_in_short=[], seal_sha256="5e" * 32)


def partner(rank: int, name: str, part: int | None, amount: str | None, hours: str | None, **told: Any) -> Partner:
    facts = MemberFacts(
        organisation_id=rank,
        siret=str(siret(rank)),
        name=name,
        state=MemberState.ACCEPTED,
        public_id=f"member{rank}",
        role=MemberRole.COTRAITANT if rank > 1 else MemberRole.MANDATAIRE,
        part=part,
        amount=Decimal(amount) if amount else None,
        hours=Decimal(hours) if hours else None,
        tasks=told.pop("tasks", None),
        communes=told.pop("codes", ()),
    )
    said: Mapping[str, Any] = {
        "legal_name": name,
        "address": f"{rank} rue du Pont, 33001 Saint-Aubrin",
        "contact": f"{name.lower()}@example.org",
        "kinds": "Entreprise d’insertion",
        "communes": tuple(name for code, name in COMMUNES.items() if code in facts.communes),
        "essential": (),
        "accepted_by": f"Personne {name}",
        "accepted_at": AT,
    }
    return Partner(facts=facts, **(dict(said) | told))


def dossier(standing: Standing = IN_PREPARATION, **told: Any) -> Dossier:
    partners = told.pop("partners", None) or [
        partner(1, "Pont", 4033, "96792.25", "4839.50", tasks="Écoles", codes=("33001",)),
        partner(2, "Régie", 2967, "71208", "3560.25", tasks="Gymnases", codes=("33001", "33002"), essential=(TASK,)),
        partner(3, "Net", 3000, None, "3600.25", tasks="Bureaux"),
    ]
    lot = LotTerms(
        lot_id=7,
        number=1,
        name="le lot 1, rive droite",
        reservation=Reservation.INSERTION,
        hours_wanted=Decimal(12000),
        hours_per_year=True,
        essential_tasks=(TASK,),
    )
    facts = GroupementFacts(
        state=GroupementState.SEALED if standing.is_sealed else GroupementState.FORMING,
        form=told.pop("form", GroupementForm.CONJOINT_MANDATAIRE_SOLIDAIRE),
        lots=told.pop("lots", (lot,)),
        members=tuple(each.facts for each in partners),
        tasks={(7, TASK): 2},
        tender_planned="2ᵉ trimestre 2027",
        buyer_name="Métropole des Deux Rives",
    )
    said: dict[str, Any] = {
        "portal": "Achats publics",
        "public_id": "abcdefghijkl",
        "name": "Groupement des Trois Berges",
        "project": "Nettoyage des écoles et des équipements",
        "reference": "2027-0042",
        "buyer": "Métropole des Deux Rives",
        "buyer_siret": "100 000 000 00000",
        "buyer_address": "Place de l’Hôtel-de-Ville, 33001 Saint-Aubrin",
        "buyer_contact": "Direction des achats · achats@deux-rives.example",
        "procedure": "Procédure adaptée",
        "tender_url": None,
        "communes": COMMUNES,
    }
    return Dossier(facts=facts, partners=partners, standing=standing, **(said | told))
