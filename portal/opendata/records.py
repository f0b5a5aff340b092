"""Public lots as flat records, codes and words side by side: what feeds, files, the API and OCDS are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from portal.contracts.queries import Holder, holders_of
from portal.directory.models import Commune, Cpv, Organisation
from portal.forecast import wording
from portal.forecast.facts import LeverChoice, LotFacts
from portal.forecast.listing.rows import live_lots, lot_title
from portal.forecast.models import Award, Listing, Lot, LotCommune, LotLever, Project
from portal.kernel.french import typo
from portal.kernel.period import PlannedPeriod
from portal.kernel.text import fold
from portal.vocabulary import (
    Confidence,
    Lever,
    LotOutcome,
    Procedure,
    ProjectState,
    PurchaseFamily,
    SocialConsideration,
    Trade,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A commune where a lot is carried out."""

    code: str
    name: str
    department_code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LotRecord:
    """All that anyone may know of a lot. Amounts in euros before tax; None: not known yet, or not said."""

    lot_id: int
    project_id: int
    reference: str
    """The project's name in addresses."""
    project_number: str
    number: int
    """0 for the whole of a project whose allotment is not defined."""
    lot_in_address: int | None
    """None when the project's own page is that of the lot."""
    title: str
    """As the list shows it, the project's title included."""
    project_title: str
    project_summary: str | None
    buyer_id: int
    buyer_name: str
    buyer_siret: str
    family: PurchaseFamily
    state: ProjectState
    published_at: datetime
    changed_at: datetime
    """The last public change of the lot or of its project."""
    withdrawn_at: datetime | None
    """When it was taken out of its project, or replaced by other lots."""
    procedure: Procedure | None
    reply_days: int | None
    lots_per_candidate: int | None
    questions_until: date | None
    tender_url: str | None
    offers_due_on: date | None
    contact_service: str | None
    contact_email: str | None
    contact_phone: str | None
    facts: LotFacts
    """Trade, planned period, size, terms and levers of the lot."""
    cpv_label: str | None
    cpv_key: str | None
    places: tuple[Place, ...]
    """By name; empty for the whole territory of the buyer."""
    outcome: LotOutcome | None
    decided_on: date | None
    outcome_reason: str | None
    promised_hours: Decimal | None
    holders: tuple[Holder, ...]

    @property
    def trade(self) -> Trade:
        return self.facts.trade

    @property
    def planned(self) -> PlannedPeriod:
        return self.facts.planned

    @property
    def confidence(self) -> Confidence:
        return self.facts.confidence

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is to come any more: awarded, without result, dropped or withdrawn."""
        ended = self.outcome is not None or self.withdrawn_at is not None
        return ended or self.state in {ProjectState.AWARDED, ProjectState.DROPPED}

    @property
    def status(self) -> str:
        """« publié, en préparation », « consultation en cours », « attribué », « retiré »."""
        if self.withdrawn_at is not None:
            return "retiré"
        return typo(self.outcome.label if self.outcome else self.state.label)

    @property
    def considerations(self) -> tuple[SocialConsideration, ...]:
        """In the words of DECP: those of its levers, or none, which excludes the others."""
        named = [choice.lever.consideration for choice in self.facts.levers if choice.is_live]
        known = [each for each in SocialConsideration if each in named]
        return tuple(known) or (SocialConsideration.NONE,)

    @property
    def levers(self) -> tuple[LeverChoice, ...]:
        """Those envisaged or decided."""
        return tuple(choice for choice in self.facts.levers if choice.is_live)

    @property
    def lever_words(self) -> str | None:
        return ", ".join(wording.lever_words(choice) for choice in self.levers) or None

    @property
    def place_words(self) -> str | None:
        """« toutes les communes du territoire », « Belleroche, Saint-Aubrin »."""
        if self.facts.whole_territory:
            return "toutes les communes du territoire de l’acheteur"
        return ", ".join(place.name for place in self.places) or None

    @property
    def departments(self) -> tuple[str, ...]:
        return tuple(sorted({place.department_code for place in self.places}))


def records_of(session: Session, lot_ids: Sequence[int]) -> list[LotRecord]:
    """These lots in the order asked for, without those that were never public; four statements at most."""
    if not lot_ids:
        return []
    rows = {row.id: row for row in session.execute(_lots(), {"lot_ids": lot_ids})}
    levers = _gathered(session, _levers(), rows)
    places = _gathered(session, _places(), rows)
    contracts = [row.contract_id for row in rows.values() if row.contract_id is not None]
    holders = holders_of(session, contracts)
    found = (rows[lot_id] for lot_id in lot_ids if lot_id in rows)
    return [_record(row, levers.get(row.id, []), places.get(row.id, []), holders) for row in found]


Columns = Select[*tuple[Any, ...]]

_COMPOSED = {"planned", "execution", "commune_codes", "levers"}
_FACTS = tuple(name for name in LotFacts.__dataclass_fields__ if name not in _COMPOSED)
_AS_THEY_STAND = (
    "reference",
    "buyer_id",
    "family",
    "state",
    "procedure",
    "reply_days",
    "lots_per_candidate",
    "questions_until",
    "tender_url",
    "offers_due_on",
    "contact_service",
    "contact_email",
    "contact_phone",
    "published_at",
)


@lru_cache
def _lots() -> Columns:
    lot, project, buyer = Lot.__table__.c, Project.__table__.c, Organisation.__table__.c
    facts = (*_FACTS, "planned_on", "planned_precision", "execution_on", "execution_precision")
    return (
        select(
            lot.id,
            lot.number,
            lot.ended_at,
            *(lot[name].label(f"fact_{name}") for name in facts),
            project.id.label("project_id"),
            project.year,
            project.number.label("project_number"),
            project.title.label("project_title"),
            project.summary,
            *(project[name] for name in _AS_THEY_STAND),
            func.coalesce(Listing.changed_at, project.state_since).label("changed_at"),
            Organisation.shown_name.label("buyer_name"),
            buyer.siret,
            Cpv.label.label("cpv_label"),
            Cpv.key.label("cpv_key"),
            live_lots(Lot).label("lots"),
            Award.outcome,
            Award.decided_on,
            Award.reason.label("outcome_reason"),
            Award.promised_hours,
            Award.contract_id,
        )
        .select_from(Lot)
        .join(Project, Project.id == Lot.project_id)
        .join(Organisation, Organisation.id == Project.buyer_id)
        .outerjoin(Listing, Listing.lot_id == Lot.id)
        .outerjoin(Cpv, Cpv.code == Lot.cpv_code)
        .outerjoin(Award, Award.lot_id == Lot.id)
        .where(Lot.id.in_(_asked("lot_ids")), *_once_public())
    )


def _once_public() -> tuple[Any, ...]:
    """A lot that was withdrawn from a draft was never shown to anyone."""
    return Project.published_at.is_not(None), or_(Lot.ended_at.is_(None), Lot.ended_at > Project.published_at)


@lru_cache
def _levers() -> Columns:
    columns = (LotLever.lever, LotLever.state, LotLever.reservation, LotLever.weight_percent, LotLever.reason)
    return select(LotLever.lot_id, *columns).where(LotLever.lot_id.in_(_asked("lot_ids")))


@lru_cache
def _places() -> Columns:
    named = select(LotCommune.lot_id, Commune.code, Commune.name, Commune.department_code)
    return named.join(Commune, Commune.code == LotCommune.commune_code).where(LotCommune.lot_id.in_(_asked("lot_ids")))


def _asked(name: str) -> Any:
    return bindparam(name, expanding=True)


def _gathered(session: Session, statement: Columns, rows: Mapping[int, Row[Any]]) -> dict[int, list[Any]]:
    gathered: dict[int, list[Any]] = {}
    for lot_id, *values in session.execute(statement, {"lot_ids": list(rows)}):
        gathered.setdefault(lot_id, []).append(values)
    return gathered


def _record(
    row: Row[Any], levers: list[Any], places: list[Any], holders: Mapping[int, tuple[Holder, ...]]
) -> LotRecord:
    alone = row.lots == 1 and row.ended_at is None
    return LotRecord(
        **{name: getattr(row, name) for name in _AS_THEY_STAND},
        lot_id=row.id,
        project_id=row.project_id,
        project_number=f"{row.year}-{row.project_number:04}",
        number=row.number,
        lot_in_address=None if alone or row.ended_at else row.number,
        title=row.project_title
        if alone or not row.number
        else lot_title(row.project_title, row.number, row.fact_title),
        project_title=row.project_title,
        project_summary=row.summary,
        buyer_name=row.buyer_name,
        buyer_siret=row.siret,
        changed_at=max(row.changed_at, row.ended_at or row.changed_at),
        withdrawn_at=row.ended_at,
        facts=_facts(row, levers, places),
        cpv_label=row.cpv_label,
        cpv_key=row.cpv_key,
        places=tuple(sorted((Place(*each) for each in places), key=lambda place: (fold(place.name), place.code))),
        outcome=row.outcome,
        decided_on=row.decided_on,
        outcome_reason=row.outcome_reason,
        promised_hours=row.promised_hours,
        holders=holders.get(row.contract_id, ()),
    )


def _facts(row: Row[Any], levers: list[Any], places: list[Any]) -> LotFacts:
    choices = sorted((LeverChoice(*each) for each in levers), key=lambda choice: _RANKS[choice.lever])
    begins, precision = row.fact_execution_on, row.fact_execution_precision
    return LotFacts(
        **{name: getattr(row, f"fact_{name}") for name in _FACTS},
        planned=PlannedPeriod(row.fact_planned_on, row.fact_planned_precision),
        execution=PlannedPeriod(begins, precision) if begins and precision else None,
        commune_codes=tuple(sorted(code for code, *_ in places)),
        levers=tuple(choices),
    )


_RANKS = {lever: rank for rank, lever in enumerate(Lever)}
