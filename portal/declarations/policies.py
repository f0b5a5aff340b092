"""May this actor file, check or read this month? What they may not see, queries hide (404)."""

from portal.contracts import policies as contracts
from portal.contracts.models import Contract
from portal.declarations.models import Declaration, DelegatedPart
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.errors import Refused
from portal.vocabulary import DeclarationState, PartState, Permission


def can_file(actor: Actor, declaration: Declaration) -> bool:
    """The declarant's own people; or the portal itself."""
    if actor is SYSTEM:
        return True
    return actor.may(Permission.DECLARATION_FILE) and actor.organisation_id == declaration.organisation_id


def ensure_can_file(actor: Actor, declaration: Declaration) -> None:
    if not can_file(actor, declaration):
        raise Refused("Seules les personnes qui déclarent pour cette organisation peuvent remplir ce mois.")


def can_check(actor: Actor, declaration: Declaration) -> bool:
    """Who checks the contract, but never the declarant itself: nobody accepts their own hours."""
    if actor is SYSTEM:
        return True
    return actor.organisation_id != declaration.organisation_id and contracts.can_check(actor, declaration.contract)


def ensure_can_check(actor: Actor, declaration: Declaration) -> None:
    if not can_check(actor, declaration):
        raise Refused("Seul le facilitateur qui suit ce marché peut vérifier ce mois.")


def can_read_result(actor: Actor, declaration: Declaration) -> bool:
    """The buyer's people who read results: accepted months only, without matricules nor criteria."""
    is_buyer = actor.organisation_id is not None and actor.organisation_id == declaration.contract.buyer_id
    is_accepted = declaration.state is DeclarationState.ACCEPTED
    return is_accepted and is_buyer and actor.may(Permission.RESULTS_READ)


def can_read(actor: Actor, declaration: Declaration) -> bool:
    return can_file(actor, declaration) or can_check(actor, declaration) or can_read_result(actor, declaration)


def sees_matricules(actor: Actor, declaration: Declaration) -> bool:
    """Others read an identifier that stands for a person before one buyer: `fingerprints.alias`."""
    return can_file(actor, declaration) or can_check(actor, declaration)


# Lines entrusted to an employer


def can_entrust(actor: Actor, contract: Contract) -> bool:
    """The people who file for a live titulaire; never the portal, which holds no contract."""
    return actor.may(Permission.DECLARATION_FILE) and contracts.holds(actor, contract)


def ensure_can_entrust(actor: Actor, contract: Contract) -> None:
    if not can_entrust(actor, contract):
        raise Refused("Seul un titulaire de ce marché peut confier ses lignes.")


def can_fill(actor: Actor, part: DelegatedPart) -> bool:
    """The people who file for the employer; or the portal itself. They see this part, and nothing else of the month."""
    if actor is SYSTEM:
        return True
    return actor.may(Permission.DECLARATION_FILE) and actor.organisation_id == part.employer_id


def ensure_can_fill(actor: Actor, part: DelegatedPart) -> None:
    if not can_fill(actor, part):
        raise Refused("Seules les personnes qui déclarent pour cet employeur peuvent remplir sa part.")


def is_to_fill(part: DelegatedPart) -> bool:
    """Whether the employer may still change it: not handed, in a month that is not deposited."""
    return part.state is PartState.OPEN and part.declaration.state in DeclarationState.awaited()
