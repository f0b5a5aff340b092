"""What happens before consultations, told by the services, each at its own instant: requests, interest, questions…"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial

from portal.alerts import services as alerts
from portal.alerts.services.reading import mark
from portal.demo.seeding.finding import (
    Facts,
    days_ago,
    drafted_at,
    lot_told,
    named,
    playing,
    project_called,
    some_days_ago,
    speaking_for,
)
from portal.demo.seeding.helped import Story, Support
from portal.demo.seeding.stage import Act, Stage
from portal.demo.world import places
from portal.demo.world.purchases import ANCHOR
from portal.demo.world.texts import words
from portal.forecast import services as forecast
from portal.forecast.listing.selection import read_selection
from portal.kernel.clock import PARIS, paris_date
from portal.kernel.period import parse_period
from portal.requests import services as requests
from portal.requests.facts import RequestFacts
from portal.requests.models import PurchaseRequest
from portal.sourcing import services as sourcing
from portal.sourcing.facts import MeetingFacts, Told, Word
from portal.sourcing.models import Question
from portal.vocabulary import (
    DisinterestReason,
    ExchangeKind,
    Frequency,
    InterestKind,
    Lever,
    ProjectState,
    PurchaseFamily,
    RequestState,
    Role,
    Trade,
)


def acts() -> Iterator[Act]:
    told = words("upstream")
    for kind, acts_of in _KINDS.items():
        for facts in told[kind]:
            yield from acts_of(facts)


def finish(stage: Stage) -> None:
    """What was public before this morning is told to nobody any more."""
    mark(stage.session, ANCHOR)


class _Request:
    """A request, from its first line to the answer."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._state = RequestState(facts["state"])
        self._row: PurchaseRequest

    def acts(self) -> Iterator[Act]:
        begun = days_ago(self._facts["days_ago"], self._facts["title"])
        answered = begun + timedelta(days=1, hours=1)
        if self._state is RequestState.TAKEN:
            answered = drafted_at(self._facts["project"]) + timedelta(minutes=5)
            begun = answered - timedelta(days=7)
        yield Act(begun, self._create)
        if self._state is not RequestState.DRAFT:
            yield Act(begun + timedelta(minutes=25), self._file)
        if self._state not in {RequestState.DRAFT, RequestState.FILED}:
            yield Act(answered, self._answer)

    def _create(self, stage: Stage, now: datetime) -> None:
        facts = self._facts
        self._row = requests.create(
            stage.session, _request_facts(facts), actor=playing(stage, Role.PRESCRIPTEUR), now=now
        )

    def _file(self, stage: Stage, now: datetime) -> None:
        requests.file(
            stage.session,
            self._row,
            expected_version=self._row.version,
            actor=playing(stage, Role.PRESCRIPTEUR),
            now=now,
        )

    def _answer(self, stage: Stage, now: datetime) -> None:
        purchasing, row = playing(stage, Role.PURCHASING), self._row
        if self._state is RequestState.TAKEN:
            row.state, row.project = self._state, project_called(stage, self._facts["project"], ProjectState.DRAFT)
            row.answered_at, row.answered_by_label = now, purchasing.label
            return
        act = requests.give_back if self._state is RequestState.RETURNED else requests.decline
        act(stage.session, row, self._facts["answer"], expected_version=row.version, actor=purchasing, now=now)


def _request_facts(facts: Facts) -> RequestFacts:
    codes = tuple(town.code for town in places.TOWNS if town.name in facts.get("communes", ()))
    return RequestFacts(
        title=facts["title"],
        need=facts.get("need"),
        service=facts.get("service"),
        family=PurchaseFamily(facts["family"]) if "family" in facts else None,
        trade=Trade(facts["trade"]) if "trade" in facts else None,
        cpv_code=facts.get("cpv"),
        wanted=parse_period(facts["wanted"]) if "wanted" in facts else None,
        duration_months=facts.get("months"),
        whole_territory=not codes and facts["state"] != RequestState.DRAFT,
        commune_codes=codes,
        budget=Decimal(facts["budget"]) if "budget" in facts else None,
        price_weight_percent=facts.get("price"),
        wished_lever=Lever(facts["lever"]) if "lever" in facts else None,
        wish_note=facts.get("wish"),
    )


def _tell(stage: Stage, now: datetime, *, facts: Facts, word: Facts) -> None:
    lot = lot_told(stage, facts)
    named = word.get("named", "none")
    told = Word(
        kind=InterestKind(word["kind"]),
        hours=Decimal(word["hours"]) if "hours" in word else None,
        named_to_buyer=named in {"all", "buyer"},
        named_to_others=named == "all",
        disinterest=DisinterestReason(word["why"]) if "why" in word else None,
        note=word.get("note"),
    )
    actor = speaking_for(stage, word["by"])
    sourcing.tell_interest(
        stage.session, lot, told, communes=lot.commune_codes, expected_version=0, actor=actor, now=now
    )


def _question(facts: Facts) -> Iterator[Act]:
    asked_at = days_ago(facts["days_ago"], facts["text"])
    asked = _Asked(facts)
    yield Act(asked_at, asked.ask)
    if "answer" in facts:
        yield Act(asked_at + timedelta(days=3, minutes=40), asked.answer)


class _Asked:
    """A question, then its answer."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.row: Question

    def ask(self, stage: Stage, now: datetime) -> None:
        lot = lot_told(stage, self.facts) if "lot" in self.facts else None
        project = lot.project if lot else project_called(stage, self.facts["project"])
        actor = speaking_for(stage, self.facts["by"])
        self.row = sourcing.ask(stage.session, project, lot, self.facts["text"], as_it_is=True, actor=actor, now=now)

    def answer(self, stage: Stage, now: datetime) -> None:
        facts, row = self.facts, self.row
        actor = playing(stage, Role.PURCHASING)
        sourcing.answer(
            stage.session, row, facts["public"], facts["answer"], expected_version=row.version, actor=actor, now=now
        )


def _note(stage: Stage, now: datetime, *, facts: Facts) -> None:
    told = Told(kind=ExchangeKind(facts["kind"]), told_on=paris_date(now), told_to=facts["to"], text=facts["text"])
    project = project_called(stage, facts["project"])
    sourcing.note_exchange(stage.session, project, told, actor=playing(stage, Role.PURCHASING), now=now)


def _meet(stage: Stage, now: datetime, *, facts: Facts) -> None:
    day = date.fromisoformat(facts["on"])
    starts_at, ends_at = (datetime.combine(day, time.fromisoformat(facts[hour]), PARIS) for hour in ("from", "to"))
    told = MeetingFacts(
        title=facts["title"],
        starts_at=starts_at,
        ends_at=ends_at,
        text=facts.get("text"),
        place=facts.get("place"),
        url=facts.get("url"),
    )
    project = project_called(stage, facts["project"]) if "project" in facts else None
    buyer_id, actor = stage.organisations["metropole"].id, playing(stage, Role.PURCHASING)
    sourcing.set_meeting(stage.session, buyer_id, project, told, actor=actor, now=now)


def _follow(stage: Stage, now: datetime, *, facts: Facts) -> None:
    for title in facts["projects"]:
        alerts.follow(stage.session, project_called(stage, title), actor=named(stage, facts["by"]), now=now)


def _save(stage: Stage, now: datetime, *, facts: Facts) -> None:
    pairs = [tuple(pair.split("=")) for pair in facts["address"].replace("+", " ").split("&")]
    selection, frequency = read_selection(pairs), Frequency(facts["frequency"])
    actor = named(stage, facts["by"])
    alerts.save_search(stage.session, selection, facts["name"], frequency, actor=actor, now=now)


def _interests(facts: Facts) -> Iterator[Act]:
    lot = f"{facts['project']} {facts['lot']}"
    for word in facts["words"]:
        yield Act(some_days_ago(word["by"], lot, 4, 40), partial(_tell, facts=facts, word=word))


def _one(do: Callable[..., None], at: Callable[[Facts], datetime]) -> Callable[[Facts], Iterator[Act]]:
    """What is done in one act."""
    return lambda facts: iter([Act(at(facts), partial(do, facts=facts))])


def _step(stage: Stage, now: datetime, *, facts: Facts) -> None:
    """A draft is given to check; or said ready, and dated."""
    session, actor = stage.session, playing(stage, Role.PURCHASING)
    project = project_called(stage, facts["project"], ProjectState.DRAFT)
    if "publish_at" not in facts:
        forecast.send_to_check(session, project, expected_version=project.version, actor=actor, now=now)
        return
    publish_at = facts["publish_at"].replace(tzinfo=PARIS)
    forecast.mark_ready(session, project, expected_version=project.version, actor=actor, now=now)
    forecast.schedule(session, project, publish_at=publish_at, expected_version=project.version, actor=actor, now=now)


_KINDS: Mapping[str, Callable[[Facts], Iterator[Act]]] = {
    "requests": lambda facts: _Request(facts).acts(),
    "interests": _interests,
    "questions": _question,
    "exchanges": _one(_note, lambda facts: days_ago(facts["days_ago"], facts["text"])),
    "meetings": _one(_meet, lambda facts: some_days_ago(facts["title"], "meeting", 21, 30)),
    "steps": _one(_step, lambda facts: days_ago(facts["days_ago"], facts["project"])),
    "support": lambda facts: Support(facts).acts(),
    "stories": lambda facts: Story(facts).acts(),
    "follows": _one(_follow, lambda facts: some_days_ago(facts["by"], "follow", 45, 60)),
    "searches": _one(_save, lambda facts: some_days_ago(facts["by"], "search", 8, 30)),
}
