"""Stores contracts read in DECP: what a file tells replaces what was told before, its silence erases nothing."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, selectinload

from portal import journal
from portal.contracts import rules
from portal.contracts.decp.notices import Party, ReadContract
from portal.contracts.decp.report import Stored
from portal.contracts.models import Contract, ContractTitulaire
from portal.contracts.services.indexing import index_contracts
from portal.directory.models import Cpv
from portal.directory.services import Met, MetOrganisations, list_met
from portal.intake import Outcome, RowRefused
from portal.kernel.actor import SYSTEM
from portal.kernel.french import typo
from portal.kernel.money import format_euros
from portal.kernel.text import slug
from portal.vocabulary import ContractSource, Event, OrganisationKind, SocialConsideration

_LONGEST_SLUG = 100
_PLAIN = ("object", "nature", "cpv_code", "groupement", "offers_received", "published_on")
_CONSIDERATIONS = {
    "is_reserved": SocialConsideration.RESERVED,
    "has_social_clause": SocialConsideration.CLAUSE,
    "has_social_criterion": SocialConsideration.CRITERION,
}
_JOURNALLED = ("notified_on", "amended_on", "amount", "duration_months")


def store_contracts(session: Session, contracts: Sequence[ReadContract], *, now: datetime) -> list[Stored | RowRefused]:
    """Store contracts, each of a different uid, in the order of their uids: two imports at once never wait in a ring.

    What is unique is left to the database: the one that comes second is refused there, and finds the first one next.
    """
    listed, kinds = _listed(session, contracts, now)
    desk = _Desk(session, listed, now)
    desk.look_up(contracts)
    outcomes: list[Stored | RowRefused] = []
    for contract in contracts:
        brought = {str(party.siret) for party in contract.parties} & kinds.keys()
        outcomes.append(desk.store(contract, {siret: kinds.pop(siret) for siret in brought}))
    session.flush()
    index_contracts(session, [contract.id for contract in desk.written])
    return outcomes


def _listed(
    session: Session, contracts: Sequence[ReadContract], now: datetime
) -> tuple[MetOrganisations, dict[str, OrganisationKind]]:
    """The organisations named, and what those that the directory did not know are listed as."""
    kinds: dict[str, set[OrganisationKind]] = {}
    names: dict[str, str] = {}
    for contract in contracts:
        roles = [(contract.buyer, OrganisationKind.BUYER)]
        roles += [(party, OrganisationKind.COMPANY) for party in contract.titulaires]
        for party, kind in roles:
            if siret := party.siret:
                kinds.setdefault(siret, set()).add(kind)
                names[siret] = names.get(siret) or party.name
    sirets = {party.siret for contract in contracts for party in contract.parties if party.siret}
    met = [Met(siret, names[siret], frozenset(kinds[siret])) for siret in sirets]
    listed = list_met(session, met, actor=SYSTEM, now=now)
    return listed, {siret: min(kinds[siret]) for siret in listed.new}


class _Desk:
    """One batch: what is known of its contracts, asked in a fixed number of statements."""

    def __init__(self, session: Session, listed: MetOrganisations, now: datetime) -> None:
        self._session = session
        self._organisations = listed.by_siret
        self._unconfirmed = listed.unconfirmed
        self._now = now
        self._known: dict[str, Contract] = {}
        self._awarded: dict[tuple[int, str], Contract] = {}
        self._references: set[str] = set()
        self._labels: dict[str, str] = {}
        self.written: list[Contract] = []

    def look_up(self, contracts: Sequence[ReadContract]) -> None:
        uids = [contract.uid for contract in contracts]
        known = self._session.scalars(_locked(Contract.decp_uid.in_(uids)))
        self._known = {contract.decp_uid: contract for contract in known if contract.decp_uid}
        new = [contract for contract in contracts if contract.uid not in self._known]
        self._awarded = self._awarded_here(new)
        slugs = [reference for contract in new for reference in _references(contract.uid)]
        self._references = set(self._session.scalars(select(Contract.reference).where(Contract.reference.in_(slugs))))
        self._labels = self._cpv_labels(new)

    def store(self, read: ReadContract, listed: dict[str, OrganisationKind]) -> Stored:
        contract = self._known.get(read.uid) or self._awarded.pop((self._buyer_id(read) or 0, read.number), None)
        if contract is None:
            contract = self._made(read)
            return self._stored(contract, Outcome.CREATED, listed, self._doubts(contract.titulaires))
        before, there = _journalled(contract), list(contract.titulaires)
        if contract.source is ContractSource.AWARD:
            remarks, changed = _differences(contract, read), self._complete(contract, read)
        else:
            remarks, changed = (), self._refresh(contract, read)
        if not changed:
            return Stored(Outcome.UNCHANGED, contract.amount, listed, remarks)
        contract.version += 1
        self._record(contract, before)
        new = [held for held in contract.titulaires if held not in there]
        return self._stored(contract, Outcome.UPDATED, listed, (*remarks, *self._doubts(new)))

    def _doubts(self, new: Iterable[ContractTitulaire]) -> tuple[str, ...]:
        """Whoever types the SIRET of a titulaire before its contract comes would otherwise hold it unnoticed."""
        return tuple(
            typo(f"Titulaire {held.identifier} inscrit par une personne, à confirmer : vérifiez qui gère sa fiche.")
            for held in new
            if held.identifier in self._unconfirmed
        )

    def _stored(
        self,
        contract: Contract,
        outcome: Outcome,
        listed: dict[str, OrganisationKind],
        remarks: tuple[str, ...],
    ) -> Stored:
        self.written.append(contract)
        return Stored(outcome, contract.amount, listed, remarks)

    def _awarded_here(self, new: Sequence[ReadContract]) -> dict[tuple[int, str], Contract]:
        """Contracts made on the portal that DECP now tells of, by buyer and number."""
        keys = sorted((buyer_id, read.number) for read in new if (buyer_id := self._buyer_id(read)) is not None)
        awarded = self._session.scalars(
            _locked(
                Contract.source == ContractSource.AWARD,
                Contract.decp_uid.is_(None),
                tuple_(Contract.buyer_id, Contract.number).in_(keys),
            )
        )
        return {(contract.buyer_id, contract.number): contract for contract in awarded if contract.buyer_id}

    def _cpv_labels(self, new: Sequence[ReadContract]) -> dict[str, str]:
        codes = {read.facts["cpv_code"] for read in new if "cpv_code" in read.facts and "object" not in read.facts}
        wanted = codes | {_division(code) for code in codes}
        return dict(self._session.execute(select(Cpv.code, Cpv.label).where(Cpv.code.in_(wanted))).all())

    def _buyer_id(self, read: ReadContract) -> int | None:
        return self._organisations[read.buyer.siret].id if read.buyer.siret else None

    def _made(self, read: ReadContract) -> Contract:
        contract = Contract(
            reference=self._reference(read.uid),
            decp_uid=read.uid,
            source=ContractSource.DECP,
            family=read.family,
            number=read.number,
            object=self._object(read),
            buyer_identifier=read.buyer.identifier,
            notified_on=read.notified_on,
            created_at=self._now,
        )
        self._refresh(contract, read)
        self._session.add(contract)
        return contract

    def _reference(self, uid: str) -> str:
        """The slug of the uid; two uids may differ by their punctuation only."""
        reference = next((free for free in _references(uid) if free not in self._references), _references(uid)[-1])
        self._references.add(reference)
        return reference

    def _object(self, read: ReadContract) -> str:
        """What is bought, or what its CPV code and its sort say: the consolidated files often leave the object out."""
        if told := read.facts.get("object"):
            return str(told)
        code = read.facts.get("cpv_code", "")
        label = self._labels.get(code) or self._labels.get(_division(code)) or read.facts.get("works") or "Marché"
        return f"{label} (objet non publié)"

    def _refresh(self, contract: Contract, read: ReadContract) -> bool:
        """Take all that the file tells; whether anything changed."""
        told = _told(read) | _dated(contract, read)
        if read.buyer.siret:
            told["buyer_id"] = self._buyer_id(read)
        if read.buyer.name:
            told["buyer_name"] = contract.buyer_name or read.buyer.name
        changed = _set(contract, told)
        return self._name_titulaires(contract, read) or changed

    def _complete(self, contract: Contract, read: ReadContract) -> bool:
        """What the portal awarded stays as it is: DECP fills in what is empty."""
        told = _told(read) | {"decp_uid": read.uid, "duration_months": read.months, "amount": read.amount}
        empty = {name: value for name, value in told.items() if getattr(contract, name) is None}
        return _set(contract, empty)

    def _name_titulaires(self, contract: Contract, read: ReadContract) -> bool:
        """Add those that are not there yet. Nobody leaves: DECP does not say who left, the buyer does.

        One « à vérifier » that the notification itself no longer names was corrected: it goes.
        """
        named = {party.key for party in read.titulaires}
        whole = read.notified_on <= contract.notified_on
        mended = [held for held in contract.titulaires if whole and held.is_to_check and _key(held) not in named]
        for held in mended:
            contract.titulaires.remove(held)
        there = {_key(held) for held in contract.titulaires}
        new = [party for party in read.titulaires if party.key not in there]
        first = max((held.position for held in contract.titulaires), default=-1) + 1
        contract.titulaires += [self._titulaire(party, first + rank) for rank, party in enumerate(new)]
        return bool(new or mended)

    def _titulaire(self, party: Party, position: int) -> ContractTitulaire:
        return ContractTitulaire(
            position=position,
            organisation_id=self._organisations[party.siret].id if party.siret else None,
            identifier=party.identifier,
            identifier_type=party.type,
            name=party.name,
        )

    def _record(self, contract: Contract, before: dict[str, Any]) -> None:
        after = _journalled(contract)
        changed = [name for name in before if before[name] != after[name]]
        journal.record(
            self._session,
            Event.CONTRACTS_IMPORTED,
            ("contract", contract.id, f"{contract.number} {contract.object}"),
            actor=SYSTEM,
            at=self._now,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )


def _locked(*conditions: Any) -> Any:
    return (
        select(Contract)
        .where(*conditions)
        .order_by(Contract.decp_uid, Contract.id)
        .options(selectinload(Contract.titulaires))
        .with_for_update()
    )


def _told(read: ReadContract) -> dict[str, Any]:
    """The columns of a contract that a file tells."""
    told = {name: read.facts[name] for name in _PLAIN if name in read.facts}
    if "procedure" in read.facts:
        told["procedure"], told["procedure_as_read"] = read.facts["procedure"]
    if "considerations" in read.facts:
        named = read.facts["considerations"]
        told |= {column: consideration in named for column, consideration in _CONSIDERATIONS.items()}
    return told


def _dated(contract: Contract, read: ReadContract) -> dict[str, Any]:
    """Dates, amount and duration: the earliest notification counts for the first, the latest for the others."""
    state_on = contract.amended_on or contract.notified_on
    notified_on, amended_on = min(contract.notified_on, read.notified_on), max(state_on, read.state_on)
    told: dict[str, Any] = {
        "notified_on": notified_on,
        "amended_on": amended_on if amended_on > notified_on else None,
        "amount": contract.amount,
        "duration_months": contract.duration_months,
    }
    if read.amount is not None and (read.state_on >= state_on or contract.amount is None):
        told["amount"] = read.amount
    if read.months is not None and (read.state_on >= state_on or contract.duration_months is None):
        told["duration_months"] = read.months
    months = told["duration_months"]
    told["ends_on"] = rules.ends_on(notified_on, months) if months else None
    return told


def _differences(contract: Contract, read: ReadContract) -> tuple[str, ...]:
    if contract.amount is None or read.amount is None or contract.amount == read.amount:
        return ()
    ours, theirs = format_euros(contract.amount), format_euros(read.amount)
    return (typo(f"Attribué sur le portail pour {ours}, {theirs} dans ce fichier : le montant du portail reste."),)


def _journalled(contract: Contract) -> dict[str, Any]:
    told = {name: getattr(contract, name) for name in _JOURNALLED}
    return told | {"titulaires": [" ".join(filter(None, (held.identifier, held.name))) for held in contract.titulaires]}


def _set(contract: Contract, told: dict[str, Any]) -> bool:
    changed = {name: value for name, value in told.items() if getattr(contract, name) != value}
    for name, value in changed.items():
        setattr(contract, name, value)
    return bool(changed)


def _key(held: ContractTitulaire) -> str:
    return Party(held.identifier, held.name, held.identifier_type).key


def _references(uid: str) -> tuple[str, str]:
    """The plain one, and the one for a uid whose plain one is taken."""
    plain = slug(uid)[:_LONGEST_SLUG].strip("-") or "marche"
    return plain, f"{plain}-{hashlib.sha256(uid.encode()).hexdigest()[:8]}"


def _division(code: str) -> str:
    return f"{code[:2]}000000"
