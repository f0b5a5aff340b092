"""The rows of declarations, in bulk: those that the services leave, with the ids of the register."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from itertools import combinations, count
from random import Random

from portal.declarations.fingerprints import VERSION
from portal.declarations.models import (
    Declaration,
    DeclaredAction,
    Delta,
    Deposit,
    DepositLine,
    Eligibility,
    Line,
    Participant,
    Path,
    PathStep,
    Person,
)
from portal.demo.seeding.bulk import Row, continue_numbering, load
from portal.demo.seeding.eligibility import decisions
from portal.demo.seeding.papers import Paper, Participating, Register, Someone, line_row, retained_of, someone
from portal.demo.seeding.stage import Stage
from portal.demo.world.contracts import Contract
from portal.demo.world.days import working_instant
from portal.demo.world.purchases import ANCHOR
from portal.demo.world.telling import actions_of, told_of
from portal.demo.world.workforce import Stay, Work
from portal.vocabulary import DeclarationState, DepositOutcome, EligibilityState, ExitKind, Permission, StepKind

_O = DepositOutcome
_ADDED = frozenset({_O.ACCEPTED, _O.REOPENED})
_NUMBERED = (Declaration, Deposit, DepositLine, Participant, Person)


class Loader:
    """Loads months of the register, whole years in order."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._next_deposit, self._next_line = count(1), count(1)
        self._people_loaded = self._participants_loaded = 0
        self._sounds_like = _lookalikes(register)

    def load(self, stage: Stage, indexes: Sequence[int], papers: Mapping[int, Sequence[Paper]]) -> None:
        register, session = self._register, stage.session
        self._load_people(stage, indexes)
        load(session, Declaration, [_declaration(stage, register, index) for index in indexes])
        lines = (_working(register, index, work) for index in indexes for work in register.filings[index].works)
        load(session, Line, list(lines))
        done = [(index, action) for index in indexes for action in actions_of(register.filings[index])]
        rows = [{"declaration_id": index + 1, "action": action, "quantity": 1} for index, action in done]
        load(session, DeclaredAction, rows)
        handed = sorted((paper for index in indexes for paper in papers[index]), key=lambda paper: paper.handed.at)
        numbered = [(next(self._next_deposit), paper) for paper in handed]
        load(session, Deposit, [_deposit(stage, id_, paper) for id_, paper in numbered])
        deposited = [
            (next(self._next_line), id_, paper, work, said)
            for id_, paper in numbered
            for work, said in zip(paper.filing.works, paper.lines, strict=True)
        ]
        load(session, DepositLine, [_deposited(*each) for each in deposited])
        deltas = [row for each in deposited for row in _deltas(stage, register, *each)]
        load(session, Delta, sorted(deltas, key=lambda row: row["at"]))

    def _load_people(self, stage: Stage, indexes: Sequence[int]) -> None:
        """Those of these months who are not there yet: the register gave ids in the order of months."""
        register = self._register
        works = [work for index in indexes for work in register.filings[index].works]
        people = max((register.people[id(work.stay.person)].id for work in works), default=0)
        participants = max((register.of(work).id for work in works), default=0)
        rows = [
            _person(known, self._sounds_like)
            for known in register.people.values()
            if self._people_loaded < known.id <= people
        ]
        load(stage.session, Person, rows)
        met = [
            _participant(stage, declarant, known)
            for declarant, known in register.participants()
            if self._participants_loaded < known.id <= participants
        ]
        load(stage.session, Participant, met)
        self._people_loaded = max(people, self._people_loaded)
        self._participants_loaded = max(participants, self._participants_loaded)

    def finish(self, stage: Stage) -> None:
        """What follows from all the months: eligibility and paths."""
        buyer_id = stage.organisations["metropole"].id
        load(stage.session, Eligibility, list(_eligibilities(stage, self._register, buyer_id)))
        paths = list(_paths(stage, self._register))
        load(stage.session, Path, [row for row, _ in paths])
        load(stage.session, PathStep, list(_six_months_after(stage, paths, buyer_id)))
        continue_numbering(stage.session, _NUMBERED)


def _person(known: Someone, sounds_like: Mapping[int, int]) -> Row:
    """Prints of nobody: drawn from the rank, since no name ever was."""
    rank = {"exact": known.id, "phonetic": sounds_like.get(known.id, known.id), "swapped": known.id}
    prints = {sort: sha256(f"amont: {sort} {rank[sort]}".encode()).hexdigest() for sort in rank}
    return prints | {
        "id": known.id,
        "public_id": known.public_id,
        "key_version": VERSION,
        "sex": known.person.sex,
        "created_at": known.since,
    }


def _lookalikes(register: Register) -> dict[int, int]:
    """By rank: the last ones who may be somebody already known elsewhere, for a facilitateur to say."""
    declared = {known.person_id: declarant for declarant, known in register.participants()}
    found: dict[int, int] = {}
    latest = sorted(register.people.values(), key=lambda known: known.id)[-_RECENT:]
    for newer, older in combinations(reversed(latest), 2):
        alike = newer.person.sex is older.person.sex and newer.person.born_on.year == older.person.born_on.year
        used = {*found, *found.values()}
        if alike and declared[newer.id] != declared[older.id] and not {newer.id, older.id} & used:
            found[newer.id] = older.id
        if len(found) == _ALIKE:
            break
    return found


_RECENT, _ALIKE = 120, 2


def _participant(stage: Stage, declarant: str, known: Participating) -> Row:
    return {
        "id": known.id,
        "organisation_id": stage.organisations[declarant].id,
        "matricule": known.matricule,
        "person_id": known.person_id,
        "created_at": known.since,
    }


def _declaration(stage: Stage, register: Register, index: int) -> Row:
    filing = register.filings[index]
    last = filing.handed[-1].at if filing.handed else None
    answers = sum((handed.decided_at is not None) + (handed.reopened_at is not None) for handed in filing.handed)
    return {
        "id": index + 1,
        "reference": register.references[index],
        "contract_id": stage.contracts[filing.post.contract.bought.number].id,
        "organisation_id": stage.organisations[filing.post.holder.body.key].id,
        "month": filing.month,
        "state": filing.state,
        "due_on": filing.due_on,
        "is_nil": filing.is_nil,
        **told_of(filing),
        "opened_at": filing.opened_at,
        "saved_at": filing.begun_at or last,
        "version": 1 + answers + 2 * len(filing.handed) + (filing.begun_at is not None),
    }


def _working(register: Register, index: int, work: Work) -> Row:
    """As it was last handed in: a month sent back still says what was wrong."""
    filing = register.filings[index]
    wrong = filing.state is DeclarationState.RETURNED and work is filing.works[0]
    slip = filing.handed[-1].slip if wrong else 0
    return {"declaration_id": index + 1} | line_row(register, work, slip)


def _deposit(stage: Stage, id_: int, paper: Paper) -> Row:
    handed, post = paper.handed, paper.filing.post
    decided_at = handed.reopened_at or handed.decided_at
    by = someone(stage, post.holder.body.key, Permission.DECLARATION_FILE, handed.at)
    answers = decided_at and someone(stage, post.contract.follower, Permission.DECLARATION_CHECK, decided_at)
    return {
        "id": id_,
        "declaration_id": paper.index + 1,
        "number": paper.number,
        "at": handed.at,
        "by_account_id": by.account_id,
        "by_label": by.label,
        "canonical": paper.canonical,
        "sha256": paper.sha256,
        "is_nil": paper.filing.is_nil,
        "hours": paper.hours,
        "people": len(paper.lines),
        **told_of(paper.filing),
        "outcome": handed.outcome,
        "decided_at": decided_at,
        "decided_by_label": answers.label if answers else None,
        "answer": handed.answer,
        "retained_hours": retained_of(paper) if handed.outcome in _ADDED else None,
    }


def _deposited(id_: int, deposit_id: int, paper: Paper, work: Work, said: Row) -> Row:
    row: Row = {
        "id": id_,
        "deposit_id": deposit_id,
        "retained_hours": None,
        "retention_reason": None,
        "retention_note": None,
    }
    if paper.handed.outcome in _ADDED:
        row["retained_hours"] = paper.retained(work, said)
        row["retention_reason"], row["retention_note"] = work.reason, work.note
    return row | said


def _deltas(
    stage: Stage, register: Register, line_id: int, deposit_id: int, paper: Paper, work: Work, said: Row
) -> Iterator[Row]:
    """+1 when it was accepted, −1 if it was reopened."""
    if paper.handed.outcome not in _ADDED:
        return
    post = paper.filing.post
    row = {
        "deposit_id": deposit_id,
        "deposit_line_id": line_id,
        "buyer_id": stage.organisations["metropole"].id,
        "contract_id": stage.contracts[post.contract.bought.number].id,
        "organisation_id": stage.organisations[post.holder.body.key].id,
        "month": paper.filing.month,
        "person_id": register.of(work).person_id,
        "hours_declared": said["hours"],
        "hours_retained": paper.retained(work, said),
        "sex": work.stay.person.sex,
        "age_band": said["age_band"],
        "education": said["education"],
        "hiring_mode": said["hiring_mode"],
        "exit_kind": said["exit_kind"],
    }
    yield row | {"at": paper.handed.decided_at, "sign": 1}
    if paper.handed.reopened_at is not None:
        yield row | {"at": paper.handed.reopened_at, "sign": -1}


def _eligibilities(stage: Stage, register: Register, buyer_id: int) -> Iterator[Row]:
    for decided in decisions(register.filings):
        confirmed = decided.state is EligibilityState.CONFIRMED
        by = decided.at and someone(stage, decided.contract.follower, Permission.DECLARATION_CHECK, decided.at)
        yield {
            "person_id": register.people[id(decided.person)].id,
            "buyer_id": buyer_id,
            "state": decided.state,
            "criterion": decided.person.criterion if confirmed else None,
            "prescripteur": decided.person.prescripteur if confirmed else None,
            "attested_on": decided.at.date() if confirmed and decided.at and decided.person.prescripteur else None,
            "proof_seen_on": decided.at.date() if confirmed and decided.at and decided.person.criterion else None,
            "decided_by_label": by.label if by else None,
            "decided_at": decided.at,
        }


def _paths(stage: Stage, register: Register) -> Iterator[tuple[Row, Contract]]:
    """What accepted months say of each path, and nothing else, with the contract in the story."""
    accepted: dict[int, tuple[Stay, Work]] = {}
    for filing in register.filings:
        if filing.state is DeclarationState.ACCEPTED:
            accepted |= {id(work.stay): (work.stay, work) for work in filing.works}
    for stay, last in accepted.values():
        row = {
            "person_id": register.people[id(stay.person)].id,
            "contract_id": stage.contracts[stay.post.contract.bought.number].id,
            "organisation_id": stage.organisations[stay.post.holder.body.key].id,
            "entered_on": stay.entered_on,
            "age_band": stay.age_band,
            "education": stay.person.education,
            "hiring_mode": stay.hiring_mode,
            "contract_type": stay.contract_type,
            "exit_on": last.exit_on,
            "exit_kind": last.exit_kind,
        }
        yield row, stay.post.contract


def _six_months_after(stage: Stage, paths: Iterable[tuple[Row, Contract]], buyer_id: int) -> Iterator[Row]:
    """Where people stand six months after they left; a few have yet to be asked."""
    random = Random("amont: six months after")
    for path, contract in paths:
        left_on = path["exit_on"]
        if left_on is None or contract.follower is None:
            continue
        asked_at = working_instant(random, left_on + timedelta(days=random.randint(155, 178)))
        if asked_at >= ANCHOR or (left_on > _LATELY and random.random() < _NOT_ASKED):
            continue
        by = someone(stage, contract.follower, Permission.DECLARATION_CHECK, asked_at)
        stays = random.random() < _STILL_THERE
        yield {
            "person_id": path["person_id"],
            "buyer_id": buyer_id,
            "organisation_id": stage.organisations[contract.follower].id,
            "day": asked_at.date(),
            "kind": StepKind.SIX_MONTHS,
            "situation": path["exit_kind"] if stays else random.choice(_SINCE),
            "words": None,
            "noted_by_label": by.label,
            "noted_at": asked_at,
        }


_LATELY = ANCHOR.date() - timedelta(days=280)
_NOT_ASKED, _STILL_THERE = 0.1, 0.7
_SINCE = (ExitKind.CDI, ExitKind.CDD_LONG, ExitKind.TRAINING, ExitKind.UNEMPLOYMENT, ExitKind.UNKNOWN)
"""What people have become who are no longer where they went."""
