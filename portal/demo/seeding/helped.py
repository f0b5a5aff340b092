"""Structures that are helped, and contracts that went well, with the agreement of those named."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from random import Random

from portal.demo.seeding.finding import Facts, named, playing, project_called, some_days_ago, speaking_for
from portal.demo.seeding.stage import Act, Stage
from portal.demo.world.days import working_instant
from portal.directory.models import Organisation
from portal.kernel.actor import Actor
from portal.kernel.clock import paris_date
from portal.sourcing.models import SupportAction
from portal.sourcing.support import services as support
from portal.sourcing.support.facts import SupportFacts
from portal.stories import services as stories
from portal.stories.models import SuccessStory
from portal.stories.rules import Texts, seen
from portal.vocabulary import Role, SupportKind, Trade


class Support:
    """A structure is helped, and what came of it."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._row: SupportAction

    def acts(self) -> Iterator[Act]:
        seed = Random(f"amont: upstream {self._facts['why']}")
        yield Act(working_instant(seed, self._facts["started"]), self._note)
        if "done" in self._facts:
            yield Act(working_instant(seed, self._facts["done"]), self._finish)

    def _note(self, stage: Stage, now: datetime) -> None:
        facts = self._facts
        told = SupportFacts(
            kind=SupportKind(facts["kind"]),
            helper=facts["helper"],
            reason=facts["why"],
            started_on=facts["started"],
            next_on=facts.get("next"),
            project=project_called(stage, facts["project"]).reference if "project" in facts else None,
        )
        structure = stage.organisations[facts["structure"]]
        self._row = support.note(stage.session, structure, told, actor=named(stage, facts["by"]), now=now)

    def _finish(self, stage: Stage, now: datetime) -> None:
        facts, row = self._facts, self._row
        actor = named(stage, facts["by"])
        support.finish(stage.session, row, facts["result"], expected_version=row.version, actor=actor, now=now)


class Story:
    """How a contract went, agreed to by those named; published once they all have."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._row: SuccessStory

    def acts(self) -> Iterator[Act]:
        written = some_days_ago(self._facts["title"], "story", 45, 60)
        yield Act(written, self._write)
        for rank, key in enumerate(self._facts["agreed"], 1):
            yield Act(written + timedelta(days=3 * rank, hours=1), partial(self._agree, key=key))
        yield Act(written + timedelta(days=14), self._publish)

    def _write(self, stage: Stage, now: datetime) -> None:
        facts, actor = self._facts, playing(stage, Role.PURCHASING)
        told = {name: facts[name] for name in ("title", "context", "practice", "result")}
        contract = stage.contracts[facts["contract"]]
        self._row = stories.write(
            stage.session, contract, Texts(trade=Trade(facts["trade"]), **told), actor=actor, now=now
        )
        stories.ask(stage.session, self._row, expected_version=self._row.version, actor=actor, now=now)

    def _agree(self, stage: Stage, now: datetime, *, key: str) -> None:
        organisation_id = stage.organisations[key].id
        asked = next(each for each in self._row.agreements if each.organisation_id == organisation_id)
        shown, actor = seen(self._row, asked), speaking_for(stage, key)
        stories.answer(stage.session, self._row, asked, agrees=True, reason=None, shown=shown, actor=actor, now=now)

    def _publish(self, stage: Stage, now: datetime) -> None:
        actor = playing(stage, Role.PURCHASING)
        silent = [each.organisation for each in self._row.agreements if not each.agreed_at]
        if "told_by" in self._facts:
            for organisation in silent:
                self._note(stage, organisation, actor, now)
        if not silent or "told_by" in self._facts:
            stories.publish(stage.session, self._row, expected_version=self._row.version, actor=actor, now=now)

    def _note(self, stage: Stage, organisation: Organisation, actor: Actor, now: datetime) -> None:
        """Whoever has no account agreed otherwise."""
        stories.note_agreement(
            stage.session,
            self._row,
            organisation,
            told_on=paris_date(now),
            told_by=self._facts["told_by"],
            expected_version=self._row.version,
            actor=actor,
            now=now,
        )
