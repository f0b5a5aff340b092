"""« Ce qui manque, et à qui le tour »: what the rules say of a groupement, as steps that someone takes. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from portal.groupements import rules
from portal.groupements.documents import points as documents
from portal.groupements.facts import WHOLE, GroupementFacts, MemberFacts, OwnElsewhere, SealedElsewhere
from portal.groupements.looks import looks, since
from portal.groupements.points import Point, Standing
from portal.groupements.rules import Problem
from portal.kernel.french import plural, typo
from portal.kernel.hours import format_hours
from portal.vocabulary import GroupementState, MemberState, Reservation


@dataclass(frozen=True)
class Checklist:
    """The points, as one organisation reads them."""

    points: Sequence[Point]
    reader: int | None

    @property
    def mine(self) -> list[Point]:
        return [point for point in self._missing if self.reader in point.by]

    @property
    def theirs(self) -> list[Point]:
        return [point for point in self._missing if self.reader not in point.by and point.theirs]

    @property
    def to_look_at(self) -> list[Point]:
        return [point for point in self.points if point.standing is Standing.LOOK]

    @property
    def done(self) -> list[Point]:
        return [point for point in self.points if point.standing is Standing.DONE]

    @property
    def before_seal(self) -> list[Point]:
        """What the seal still waits for."""
        return [point for point in self._missing if point.blocks and point.step != "seal"]

    @property
    def _missing(self) -> list[Point]:
        return [point for point in self.points if point.standing is Standing.MISSING]


def checklist(
    facts: GroupementFacts,
    reader: int | None,
    elsewhere: Iterable[SealedElsewhere] = (),
    own: Iterable[OwnElsewhere] = (),
    own_lots: int = 0,
) -> Checklist:
    """`own_lots`: how many lots of the project the reader's organisation answers, all its groupements together."""
    if facts.state is GroupementState.FORMING:
        return Checklist([*_forming(facts, list(elsewhere)), *looks(facts, own, own_lots), *_dones(facts)], reader)
    if facts.state is GroupementState.SEALED:
        return Checklist([*_sealed(facts), *looks(facts, (), own_lots), *_dones(facts)], reader)
    if facts.state is GroupementState.FILED:
        return Checklist([*_acceptances(facts), _buyer_chooses(facts), *_dones(facts)], reader)
    return Checklist([], reader)


def _forming(facts: GroupementFacts, elsewhere: list[SealedElsewhere]) -> Iterable[Point]:
    problems = [*rules.problems(facts), *rules.clashes(facts, elsewhere)]
    yield from _acceptances(facts)
    yield from _requests(facts)
    yield from _mended(facts, problems)
    yield from _invitations(facts)
    yield from documents.points(facts)
    if problems or facts.invited:
        return
    if facts.asked_number is None:
        yield _lead(facts, "propose", "Proposer l’accord aux membres", "propose l’accord aux membres", _PROPOSE)
    elif all(member.state is MemberState.ACCEPTED for member in facts.active):
        yield _lead(facts, "seal", "Sceller le groupement", "scelle le groupement", _SEAL)


_PROPOSE = "Chacun relit les parts, la forme et le mandataire, puis accepte."
_SEAL = "Tous ont accepté."


def _requests(facts: GroupementFacts) -> Iterable[Point]:
    for member in facts.members:
        if member.state is MemberState.ASKING:
            yield Point(
                step="request",
                mine=f"Répondre à la demande de {member.name}",
                note=since("Demande du", member.asked_on),
                by=facts.leaders,
                member=member.public_id,
                blocks=False,
            )


_STEPS = {
    "lots": ("Revoir les lots", "revoit les lots"),
    "members": ("Inviter un autre membre", "invite un autre membre"),
    "terms": ("Fixer forme, mandataire, parts et tâches", "fixe la forme, le mandataire, les parts et les tâches"),
}


def _mended(facts: GroupementFacts, problems: Sequence[Problem]) -> Iterable[Point]:
    """One point for each page that mends something, with all that it mends."""
    for step, (mine, theirs) in _STEPS.items():
        if sentences := [problem.sentence for problem in problems if problem.about == step]:
            yield _lead(facts, step, mine, theirs, " ".join(sentences))


def _invitations(facts: GroupementFacts) -> Iterable[Point]:
    for member in facts.invited:
        yield Point(
            step="answer",
            mine="Répondre à l’invitation",
            theirs=f"{member.name} répond à l’invitation",
            note=since("Invitation du", member.asked_on),
            by=frozenset({member.organisation_id}),
            member=member.public_id,
            until=member.expires_on,
        )


def _acceptances(facts: GroupementFacts) -> Iterable[Point]:
    if facts.asked_number is None:
        return
    for member in facts.active:
        if member.state is MemberState.JOINED:
            yield Point(
                step="accept",
                mine="Relire l’accord et accepter votre part" + _share(member, " : "),
                theirs=f"{member.name} accepte sa part" + _share(member, ", "),
                note=f"Accord nᵒ {facts.asked_number}",
                by=frozenset({member.organisation_id}),
                member=member.public_id,
            )


def _share(member: MemberFacts, before: str) -> str:
    return before + rules.percent(member.part) if member.part else ""


def _sealed(facts: GroupementFacts) -> Iterable[Point]:
    yield from documents.points(facts)
    if facts.in_tender:
        note = "Elle se dépose sur le profil d’acheteur ; dites-le ici ensuite : la composition sera figée (R2142-26)."
        told = _lead(facts, "file", "Déposer la candidature", "dépose la candidature", typo(note))
        yield replace(told, until=facts.offers_due_on)
        return
    planned = f"Prévue : {facts.tender_planned}." if facts.tender_planned else None
    note_ = typo(f"{planned or ''} Jusqu’au dépôt, on peut desceller : tous acceptent alors de nouveau.".strip())
    yield Point(step="", mine="", theirs=f"{facts.buyer_name} ouvre la consultation", note=note_, by=_buyer(facts))


def _buyer_chooses(facts: GroupementFacts) -> Point:
    note = "La composition est figée jusqu’à la signature du marché (R2142-26)."
    return Point(step="", mine="", theirs=f"{facts.buyer_name} choisit parmi les candidatures", note=note)


def _buyer(facts: GroupementFacts) -> frozenset[int]:
    return frozenset({facts.buyer_id} if facts.buyer_id else set())


def _lead(facts: GroupementFacts, step: str, mine: str, theirs: str, note: str | None) -> Point:
    """A step of whoever holds the pen."""
    names = [member.name for member in facts.active if member.is_mandataire]
    names += [facts.network_name] if facts.network_name else []
    return Point(step=step, mine=mine, theirs=f"{' ou '.join(names)} {theirs}", note=note, by=facts.leaders)


# What is settled


def _dones(facts: GroupementFacts) -> Iterable[Point]:
    wrong = {problem.article for problem in rules.problems(facts)}
    if "R2142-19" not in wrong:
        yield _done(plural(len(facts.active), "membre"), "entreprises différentes (R2142-19)")
    if facts.mandataire:
        yield _done("Mandataire désigné", f"{facts.mandataire.name} (R2142-24)")
    if facts.form:
        yield _done("Forme choisie", f"{facts.form.label.lower()} (R2142-20)")
    if (total := rules.total_part(facts.sharing)) == WHOLE and "R2142-20" not in wrong:
        yield _done(f"Parts : {rules.percent(total)}", _hours_done(facts))
    if facts.tasks_asked and "R2142-27" not in wrong:
        yield _done("Tâches essentielles données", "chacune à un membre nommé (R2142-27)")
    if any(lot.reservation is not Reservation.NONE for lot in facts.lots) and not any(m.unfit for m in facts.active):
        yield _done("Chaque membre peut répondre à un lot réservé", None)
    accepted = [member for member in facts.active if member.state is MemberState.ACCEPTED]
    if facts.asked_number and len(accepted) == len(facts.active):
        yield _done(f"Accord nᵒ {facts.asked_number} accepté", "par tous les membres")


def _hours_done(facts: GroupementFacts) -> str | None:
    total = sum(member.hours or 0 for member in facts.sharing)
    if not total:
        return None
    wanted = f" sur {format_hours(facts.hours_wanted)} voulues" if facts.hours_wanted else ""
    return f"et {format_hours(total)}{wanted}"


def _done(title: str, note: str | None) -> Point:
    return Point(step="", mine=typo(title), note=note and typo(note), standing=Standing.DONE, blocks=False)
