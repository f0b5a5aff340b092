"""Who is in a month: found by their matricule, else by their fingerprints; counted once; told of nobody."""

from datetime import date, datetime

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import Session

from portal.declarations import policies, rules
from portal.declarations.facts import Fingerprints, NewPerson
from portal.declarations.fingerprints import VERSION
from portal.declarations.models import Declaration, DepositLine, Evidence, Line, Participant, Person
from portal.declarations.services.drafts import begun
from portal.declarations.services.prefilling import take_out
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleViolation
from portal.kernel.french import format_date, typo
from portal.storage import ensure_current
from portal.storage.once import insert_once
from portal.vocabulary import ContractType, DeclarationState, HiringMode


def add_person(
    session: Session, declaration: Declaration, facts: NewPerson, *, expected_version: int, actor: Actor, now: datetime
) -> Line:
    """Add a person to the month; it is no longer « néant ».

    A known matricule asks for nothing; an unknown one for fingerprints, which lead to the same person for whatever
    declarant. Problems stand on the field of `NewPerson` at fault, on `last_name` when fingerprints are missing.
    """
    policies.ensure_can_file(actor, declaration)
    rules.ensure_awaited(declaration.state)
    ensure_current(declaration, expected_version)
    line = enter(session, declaration, facts, organisation_id=declaration.organisation_id, now=now)
    begun(declaration, now)
    session.flush()
    return line


def enter(
    session: Session,
    declaration: Declaration,
    facts: NewPerson,
    *,
    organisation_id: int,
    employer_id: int | None = None,
    now: datetime,
) -> Line:
    """Put a person in the month, by the matricule of `organisation_id`. The caller checked who may, and the version.

    `employer_id`: who fills the line in when it is entrusted; None: the declarant.
    """
    participant = _participant(session, organisation_id, facts, now)
    ensure_absent(declaration, participant, employer_id)
    line = new_line(declaration, participant, facts, _last_line(session, declaration, participant, employer_id))
    line.employer_id = employer_id
    rules.ensure_keepable(line)
    participant.person.sex = participant.person.sex or facts.sex
    declaration.lines.append(line)
    if employer_id is None:
        declaration.is_nil = False
    session.flush()
    return line


def remove_line(
    session: Session, declaration: Declaration, line: Line, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Take a person out of the month; nothing is left of one who was only entered there."""
    policies.ensure_can_file(actor, declaration)
    rules.ensure_awaited(declaration.state)
    if line not in declaration.lines_of(None):
        raise NotFound
    ensure_current(declaration, expected_version)
    participant_id = line.participant_id
    declaration.lines.remove(line)
    begun(declaration, now)
    session.flush()
    forget(session, participant_id)


# Finding


def _participant(session: Session, organisation_id: int, facts: NewPerson, now: datetime) -> Participant:
    """Whom a matricule stands for; their row stays held until the commit."""
    matricule = rules.matricule_of(facts.matricule)
    known = _held(session, organisation_id, matricule)
    if known is None:
        person_id = _person_id(session, prints_of(facts), now)
        insert_once(
            session,
            Participant,
            organisation_id=organisation_id,
            matricule=matricule,
            person_id=person_id,
            created_at=now,
        )
        known = _held(session, organisation_id, matricule)
    if known is None:
        raise NotFound
    ensure_same(known, facts.fingerprints)
    return known


def prints_of(facts: NewPerson) -> Fingerprints:
    """Whom an unknown matricule stands for."""
    if facts.fingerprints is None:
        raise RuleViolation(
            "Ce matricule est nouveau : indiquez une fois le nom, le prénom et la date de naissance.", "last_name"
        )
    return facts.fingerprints


def _held(session: Session, organisation_id: int, matricule: str) -> Participant | None:
    mine = (Participant.organisation_id == organisation_id, Participant.matricule == matricule)
    return session.scalar(select(Participant).where(*mine).with_for_update())


def _person_id(session: Session, prints: Fingerprints, now: datetime) -> int:
    """The person with these exact prints, whoever declared them first; a new one otherwise."""
    for _ in range(2):
        known = session.scalar(select(Person.id).where(Person.exact == prints.exact).with_for_update())
        if known is not None:
            return known
        insert_once(
            session,
            Person,
            exact=prints.exact,
            phonetic=prints.phonetic,
            swapped=prints.swapped,
            key_version=VERSION,
            created_at=now,
        )
    return session.scalars(select(Person.id).where(Person.exact == prints.exact).with_for_update()).one()


def ensure_same(participant: Participant, prints: Fingerprints | None) -> None:
    if prints is not None and prints.exact != participant.person.exact:
        raise RuleViolation(
            typo(
                f"Le matricule {participant.matricule} est déjà donné, pour un nom ou une date de naissance qui "
                "s’écrivent autrement. Même personne : n’indiquez que le matricule. Une autre : donnez-lui le sien."
            ),
            "matricule",
        )


def ensure_absent(declaration: Declaration, participant: Participant, employer_id: int | None) -> None:
    """A person has one line a month with each employer, even under two matricules."""
    for line in declaration.lines:
        if line.participant.person_id == participant.person_id and line.employer_id == employer_id:
            raise RuleViolation(
                typo(f"Cette personne est déjà dans ce mois, sous le matricule {line.participant.matricule}."),
                "matricule",
            )


# Writing


def _last_line(
    session: Session, declaration: Declaration, participant: Participant, employer_id: int | None
) -> Line | None:
    """The person's last line before this month, on the same contract for the same declarant and employer: neither of
    the two is told of the other's people."""
    return session.scalar(
        select(Line)
        .join(Declaration, Declaration.id == Line.declaration_id)
        .join(Participant, Participant.id == Line.participant_id)
        .where(
            Participant.person_id == participant.person_id,
            Declaration.contract_id == declaration.contract_id,
            Declaration.organisation_id == declaration.organisation_id,
            Declaration.month < declaration.month,
            Line.employer_id == employer_id,
        )
        .order_by(Declaration.month.desc())
        .limit(1)
    )


def new_line(declaration: Declaration, participant: Participant, facts: NewPerson, last: Line | None) -> Line:
    return Line(
        participant_id=participant.id,
        participant=participant,
        hours=facts.hours,
        training_hours=facts.training_hours,
        has_tutor=facts.has_tutor or bool(last and last.has_tutor),
        entered_on=entry_of(declaration, facts, last),
        hiring_mode=hiring_mode_of(facts, last),
        contract_type=contract_type_of(facts, last),
        age_band=facts.age_band or (last and last.age_band),
        education=facts.education or (last and last.education),
    )


def entry_of(declaration: Declaration, facts: NewPerson, last: Line | None) -> date:
    """The day the path began: as declared before, as long as no exit closes it."""
    if last is not None and last.exit_on is None:
        if facts.entered_on not in {None, last.entered_on}:
            raise RuleViolation(
                typo(
                    f"Cette personne est en parcours sur ce marché depuis le {format_date(last.entered_on)} : "
                    "laissez son entrée vide."
                ),
                "entered_on",
            )
        return last.entered_on
    if facts.entered_on is None:
        raise RuleViolation("Indiquez le premier jour de travail sur ce marché.", "entered_on")
    left_on = last.exit_on if last else None
    rules.ensure_entry(facts.entered_on, declaration.month, declaration.contract.notified_on, left_on)
    return facts.entered_on


def hiring_mode_of(facts: NewPerson, last: Line | None) -> HiringMode:
    mode = facts.hiring_mode or (last.hiring_mode if last else None)
    if mode is None:
        raise RuleViolation("Choisissez comment la personne travaille sur ce marché.", "hiring_mode")
    return mode


def contract_type_of(facts: NewPerson, last: Line | None) -> ContractType:
    type_ = facts.contract_type or (last.contract_type if last else None)
    if type_ is None:
        raise RuleViolation("Choisissez son contrat de travail.", "contract_type")
    return type_


# Forgetting


def forget(session: Session, participant_id: int) -> None:
    """Erase a participant whom no line mentions, then a person whom no participant does: entered by mistake."""
    participant = session.scalars(select(Participant).where(Participant.id == participant_id).with_for_update()).one()
    person_id = participant.person_id
    if not _is_told(session, participant_id):
        take_out(session, participant_id)
    session.execute(
        delete(Participant).where(
            Participant.id == participant_id,
            ~exists().where(Line.participant_id == participant_id),
            ~exists().where(DepositLine.participant_id == participant_id),
            ~exists().where(Evidence.participant_id == participant_id),
        )
    )
    session.execute(delete(Person).where(Person.id == person_id, ~exists().where(Participant.person_id == person_id)))


def _is_told(session: Session, participant_id: int) -> bool:
    """Whether somebody, and not the portal alone, has put them in a month."""
    lines = exists().where(
        Line.participant_id == participant_id,
        Declaration.id == Line.declaration_id,
        or_(Declaration.state != DeclarationState.EXPECTED, Line.hours > 0, Line.exit_on.is_not(None)),
    )
    deposited = exists().where(DepositLine.participant_id == participant_id)
    return bool(session.scalar(select(or_(lines, deposited))))
