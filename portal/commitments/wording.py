"""A simulation written out: the formula with its figures, and what it leaves out."""

from collections.abc import Iterator

from portal.commitments.facts import Executed, Late, Simulation, Terms
from portal.declarations.wording import whole_hours
from portal.kernel.french import format_date, plural, typo
from portal.kernel.hours import format_hours
from portal.kernel.money import format_euros


def formula(executed: Executed, simulated: Simulation, terms: Terms) -> list[str]:
    """Line by line, in French: what a decision keeps."""
    return [typo(line) for line in _formula(executed, simulated, terms)]


def _formula(executed: Executed, simulated: Simulation, terms: Terms) -> Iterator[str]:
    if terms.per_hour is not None:
        yield from _for_hours(executed, simulated, format_euros(terms.per_hour))
    if terms.per_late_day is not None:
        yield f"Retard : {_days(simulated)} × {format_euros(terms.per_late_day)} = {format_euros(simulated.for_days)}."
    if terms.per_hour is not None and terms.per_late_day is not None:
        parts = f"{format_euros(simulated.for_hours)} + {format_euros(simulated.for_days)}"
        yield f"Ensemble : {parts} = {format_euros(simulated.before_cap)}."
    yield from _capped(executed, simulated, terms)


def _for_hours(executed: Executed, simulated: Simulation, rate: str) -> Iterator[str]:
    lacking = simulated.missing + simulated.spared
    if executed.until is None:
        yield "Heures : aucun mois n’était encore dû ce jour-là, donc 0 h."
        return
    due = f"{format_hours(executed.due)} dues à fin {executed.until.label}"
    result = f" = {format_hours(lacking)}" if lacking else " : rien ne manque"
    yield f"Heures manquantes : {due} − {format_hours(executed.retained)} retenues{result}."
    if simulated.spared:
        yield (
            f"Mutualisation : les autres marchés en couvrent {format_hours(simulated.spared)}, "
            f"il en manque {format_hours(simulated.missing)}."
        )
    yield f"Heures : {format_hours(simulated.missing)} × {rate} = {format_euros(simulated.for_hours)}."


def _days(simulated: Simulation) -> str:
    counted = [each for each in simulated.late if each.counted]
    told = ", ".join(f"{_filing(each)} {plural(each.counted, 'jour')}" for each in counted)
    return f"{plural(simulated.days, 'jour')} après mise en demeure" + (f" ({told})" if len(counted) > 1 else "")


def _capped(executed: Executed, simulated: Simulation, terms: Terms) -> Iterator[str]:
    if terms.cap_percent is None:
        return
    if executed.amount is None or simulated.cap is None:
        yield f"Plafond de {terms.cap_percent} % : le montant du marché n’est pas connu, il ne s’applique pas ici."
        return
    limit = f"{terms.cap_percent} % × {format_euros(executed.amount)} = {format_euros(simulated.cap)}"
    reached = simulated.before_cap > simulated.cap
    yield f"Plafond : {limit}, {'atteint' if reached else 'non atteint'}."


def left_out(executed: Executed, simulated: Simulation) -> list[str]:
    """What is not counted, and why."""
    return [typo(line) for line in _left_out(executed, simulated)]


def _left_out(executed: Executed, simulated: Simulation) -> Iterator[str]:
    not_due = executed.promised - executed.due
    if not_due > 0:
        yield f"{whole_hours(not_due)} ne sont pas encore dues le {format_date(executed.day)} : le marché court."
    if executed.pending:
        yield (
            f"{format_hours(executed.pending)} déposées attendent d’être vérifiées : "
            "elles peuvent encore réduire ce qui manque."
        )
    if executed.suspended:
        months = ", ".join(month.label for month in executed.suspended)
        yield f"{'Mois suspendus' if len(executed.suspended) > 1 else 'Mois suspendu'} ({months}) : rien n’y est dû."
    filed = [late for late in simulated.late if late.filing.filed_on is not None and not late.counted]
    for late in simulated.late:
        if late.days > late.counted and late not in filed:
            why = "avant la mise en demeure" if late.counted else "sans mise en demeure"
            yield f"{_filing(late)} : {plural(late.days - late.counted, 'jour')} de retard {why}."
    if filed:
        several = plural(len(filed), "déclaration déposée", "déclarations déposées")
        spared = plural(sum(late.days for late in filed), "jour")
        yield f"{several} en retard, {spared} en tout, sans mise en demeure avant le dépôt."


def _filing(late: Late) -> str:
    return f"{late.filing.month.label} ({late.filing.declarant})"
