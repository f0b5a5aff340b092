"""What the code says of a composition that changes after the filing. No database, no clock."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from portal.groupements import rules
from portal.groupements.changes.facts import Change, Newcomer
from portal.groupements.facts import GroupementFacts, MemberFacts, SealedElsewhere, Share
from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.vocabulary import GroupementState, MemberRole, MemberState

_Number = TypeVar("_Number", int, Decimal)
_LONGEST_TASKS = 500
_APART = typo(" ; ")
_UNFILED = typo(
    "Ce changement n’est pas possible pour ce lot (R2142-21, R2142-23) : refusez-le, et le groupement pourra proposer "
    "quelqu’un d’autre."
)
_BEFORE_FILING = frozenset({GroupementState.FORMING, GroupementState.SEALED})


def ensure_may_change(state: GroupementState, *, waiting: bool) -> None:
    """R2142-26: from the filing to the signature, and one change at a time, for the buyer reads what it answers."""
    if state in _BEFORE_FILING:
        raise RuleViolation(
            "La candidature n’est pas déposée : changez la composition ici, sans demander à l’acheteur ; tous "
            "acceptent alors un nouvel accord."
        )
    if state is not GroupementState.FILED:
        raise RuleViolation(
            typo(f"Ce groupement est « {state.label} » : sa composition ne change plus (R2142-26)."),
            article="R2142-26",
        )
    if waiting:
        raise RuleViolation(
            "Un changement attend déjà la réponse de l’acheteur (R2142-26) : demandez le suivant ensuite.",
            article="R2142-26",
        )


def ensure_open(state: GroupementState, granted: bool | None) -> None:
    """R2142-26: a change is answered once, and before the signature."""
    if granted is not None:
        told = "autorisé" if granted else "refusé"
        raise RuleViolation(f"Ce changement est déjà {told} : rouvrez la candidature.")
    ensure_may_change(state, waiting=False)


def ensure_settled(waiting: bool, members: Iterable[MemberFacts]) -> None:
    """R2142-26 and R2142-23: what is awarded is a composition that the buyer allowed and that each member accepted."""
    if waiting:
        raise RuleViolation(
            "Un changement de composition attend votre réponse (R2142-26) : répondez-y, puis attribuez.",
            article="R2142-26",
        )
    if late := [each.name for each in members if each.state is MemberState.JOINED]:
        raise RuleViolation(
            typo(
                f"Le nouvel accord du groupement attend encore : {', '.join(late)}. Chaque membre accepte la "
                "composition changée avant l’attribution (R2142-23)."
            ),
            article="R2142-23",
        )


def ensure_explained(explanation: str) -> None:
    """R2142-26: the groupement brings the proof; the buyer must have something to judge."""
    if not explanation:
        raise RuleViolation("Expliquez ce qui arrive : l’acheteur en décide d’après ces mots.", "explanation")


def ensure_answered(answer: str | None) -> None:
    """R2142-26: the buyer decides, allowing or refusing, and the members read why."""
    if not answer:
        raise RuleViolation("Dites en une phrase pourquoi : les membres du groupement le liront.", "answer")


def ensure_granted(before: GroupementFacts, change: Change, elsewhere: Iterable[SealedElsewhere]) -> None:
    """R2142-21 and R2142-23 included, whatever else is sealed; of what is not filed yet, the buyer reads no name."""
    sealed = list(elsewhere)
    ensure_possible(before, change, [each for each in sealed if each.is_filed])
    try:
        ensure_possible(before, change, sealed)
    except RuleViolation as hidden:
        raise RuleViolation(_UNFILED, article=hidden.article) from None


def ensure_possible(before: GroupementFacts, change: Change, elsewhere: Iterable[SealedElsewhere] = ()) -> None:
    """What R2142-19 to -24 forbid of a groupement, they forbid of what it would become: only what the change adds."""
    _ensure_heir(before, change)
    then, others = after(before, change), list(elsewhere)
    known = {*rules.problems(before), *rules.clashes(before, others)}
    found = [each for each in (*rules.problems(then), *rules.clashes(then, others)) if each not in known]
    if found:
        raise RuleViolation(" ".join(each.sentence for each in found), _field(change), found[0].article)


def _ensure_heir(before: GroupementFacts, change: Change) -> None:
    inside = {member.organisation_id: member for member in before.active}
    if change.leaver not in inside:
        raise RuleViolation("Choisissez qui part parmi les membres.", "member")
    if change.heir is None:
        raise RuleViolation("Dites qui reprend sa part : un autre membre, ou une nouvelle organisation.", "heir")
    if change.heir == change.leaver:
        raise RuleViolation("Qui part ne reprend pas sa propre part : choisissez quelqu’un d’autre.", _field(change))
    if change.newcomer and change.heir in inside:
        name = inside[change.heir].name
        raise RuleViolation(typo(f"{name} est déjà membre : choisissez-la parmi les membres."), "siret")
    if change.taker is not None and change.taker not in inside:
        raise RuleViolation("Choisissez qui reprend la part parmi les membres.", "heir")


def _field(change: Change) -> str:
    return "siret" if change.newcomer else "heir"


def after(facts: GroupementFacts, change: Change) -> GroupementFacts:
    """The groupement once the change is made: the part moves whole, and who carries the mandataire's part is
    mandataire (R2142-24). Everyone is asked anew."""
    leaver = next(each for each in facts.active if each.organisation_id == change.leaver)
    kept = [_asked_anew(each) for each in facts.members if each.organisation_id not in {change.leaver, change.heir}]
    gone = _with(replace(leaver, state=MemberState.LEFT), Share(), MemberRole.COTRAITANT)
    heir = _heir(facts, change, leaver)
    tasks = {task: heir.organisation_id if who == change.leaver else who for task, who in facts.tasks.items()}
    return replace(facts, members=(*kept, gone, heir), tasks=tasks, asked_number=None)


def _asked_anew(member: MemberFacts) -> MemberFacts:
    return replace(member, state=MemberState.JOINED) if member.is_active else member


def _heir(facts: GroupementFacts, change: Change, leaver: MemberFacts) -> MemberFacts:
    if change.newcomer:
        return _with(_member(change.newcomer), share_of(leaver), leaver.role)
    taker = next(each for each in facts.active if each.organisation_id == change.taker)
    role = MemberRole.MANDATAIRE if leaver.is_mandataire else taker.role
    return _with(_asked_anew(taker), together(share_of(taker), share_of(leaver)), role)


def _member(newcomer: Newcomer) -> MemberFacts:
    return MemberFacts(
        organisation_id=newcomer.organisation_id,
        siret=newcomer.siret,
        name=newcomer.name,
        state=MemberState.JOINED,
    )


def share_of(member: MemberFacts) -> Share:
    return Share(member.part, member.hours, member.tasks, member.amount, member.communes)


def _with(member: MemberFacts, share: Share, role: MemberRole) -> MemberFacts:
    return replace(
        member,
        role=role,
        part=share.part,
        hours=share.hours,
        tasks=share.tasks,
        amount=share.amount,
        communes=share.communes,
    )


def together(own: Share, taken: Share) -> Share:
    """What a member does once it takes another's part over besides its own (R2142-20: nothing is left over)."""
    tasks = _APART.join(dict.fromkeys(each for each in (own.tasks, taken.tasks) if each))
    return Share(
        part=_sum(own.part, taken.part),
        hours=_sum(own.hours, taken.hours),
        tasks=tasks[:_LONGEST_TASKS] or None,
        amount=_sum(own.amount, taken.amount),
        communes=tuple(sorted({*own.communes, *taken.communes})),
    )


def _sum(one: _Number | None, other: _Number | None) -> _Number | None:
    return one if other is None else other if one is None else one + other
