"""What the pages of a story show: its text, its real figures, where they come from, who is named and agreed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Self

from flask import url_for
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.directory.models import Organisation
from portal.forecast.views.blueprint import address_of as lot_address
from portal.kernel.french import format_date, format_number, typo
from portal.kernel.hours import format_hours
from portal.kernel.money import format_euros
from portal.stories import queries, rules, services
from portal.stories.models import StoryAgreement, SuccessStory
from portal.stories.rules import Figures
from portal.vocabulary import StoryState

Fact = tuple[str, str, str | None]
_FEW = "moins de 5"


@dataclass(frozen=True)
class StoryPage:
    story: SuccessStory
    figures: Figures
    lot: tuple[str, int] | None
    today: date

    @classmethod
    def read(cls, session: Session, story: SuccessStory, today: date) -> Self:
        figures = queries.figures_of(session, story.contract, today)
        return cls(story, figures, queries.public_lot(session, story.contract_id), today)

    @property
    def texts(self) -> list[tuple[str, str]]:
        told = (("Le besoin", "context"), ("Ce qui a été fait", "practice"), ("Ce qui en est venu", "result"))
        return [(title, text) for title, name in told if (text := getattr(self.story, name))]

    @property
    def facts(self) -> list[Fact]:
        return [(label, typo(value), typo(note) if note else None) for label, value, note in self._facts()]

    def _facts(self) -> Iterator[Fact]:
        """Never a group of fewer than five people, nor what would tell one."""
        told, contract = self.figures, self.story.contract
        if told.are_small:
            yield "Personnes", _FEW, "leurs heures ne sont pas montrées"
        elif told.people:
            yield "Heures d’insertion", format_hours(told.hours), _kept(told.hours, told.promised)
            yield "Personnes", format_number(told.people), "chacune comptée une fois"
        if told.shows_exits:
            note = f"sur {format_number(told.exits)} sorties constatées"
            yield "Vers l’emploi ou la formation", format_number(told.dynamic), note
        yield from _contract_facts(contract)

    @property
    def source(self) -> str:
        """Where the figures come from, and when they were worked out."""
        if not self.figures.people:
            return "Aucune heure n’est encore acceptée sur ce marché."
        worked = f"calculés le {format_date(self.today)}"
        return typo(f"Chiffres {worked} sur les mois acceptés par le facilitateur ; ils suivent le marché.")

    @property
    def lot_url(self) -> str | None:
        return lot_address(*self.lot) if self.lot else None

    @property
    def named(self) -> list[tuple[str, str]]:
        """Those who agreed to be named, each with its page of the directory."""
        agreed = [each.organisation for each in self.story.agreements if rules.is_agreed(each)]
        return [_named(each) for each in sorted(agreed, key=lambda each: each.sort_name)]


def _named(organisation: Organisation) -> tuple[str, str]:
    return organisation.shown_name, url_for("directory.show", siret=organisation.siret)


def _kept(hours: Decimal, promised: Decimal) -> str | None:
    if not promised:
        return None
    share = (hours / promised * 100).quantize(Decimal(1), ROUND_HALF_UP)
    return f"{share} % des {format_hours(promised)} promises"


def _contract_facts(contract: Contract) -> Iterator[Fact]:
    yield "Marché", contract.number, f"notifié le {format_date(contract.notified_on)}"
    if contract.amount:
        yield "Montant", format_euros(contract.amount), "HT"
    if contract.duration_months:
        yield "Durée", f"{contract.duration_months} mois", None


@dataclass(frozen=True)
class OwnPage(StoryPage):
    """The same, for the buyer's people who write it: what is still missing before all may read it."""

    @property
    def is_published(self) -> bool:
        return self.story.state is StoryState.PUBLISHED

    @property
    def is_complete(self) -> bool:
        return bool(self.story.context and self.story.practice and self.story.result)

    @property
    def agreements(self) -> list[dict[str, Any]]:
        """Each holder of the contract, and where its agreement stands."""
        held = {each.organisation_id: each for each in self.story.agreements}
        rows = [self._row(holder, held.get(holder.id)) for holder in services.holders_of(self.story)]
        return rows + [
            {"name": name, "words": "sans fiche dans l’annuaire", "tone": "late", "note": None, "url": None}
            for name in services.unknown_holders(self.story)
        ]

    def _row(self, holder: Organisation, held: StoryAgreement | None) -> dict[str, Any]:
        words, tone, note = "accord à demander", None, None
        if held is not None:
            words = rules.answer_words(held)
            tone = "ok" if rules.is_agreed(held) else "late" if held.refused_at else "due" if held.asked_at else None
            note = held.told_by or (f"« {held.reason} »" if held.reason else None) or held.answered_by_label
        has_answered = held is not None and (rules.is_agreed(held) or held.refused_at is not None)
        url = url_for("stories.note", public_id=self.story.public_id, siret=holder.siret)
        return {"name": holder.shown_name, "words": typo(words), "tone": tone, "note": note and typo(note)} | {
            "url": None if has_answered else url
        }

    @property
    def has_all(self) -> bool:
        return all(each["tone"] == "ok" for each in self.agreements)

    @property
    def waits(self) -> bool:
        """Whether everyone who has not agreed was asked, and may still answer."""
        return all(each["tone"] in {"ok", "due"} for each in self.agreements)

    @property
    def next_step(self) -> str:
        if self.is_published:
            return "Cet exemple est public."
        if not self.is_complete:
            return "Écrivez les trois textes."
        if self.has_all:
            return "Prêt à publier."
        return "En attente des réponses demandées." if self.waits else "Il manque l’accord de structures nommées."


def rows_of(stories: Sequence[SuccessStory], page: str = "show") -> list[dict[str, Any]]:
    """A line for each story: its title, where it leads, whose it is, in which trade."""
    return [
        {
            "title": story.title,
            "url": url_for(f"stories.{page}", public_id=story.public_id),
            "buyer": story.buyer.shown_name,
            "trade": story.trade.label,
            "object": story.contract.object,
            "state": story.state,
            "published_on": story.published_at,
        }
        for story in stories
    ]
