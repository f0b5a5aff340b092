"""The seal: what was agreed and who accepted it when, in one text with its hash; and what tampering changes. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portal.groupements import agreement
from portal.groupements.facts import GroupementFacts
from portal.groupements.rules import percent
from portal.kernel.french import typo
from portal.vocabulary import GroupementForm


@dataclass(frozen=True)
class AcceptedBy:
    """One acceptance, as it was written when it was given."""

    organisation: str
    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """A seal, and the rows it speaks of as they stand now."""

    text: str
    sha256: str
    number: int
    agreement_text: str
    agreement_sha256: str
    acceptances: tuple[AcceptedBy, ...]


@dataclass(frozen=True)
class Verdict:
    """What verifying a seal found; nothing: it is intact."""

    differences: tuple[str, ...] = ()

    @property
    def is_intact(self) -> bool:
        return not self.differences


def seal_text(number: int, sha256: str, acceptances: Iterable[AcceptedBy], at: datetime) -> str:
    return agreement.canonical(
        {
            "agreement": number,
            "agreement_sha256": sha256,
            "acceptances": [_accepted(each) for each in acceptances],
            "sealed_at": _instant(at),
        }
    )


def _accepted(each: AcceptedBy) -> dict[str, str]:
    return {"organisation": each.organisation, "by": each.by, "at": _instant(each.at)}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def verify(sealed: Sealed, agreed: str | None = None, facts: GroupementFacts | None = None) -> Verdict:
    """Whether the seal's text, its agreement and its acceptances still are what was sealed.

    `facts`: the groupement as it stands, when it must be what `agreed` says: from the seal on, until it is undone.
    After the filing, a change that the buyer allowed has an agreement of its own (R2142-26).
    """
    if agreement.digest(sealed.text) != sealed.sha256:
        return Verdict(("Le sceau lui-même a été réécrit : son texte ne répond plus à son empreinte.",))
    told = agreement.read_json(sealed.text)
    found = [*_agreement_changed(sealed, told), *_acceptances_changed(sealed, told["acceptances"])]
    if facts is not None:
        found += composition_changed(agreed or sealed.agreement_text, facts)
    return Verdict(tuple(typo(sentence) for sentence in found))


def _agreement_changed(sealed: Sealed, told: Mapping[str, Any]) -> Iterable[str]:
    now = (sealed.number, agreement.digest(sealed.agreement_text), sealed.agreement_sha256)
    if now != (told["agreement"], told["agreement_sha256"], told["agreement_sha256"]):
        yield f"Le texte de l’accord nᵒ {told['agreement']} n’est plus celui qui a été scellé."


def _acceptances_changed(sealed: Sealed, told: Sequence[Mapping[str, str]]) -> Iterable[str]:
    now = [_accepted(each) for each in sealed.acceptances]
    gone = [each for each in told if each not in now]
    new = [each for each in now if each not in told]
    yield from (f"L’acceptation de {each['organisation']} a été changée ou effacée." for each in gone)
    yield from (f"Une acceptation de {each['organisation']} ne faisait pas partie du sceau." for each in new)
    if now != list(told) and not gone and not new:
        yield "Les acceptations ont été répétées, ou ne sont plus dans leur ordre."


def composition_changed(agreed: str, facts: GroupementFacts) -> list[str]:
    """What the groupement is, against what its members agreed on, difference by difference."""
    then, now = agreement.read(agreed), agreement.read(agreement.agreement_text(0, "", "", "", facts))
    return [*_whole_changed(then, now), *_members_changed(then["members"], now["members"])]


def _whole_changed(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterable[str]:
    names = {each["siret"]: each["name"] for each in (*now["members"], *then["members"])}
    if then["form"] != now["form"]:
        yield _now_says("La forme", _form(then["form"]), _form(now["form"]))
    if then["mandataire"] != now["mandataire"]:
        leads = (names.get(each["mandataire"], "personne") for each in (then, now))
        yield _now_says("Le mandataire", *leads)
    if [lot["number"] for lot in then["lots"]] != [lot["number"] for lot in now["lots"]]:
        yield "Les lots ne sont plus ceux de l’accord."
    elif [lot["tasks"] for lot in then["lots"]] != [lot["tasks"] for lot in now["lots"]]:
        yield "Les tâches essentielles ne sont plus données comme dans l’accord."


def _form(value: str | None) -> str:
    return GroupementForm(value).label.lower() if value else "aucune"


def _members_changed(then: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    held = {each["siret"]: each for each in now}
    for each in then:
        if each["siret"] not in held:
            yield f"{each['name']} était membre dans l’accord, et ne l’est plus."
        else:
            yield from _member_changed(each, held[each["siret"]])
    for new in held.keys() - {each["siret"] for each in then}:
        yield f"{held[new]['name']} n’était pas membre dans l’accord."


def _member_changed(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterable[str]:
    for key, (what, words) in _MEMBER.items():
        if then[key] != now[key] and words(then[key]) != words(now[key]):
            yield _now_says(f"{what} de {then['name']}", words(then[key]), words(now[key]))


def _now_says(what: str, then: str, now: str) -> str:
    return f"{what} : « {then} » dans l’accord, « {now} » aujourd’hui."


def _part(value: Any) -> str:
    return "rien" if value is None else percent(value)


def _places(value: Any) -> str:
    return ", ".join(place["code"] for place in value) or "aucune"


def _plain(value: Any) -> str:
    return str(value) if value else "rien"


_MEMBER: dict[str, tuple[str, Callable[[Any], str]]] = {
    "part": ("La part", _part),
    "amount": ("Le montant", _plain),
    "hours": ("Les heures", _plain),
    "communes": ("Les communes", _places),
    "tasks": ("Les tâches", _plain),
}
