"""Whether a groupement is sealed or in preparation, under which agreement, and what it still misses. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.groupements import rules
from portal.groupements.checklist import checklist
from portal.groupements.facts import GroupementFacts, SealedElsewhere
from portal.groupements.models import Agreement, Groupement, Seal
from portal.groupements.queries.seals import Verified
from portal.kernel.french import format_instant, plural, typo
from portal.vocabulary import GroupementState, MemberState


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What each paper says of itself."""

    is_sealed: bool
    words: str
    missing: Sequence[str]
    missing_in_short: Sequence[str]
    """The same without parts nor reasons, for the papers that a buyer will read."""
    number: int | None
    sha256: str | None
    seal_sha256: str | None
    """The hash of the seal itself, when it stands and verifies."""
    printed_at: datetime

    @property
    def agreement_words(self) -> str:
        return f"nᵒ {self.number}" if self.number else "aucun accord proposé"

    @property
    def short(self) -> str:
        """« accord nᵒ 2, empreinte 3f9a… »: at the foot of each page."""
        state = "scellé" if self.is_sealed else "en préparation"
        return f"{state}, accord nᵒ {self.number}, empreinte {self.sha256[:12]}…" if self.sha256 else state


def standing_of(
    facts: GroupementFacts,
    agreement: Agreement | None,
    seal: Verified | None,
    elsewhere: Iterable[SealedElsewhere],
    groupement: Groupement,
    now: datetime,
) -> Standing:
    awaited = [member.name for member in facts.active if member.state is not MemberState.ACCEPTED]
    stands = seal.seal if seal and seal.verdict.is_intact and not awaited else None
    missing = [] if stands else list(_missing(facts, elsewhere, awaited))
    return Standing(
        is_sealed=stands is not None,
        words=typo(_sealed(groupement, stands) if stands else _preparing(groupement, agreement, awaited)),
        missing=[typo(f"{short} {why}".strip()) for short, why in missing],
        missing_in_short=[typo(short) for short, _ in missing],
        number=agreement.number if agreement else None,
        sha256=agreement.sha256 if agreement else None,
        seal_sha256=stands.sha256 if stands else None,
        printed_at=now,
    )


def _sealed(groupement: Groupement, seal: Seal) -> str:
    """After the filing, a change that the buyer allowed is sealed anew (R2142-26)."""
    words = f"Groupement scellé{_on(seal.sealed_at)}.{_after(groupement)}"
    if groupement.filed_at and seal.sealed_at > groupement.filed_at:
        words += " Composition changée après le dépôt, avec l’autorisation de l’acheteur (R2142-26)."
    return words


def _preparing(groupement: Groupement, agreement: Agreement | None, awaited: Sequence[str]) -> str:
    if groupement.state is GroupementState.DISSOLVED:
        return f"Groupement dissous{_on(groupement.ended_at)} : ce document n’engage plus personne."
    if groupement.state in rules.SEATED and agreement is not None and awaited:
        return f"Groupement en préparation : après le dépôt, l’accord nᵒ {agreement.number} attend des acceptations."
    if groupement.state in rules.SEATED:
        return "Groupement en préparation : ce qu’il est n’est plus ce qui a été scellé. Sa salle dit ce qui diffère."
    if agreement is None:
        return "Groupement en préparation : aucun accord n’est proposé. Ce document n’engage personne."
    proposed = f"accord nᵒ {agreement.number} proposé{_on(agreement.made_at)}"
    left = f"il manque {plural(len(awaited), 'acceptation')}" if awaited else "accepté par tous"
    return f"Groupement en préparation : {proposed}, {left}."


def _after(groupement: Groupement) -> str:
    """What happened since the seal."""
    filed = f" Candidature déposée{_on(groupement.filed_at)}." if groupement.filed_at else ""
    ended = groupement.state in {GroupementState.AWARDED, GroupementState.NOT_RETAINED}
    return filed + (f" Marché {groupement.state.label}{_on(groupement.ended_at)}." if ended else "")


def _on(at: datetime | None) -> str:
    return f" le {format_instant(at)}" if at else ""


def _missing(
    facts: GroupementFacts, elsewhere: Iterable[SealedElsewhere], awaited: Sequence[str]
) -> Iterable[tuple[str, str]]:
    """What somebody still does, and why."""
    if facts.state in rules.SEATED:
        yield from ((_accepts(name), "") for name in awaited)
    if facts.state is not GroupementState.FORMING:
        return
    waited = checklist(facts, None, elsewhere).before_seal
    names = {member.public_id: member.name for member in facts.active}
    for point in waited:
        if point.step == "accept" and point.member in names:
            yield _accepts(names[point.member]), ""
        else:
            yield _sentence(point.theirs or point.mine), _sentence(point.note)
    if not waited:
        yield "Tous ont accepté : il reste à sceller.", ""


def _accepts(name: str) -> str:
    return f"{name} accepte sa part."


def _sentence(words: str | None) -> str:
    return f"{words.rstrip('.')}." if words else ""
