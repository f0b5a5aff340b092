"""Whether part, euros and hours of a groupement agree: differences in words, that forbid nothing. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from portal.groupements.facts import WHOLE, GroupementFacts, MemberFacts
from portal.groupements.rules import percent, total_part
from portal.kernel.french import typo
from portal.kernel.hours import format_hours
from portal.kernel.money import format_euros

Value = Callable[[MemberFacts], Decimal | None]

_EUROS_APART = 1
"""Basis points: beyond what rounding a percentage explains."""
_HOURS_APART = 100
"""Basis points: hours follow the work rather than the price, to the point."""


@dataclass(frozen=True)
class Difference:
    """Two figures that do not agree: what, and how."""

    title: str
    note: str


def differences(facts: GroupementFacts) -> list[Difference]:
    """R2142-20: a candidacy says who does what, for how much; figures that disagree are told before it goes."""
    found = [*_euros_in_all(facts), *_not_told(facts), *_hours_beyond(facts)]
    if total_part(facts.sharing) == WHOLE:
        found += _apart(facts.sharing, "Euros et parts se contredisent", _amount, format_euros, _EUROS_APART)
        found += _apart(facts.sharing, "Heures et parts s’écartent", _hours, format_hours, _HOURS_APART)
    return [Difference(typo(each.title), typo(each.note)) for each in found]


def _amount(member: MemberFacts) -> Decimal | None:
    return member.amount


def _hours(member: MemberFacts) -> Decimal | None:
    return member.hours


def _total(members: Iterable[MemberFacts], value: Value) -> Decimal:
    return sum((value(member) or Decimal(0) for member in members), Decimal(0))


def _euros_in_all(facts: GroupementFacts) -> Iterable[Difference]:
    """Once everybody's euros are known: their sum against what the buyer published."""
    total, wanted = _total(facts.sharing, _amount), facts.amount_wanted
    if not total or wanted is None or any(member.amount is None for member in facts.sharing):
        return
    low, high = wanted
    if total < low or (high is not None and total > high):
        yield Difference(f"Les euros font {format_euros(total)}", f"L’acheteur estime {between(low, high)}.")


def between(low: Decimal, high: Decimal | None) -> str:
    """« 480 000 € », « de 216 000 € à 500 000 € », « plus de 1 000 000 € »."""
    if high is None:
        return f"plus de {format_euros(low)}"
    return format_euros(high) if low == high else f"de {format_euros(low)} à {format_euros(high)}"


def _not_told(facts: GroupementFacts) -> Iterable[Difference]:
    for value, words in ((_amount, "Des euros manquent"), (_hours, "Des heures manquent")):
        silent = [member.name for member in facts.sharing if value(member) is None]
        if silent and len(silent) < len(facts.sharing):
            yield Difference(words, f"Rien pour : {', '.join(silent)}.")


def _hours_beyond(facts: GroupementFacts) -> Iterable[Difference]:
    total, wanted = _total(facts.sharing, _hours), facts.hours_wanted
    if wanted and total > wanted:
        note = f"{format_hours(total)} réparties pour {format_hours(wanted)} voulues."
        yield Difference(f"{format_hours(total - wanted)} de plus que voulu", note)


def _apart(
    members: Sequence[MemberFacts], title: str, value: Value, words: Callable[[Decimal], str], apart: int
) -> Iterable[Difference]:
    """Each one's share of the whole, as its part says and as its euros or hours do."""
    total = _total(members, value)
    if not total or any(value(member) is None for member in members):
        return
    shares = {member.name: (value(member) or Decimal(0)) * WHOLE / total for member in members}
    told = [
        f"{member.name} : part {percent(member.part or 0)}, mais {words(value(member) or Decimal(0))}, "
        f"soit {percent(round(shares[member.name]))} du total"
        for member in members
        if abs(shares[member.name] - (member.part or 0)) > apart
    ]
    if told:
        yield Difference(title, " ; ".join(told) + ".")
