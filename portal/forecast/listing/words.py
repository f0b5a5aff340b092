"""A selection in words, without asking the database: what is remembered, and what a file says it holds."""

from collections.abc import Iterator

from portal.forecast.listing.selection import WITHOUT_LEVER, Facet, Order, Selection
from portal.kernel.french import plural, typo
from portal.kernel.period import Quarter
from portal.vocabulary import AmountBand, Confidence, Lever, Listed, Trade

_LISTS: dict[Facet, type[Listed]] = {
    Facet.LEVER: Lever,
    Facet.TRADE: Trade,
    Facet.AMOUNT: AmountBand,
    Facet.CONFIDENCE: Confidence,
}


def summary(selection: Selection) -> str:
    """« « nettoyage », Propreté, 2ᵉ trim. 2027, 3 communes »; « tous les lots » when nothing restricts."""
    return typo(", ".join(_parts(selection)) or "tous les lots")


def described(selection: Selection) -> str:
    """The same, each filter under its name, with the order of the lots."""
    named = [f"mots « {selection.text} »"] if selection.text else []
    named += [f"{facet.title} : {', '.join(_values(selection, facet))}" for facet in selection.chosen]
    order = f"trié par {selection.order.label}" if selection.order is not Order.DATE else "trié par date prévue"
    return typo(f"{' ; '.join(named) or 'tous les lots'} ({order})")


def _parts(selection: Selection) -> Iterator[str]:
    if selection.text:
        yield f"« {selection.text} »"
    for facet in selection.chosen:
        values = selection.values(facet)
        if facet in {Facet.COMMUNE, Facet.BUYER}:
            yield plural(len(values), facet.title.lower())
        else:
            yield from _values(selection, facet)


def _values(selection: Selection, facet: Facet) -> list[str]:
    return [_worded(facet, value) for value in selection.values(facet)]


def _worded(facet: Facet, value: str) -> str:
    if value == WITHOUT_LEVER:
        return "À l’étude ou sans"
    if facet in _LISTS:
        return _LISTS[facet].words_of(value)
    year, _, number = value.partition("-T")
    return Quarter(int(year), int(number)).short_label if number else value
