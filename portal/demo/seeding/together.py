"""Before the groupements: ways to cut a lot, what networks and structures say of them; then words in their rooms."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from sqlalchemy import select

from portal.calibration import services as calibration
from portal.calibration.models import Variant
from portal.demo.seeding.finding import Facts, days_ago, lot_told, named, playing
from portal.demo.seeding.stage import Act, Stage
from portal.demo.world.people import everyone
from portal.demo.world.texts import words
from portal.groupements.documents import services as documents
from portal.groupements.exchanges import services as exchanges
from portal.groupements.models import Groupement
from portal.vocabulary import OpinionVerdict, Role

_PAPERS_ASKED = 5
"""Days before the demonstration."""


def acts() -> Iterator[Act]:
    told = words("together")
    for facts in told["variants"]:
        yield from _Sizing(facts).acts()
    for facts in told["words"]:
        yield Act(days_ago(facts["days"], facts["text"]), partial(_say, facts=facts))
    yield Act(days_ago(_PAPERS_ASKED, "papers"), _ask_papers)


class _Sizing:
    """One lot, from the ways to cut it to what is kept."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._made: dict[int, Variant] = {}

    def acts(self) -> Iterator[Act]:
        facts, key = self._facts, f"{self._facts['project']} {self._facts['lot']}"
        yield Act(days_ago(facts["saved"], key), self._save)
        yield Act(days_ago(facts["shared"], key), self._share)
        for said in facts["opinions"]:
            yield Act(days_ago(said["days"], f"{key} {said['by']} {said['sectors']}"), partial(self._tell, said=said))
        if "kept" in facts:
            yield Act(days_ago(facts["kept_days"], key), self._keep)

    def _save(self, stage: Stage, now: datetime) -> None:
        lot, actor = lot_told(stage, self._facts), playing(stage, Role.PURCHASING)
        for count in self._facts["sectors"]:
            self._made[count] = calibration.save_ready_made(stage.session, lot, count, actor=actor, now=now)

    def _share(self, stage: Stage, now: datetime) -> None:
        lot, made = lot_told(stage, self._facts), list(self._made.values())
        actor = playing(stage, Role.PURCHASING)
        calibration.share_variants(stage.session, lot, made, note=self._facts["note"], actor=actor, now=now)

    def _tell(self, stage: Stage, now: datetime, *, said: Facts) -> None:
        word = calibration.Word(OpinionVerdict(said["verdict"]), said["text"], said["named"])
        variant, actor = self._made[said["sectors"]], named(stage, said["by"])
        calibration.tell_opinion(stage.session, variant, word, expected_version=0, actor=actor, now=now)

    def _keep(self, stage: Stage, now: datetime) -> None:
        lot, kept = lot_told(stage, self._facts), self._made[self._facts["kept"]]
        actor = playing(stage, Role.PURCHASING)
        calibration.keep(stage.session, lot, kept, self._facts["why"], expected_choice=0, actor=actor, now=now)


def _say(stage: Stage, now: datetime, *, facts: Facts) -> None:
    person = next(person for person in everyone() if person.key == facts["by"])
    actor = stage.acting(person, facts.get("for"))
    exchanges.say(stage.session, _forming(stage), facts["text"], actor=actor, now=now)


def _ask_papers(stage: Stage, now: datetime) -> None:
    documents.ask_usual(stage.session, _forming(stage), actor=playing(stage, Role.NETWORK), now=now)


def _forming(stage: Stage) -> Groupement:
    public_id = words("groupements")["forming"]["public_id"]
    return stage.session.scalars(select(Groupement).where(Groupement.public_id == public_id)).one()
