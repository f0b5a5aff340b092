"""Organisations and the reference lists (communes, departments, CPV) that all rooms point at."""

from datetime import date, datetime

from sqlalchemy import (
    CHAR,
    CheckConstraint,
    ColumnElement,
    Double,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    func,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.directory import rules
from portal.kernel.clock import paris_date
from portal.kernel.siret import Siret
from portal.kernel.text import fold
from portal.storage import Base, SearchTable, UtcInstant, Versioned, listed
from portal.vocabulary import (
    EssFamily,
    OrganisationKind,
    OrganisationSource,
    PurchaseFamily,
    Reservation,
    ServiceType,
    TerritoryScope,
    Trade,
)

organisation_search = SearchTable("organisation_search")


def _sorted(length: int) -> String:
    """A folded text that orders lists: byte by byte, whatever the locale of the PostgreSQL server."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class Department(Base):
    """A department and the region it belongs to, under their INSEE codes."""

    __tablename__ = "department"

    code: Mapped[str] = mapped_column(String(3), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    region_code: Mapped[str] = mapped_column(CHAR(2), index=True)
    region_name: Mapped[str] = mapped_column(String(60))


class Commune(Base):
    """A commune under its INSEE code, and the intercommunality (EPCI) it belongs to."""

    __tablename__ = "commune"
    __table_args__ = (Index("ix_commune_department_code_sort_name", "department_code", "sort_name"),)

    code: Mapped[str] = mapped_column(CHAR(5), primary_key=True)
    siren: Mapped[str | None] = mapped_column(CHAR(9))
    name: Mapped[str] = mapped_column(String(100))
    sort_name: Mapped[str] = mapped_column(_sorted(100))
    department_code: Mapped[str] = mapped_column(ForeignKey("department.code"))
    population: Mapped[int | None]
    """Population municipale."""
    epci_siren: Mapped[str | None] = mapped_column(CHAR(9), index=True)
    epci_name: Mapped[str | None] = mapped_column(String(100))
    latitude: Mapped[float | None] = mapped_column(Double)
    """Degrees (WGS 84) of its centre, for who is near whom; None: not known."""
    longitude: Mapped[float | None] = mapped_column(Double)


class Cpv(Base):
    """A code of the common procurement vocabulary. Its key stands in the list: no formula gives all of them."""

    __tablename__ = "cpv"

    code: Mapped[str] = mapped_column(CHAR(8), primary_key=True)
    key: Mapped[str] = mapped_column(CHAR(1))
    label: Mapped[str] = mapped_column(String(400))

    @property
    def full_code(self) -> str:
        return f"{self.code}-{self.key}"

    @property
    def family(self) -> PurchaseFamily:
        return rules.purchase_family_of(self.code)


class Organisation(Versioned, Base):
    """A legal establishment: structure, network, buyer, company; several of them at once."""

    __tablename__ = "organisation"
    __table_args__ = (
        Index("ix_organisation_sort_name", "sort_name", "siret"),
        Index("ix_organisation_commune_code", "commune_code", "sort_name", "siret"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    siret: Mapped[str] = mapped_column(CHAR(14), unique=True)
    name: Mapped[str] = mapped_column(String(250))
    usual_name: Mapped[str | None] = mapped_column(String(250))
    sort_name: Mapped[str] = mapped_column(_sorted(250))
    """The folded name that people know it by: the order of lists, the same on both databases."""
    legal_category: Mapped[str | None] = mapped_column(CHAR(4))
    """INSEE « catégorie juridique »."""
    naf: Mapped[str | None] = mapped_column(CHAR(5))
    ess_family: Mapped[EssFamily | None] = mapped_column(listed(EssFamily, name="ess_family"))
    esus_from: Mapped[date | None]
    esus_until: Mapped[date | None]
    address: Mapped[str | None] = mapped_column(String(250))
    post_code: Mapped[str | None] = mapped_column(String(10))
    city: Mapped[str | None] = mapped_column(String(100))
    commune_code: Mapped[str | None] = mapped_column(ForeignKey("commune.code"))
    department_code: Mapped[str | None] = mapped_column(ForeignKey("department.code"), index=True)
    contact_email: Mapped[str | None] = mapped_column(String(254))
    contact_phone: Mapped[str | None] = mapped_column(String(30))
    website: Mapped[str | None] = mapped_column(String(250))
    description: Mapped[str | None] = mapped_column(Text)
    source: Mapped[OrganisationSource] = mapped_column(listed(OrganisationSource, name="source"))
    created_at: Mapped[datetime] = mapped_column(UtcInstant())
    updated_at: Mapped[datetime] = mapped_column(UtcInstant())

    commune: Mapped[Commune | None] = relationship()
    department: Mapped[Department | None] = relationship()
    kinds: Mapped[list["HeldKind"]] = relationship(
        cascade="all, delete-orphan", order_by="(HeldKind.valid_from, HeldKind.kind)"
    )
    offered: Mapped[list["OfferedTrade"]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    served: Mapped[list["ServedTerritory"]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    @hybrid_property
    def shown_name(self) -> str:
        """The name that people know it by; in statements too."""
        return self.usual_name or self.name

    @shown_name.inplace.expression
    @classmethod
    def _shown_name(cls) -> ColumnElement[str]:
        return func.coalesce(cls.usual_name, cls.name)

    @property
    def shown_siret(self) -> str:
        return Siret(self.siret).formatted

    @property
    def is_structure(self) -> bool:
        """Whether it has ever been a structure of insertion, adapted or protected work."""
        return any(held.kind.is_structure for held in self.kinds)

    @property
    def summary(self) -> list[str]:
        """What it is, one line each, as an operator reads it."""
        in_order = sorted(self.kinds, key=lambda held: (held.valid_from, held.kind))
        kinds = [f"{held.kind.label} : {rules.period_words(held.valid_from, held.valid_to)}" for held in in_order]
        esus = [f"Agrément ESUS : {rules.period_words(self.esus_from, self.esus_until)}"] if self.esus_from else []
        return [f"{self.shown_name}, SIRET {self.shown_siret}", *(kinds or ["Rien n’est dit de ce qu’elle est"]), *esus]

    @property
    def trades(self) -> list[str]:
        """The trades offered, each with its service type, as the edit form ticks them: « cleaning:PREST »."""
        return [f"{offer.trade}:{offer.service_type}" for offer in self.offered]

    @property
    def everywhere(self) -> bool:
        return any(territory.scope is TerritoryScope.FRANCE for territory in self.served)

    @property
    def regions(self) -> list[str]:
        return self._served_codes(TerritoryScope.REGION)

    @property
    def departments(self) -> str:
        """As typed in the edit form: « 24, 33 »."""
        return ", ".join(self._served_codes(TerritoryScope.DEPARTMENT))

    @property
    def epcis(self) -> list[str]:
        return self._served_codes(TerritoryScope.EPCI)

    @property
    def communes(self) -> str:
        """As typed in the edit form: « Bègles (33039), Bordeaux (33063) »."""
        served = [territory.commune for territory in self.served if territory.commune is not None]
        return ", ".join(f"{commune.name} ({commune.code})" for commune in sorted(served, key=lambda c: c.sort_name))

    def _served_codes(self, scope: TerritoryScope) -> list[str]:
        return sorted(territory.code for territory in self.served if territory.scope is scope)

    def kinds_on(self, day: date) -> frozenset[OrganisationKind]:
        return rules.kinds_on(self.kinds, day)

    def is_eligible_on(self, day: date, reservation: Reservation) -> bool:
        """Whether it may answer, on that day, a lot with this reservation as of right."""
        return rules.is_eligible(self.kinds_on(day), self.ess_family, reservation)

    def is_esus_on(self, day: date) -> bool:
        """Whether its ESUS approval holds on that day (code du travail, L3332-17-1)."""
        return self.esus_from is not None and self.esus_from <= day <= (self.esus_until or date.max)

    def call(self, name: str, usual_name: str | None) -> None:
        """Give it its names, and the place they have in lists."""
        self.name, self.usual_name = name, usual_name or None
        self.sort_name = fold(self.shown_name)[:250]


class HeldKind(Base):
    """What an organisation is between two dates, both included; see `rules.SINCE_UNKNOWN` for a start nobody told."""

    __tablename__ = "organisation_kind"
    __table_args__ = (
        UniqueConstraint("organisation_id", "kind", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
        Index("ix_organisation_kind_kind", "kind", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[OrganisationKind] = mapped_column(listed(OrganisationKind, name="kind"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    source: Mapped[OrganisationSource] = mapped_column(listed(OrganisationSource, name="source"))

    @property
    def known_since(self) -> date | None:
        return None if self.valid_from == rules.SINCE_UNKNOWN else self.valid_from


class OfferedTrade(Base):
    """A trade that an organisation offers, and how it works for its customers in it."""

    __tablename__ = "organisation_trade"
    __table_args__ = (
        UniqueConstraint("organisation_id", "trade", "service_type"),
        Index("ix_organisation_trade_trade", "trade", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    trade: Mapped[Trade] = mapped_column(listed(Trade, name="trade"))
    service_type: Mapped[ServiceType] = mapped_column(listed(ServiceType, name="service_type"))


class ServedTerritory(Base):
    """A territory that an organisation serves: an INSEE code, a SIREN for an EPCI, `rules.FRANCE_CODE` for France."""

    __tablename__ = "organisation_territory"
    __table_args__ = (
        UniqueConstraint("organisation_id", "scope", "code"),
        Index("ix_organisation_territory_code", "scope", "code", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    scope: Mapped[TerritoryScope] = mapped_column(listed(TerritoryScope, name="scope"))
    code: Mapped[str] = mapped_column(String(9))

    commune: Mapped[Commune | None] = relationship(
        primaryjoin=lambda: and_(
            foreign(ServedTerritory.code) == Commune.code, ServedTerritory.scope == TerritoryScope.COMMUNE
        ),
        viewonly=True,
        lazy="joined",
        cascade="expunge",
    )


class Affiliation(Versioned, Base):
    """A structure in a network: asked, accepted, ended. Ended without being accepted, it was declined or withdrawn.

    Accounts are a later room: who acted is an account's id without foreign key, as in the journal.
    """

    __tablename__ = "affiliation"
    __table_args__ = (
        CheckConstraint("network_id <> structure_id", name="two_organisations"),
        Index(
            "uq_affiliation_live",
            "network_id",
            "structure_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_affiliation_structure_id", "structure_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    network_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    structure_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcInstant())
    asked_by: Mapped[int | None]
    accepted_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    accepted_by: Mapped[int | None]
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    ended_by: Mapped[int | None]
    end_reason: Mapped[str | None] = mapped_column(Text)
    """Why the network declined, in the words that the structure reads."""
    ended_by_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))

    network: Mapped[Organisation] = relationship(foreign_keys=[network_id])
    structure: Mapped[Organisation] = relationship(foreign_keys=[structure_id])

    @property
    def member_since(self) -> date | None:
        """The civil date of the acceptance."""
        return None if self.accepted_at is None else paris_date(self.accepted_at)

    @property
    def is_live(self) -> bool:
        return self.ended_at is None

    @property
    def awaits_answer(self) -> bool:
        return self.is_live and self.accepted_at is None

    @property
    def is_member(self) -> bool:
        return self.is_live and self.accepted_at is not None
