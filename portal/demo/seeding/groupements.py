"""Three groupements: one that forms, one whose candidacy is filed, one that won. Through the services, as lived."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from portal.contracts.services import follow
from portal.demo.seeding.stage import Act, Stage
from portal.demo.world.contracts import Contract as Planned
from portal.demo.world.people import Person, everyone
from portal.demo.world.purchases import ANCHOR, Project, all_projects
from portal.demo.world.texts import words
from portal.forecast.facts import AwardFacts
from portal.forecast.models import Lot
from portal.groupements import services
from portal.groupements.facts import About, Offer, Share, Terms
from portal.groupements.models import Groupement, Member
from portal.kernel.actor import Actor
from portal.vocabulary import GroupementForm

WON = "2026-201-1"
"""The contract that a groupement won."""
_WON_AT = timedelta(hours=1)
"""How long before the other lots of its project this one was awarded."""


def acts(contracts: Sequence[Planned]) -> Iterator[Act]:
    told = words("groupements")
    projects = {project.title: project for project in all_projects()}
    won = next(contract for contract in contracts if contract.bought.number == WON)
    yield from _Story(told["forming"], projects[told["forming"]["project"]]).acts()
    yield from _Story(told["filed"], projects[told["filed"]["project"]]).acts()
    yield from _Story(told["won"], won.bought.project, won).acts()


@dataclass
class _Story:
    """One groupement, from its opening on; days are counted from the demonstration's, or from the tender's opening."""

    told: Mapping[str, object]
    project: Project
    won: Planned | None = None
    _row: Groupement = field(init=False)

    @property
    def people(self) -> dict[str, Person]:
        return {person.key: person for person in everyone()}

    def acts(self) -> Iterator[Act]:
        told = self.told
        yield self._act(told["opened"], self._open)
        for each in _list(told, "invited"):
            yield self._act(each["day"], partial(self._invite, each=each))
            if "answered" in each:
                yield self._act(each["answered"], partial(self._join, each=each))
        for each in _list(told, "asking"):
            yield self._act(each["day"], partial(self._ask, each=each))
        if "sealed" not in told:
            return
        sealed = float(str(told["sealed"]))
        yield self._act(sealed - 4, self._agree)
        for rank, each in enumerate(_list(told, "shares")):
            yield self._act(sealed - 3 + rank * 0.6, partial(self._accept, each=each))
        yield self._act(sealed, self._seal)
        yield self._act(told["filed"], self._file)
        if self.won is not None:
            yield Act(self.project.state_since - _WON_AT, self._award)

    def _act(self, day: object, do: Callable[[Stage, datetime], None]) -> Act:
        """Days after the consultation opened; before the demonstration, when it has not."""
        origin = self.project.tendered_at or ANCHOR.replace(hour=8)
        return Act(origin + timedelta(days=float(str(day))), do)

    def _actor(self, stage: Stage, key: object, for_: object = None) -> Actor:
        return stage.acting(self.people[str(key)], None if for_ is None else str(for_))

    def _open(self, stage: Stage, now: datetime) -> None:
        told = self.told
        about = About(name=str(told["name"]), presentation=str(told["presentation"]))
        actor = self._actor(stage, told["by"], told.get("for"))
        self._row = services.open_groupement(stage.session, self._lot(stage), about, actor=actor, now=now)
        self._row.public_id = str(told["public_id"])

    def _lot(self, stage: Stage) -> Lot:
        project = next(row for row in stage.projects if row.title == self.project.title and not _is_over(row.state))
        lot = project.lot_numbered(int(str(self.told["lot"])))
        assert lot is not None  # noqa: S101 — narrows the type
        return lot

    def _leader(self, stage: Stage) -> Actor:
        return self._actor(stage, self.told["by"], self.told.get("for"))

    def _invite(self, stage: Stage, now: datetime, *, each: Mapping[str, object]) -> None:
        organisation = stage.organisations[str(each["organisation"])]
        offer = Offer(message=str(each["message"]), share=_share(each))
        services.invite(stage.session, self._row, organisation, offer, actor=self._leader(stage), now=now)

    def _join(self, stage: Stage, now: datetime, *, each: Mapping[str, object]) -> None:
        actor = self._actor(stage, each["by"], each["organisation"])
        services.answer_invitation(stage.session, self._row, accepted=True, reason=None, actor=actor, now=now)

    def _ask(self, stage: Stage, now: datetime, *, each: Mapping[str, object]) -> None:
        actor = self._actor(stage, each["by"], each["organisation"])
        services.ask_to_join(stage.session, self._row, str(each["message"]), actor=actor, now=now)

    def _agree(self, stage: Stage, now: datetime) -> None:
        """The form, the mandataire and each one's share, then the agreement proposed."""
        actor = self._leader(stage)
        shares = {self._member(stage, each).public_id: self._agreed(each) for each in _list(self.told, "shares")}
        mandataire = next(iter(shares))
        terms = Terms(form=GroupementForm.CONJOINT_MANDATAIRE_SOLIDAIRE, mandataire=mandataire, shares=shares)
        row = self._row
        services.set_terms(stage.session, row, terms, expected_version=row.version, actor=actor, now=now)
        later = now + timedelta(minutes=20)
        services.propose(stage.session, row, expected_version=row.version, actor=actor, now=later)

    def _member(self, stage: Stage, each: Mapping[str, object]) -> Member:
        organisation = stage.organisations[str(each["organisation"])]
        return next(member for member in self._row.members if member.organisation_id == organisation.id)

    def _agreed(self, each: Mapping[str, object]) -> Share:
        """What the contract will say, for the groupement that won; else what is told."""
        if self.won is None:
            return _share(each)
        holder = next(holder for holder in self.won.holders if holder.body.key == each["organisation"])
        return Share(part=holder.part, hours=holder.hours, tasks=str(each["tasks"]))

    def _accept(self, stage: Stage, now: datetime, *, each: Mapping[str, object]) -> None:
        actor = self._actor(stage, each["by"], each["organisation"])
        number = self._row.asked_number or 0
        services.accept(stage.session, self._row, number, actor=actor, now=now)

    def _seal(self, stage: Stage, now: datetime) -> None:
        row, actor = self._row, self._leader(stage)
        services.seal(stage.session, row, expected_version=row.version, actor=actor, now=now)

    def _file(self, stage: Stage, now: datetime) -> None:
        row, actor = self._row, self._leader(stage)
        services.file(stage.session, row, expected_version=row.version, actor=actor, now=now)

    def _award(self, stage: Stage, now: datetime) -> None:
        won, actor = self.won, self._actor(stage, "purchasing")
        assert won is not None  # noqa: S101 — narrows the type
        facts = AwardFacts(
            number=won.bought.number,
            notified_on=won.bought.notified_on,
            titulaires=(),
            amount=won.amount,
            starts_on=won.bought.starts_on,
            duration_months=won.bought.months,
            promised_hours=won.promised,
        )
        lot = self._lot(stage)
        contract = services.award(
            stage.session, self._row, lot, facts, expected_version=lot.version, actor=actor, now=now
        )
        stage.contracts[won.bought.number] = contract
        organisation = stage.organisations[str(won.follower)]
        follow(stage.session, contract, organisation, expected_version=contract.version, actor=actor, now=now)


def _is_over(state: object) -> bool:
    return state in {"awarded", "dropped"}


def _share(each: Mapping[str, object]) -> Share:
    """A part in percent, hours, tasks."""
    hours = each.get("hours")
    part = each.get("part")
    return Share(
        part=None if part is None else int(str(part)) * 100,
        hours=None if hours is None else Decimal(str(hours)),
        tasks=None if "tasks" not in each else str(each["tasks"]),
    )


def _list(told: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    found = told.get(name, [])
    assert isinstance(found, list)  # noqa: S101 — narrows the type
    return found
