"""Who notes support actions, for whom, and who reads them: the author's people, and those of the structure helped."""

from portal.directory.models import Organisation
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.errors import NotFound, Refused, RuleViolation
from portal.sourcing.models import SupportAction
from portal.vocabulary import Permission, Role

_HELPS_ANYONE = frozenset({Role.PURCHASING, Role.FACILITATEUR})


def ensure_author(actor: Actor) -> int:
    """The organisation that notes it."""
    if not actor.may(Permission.SUPPORT_WRITE) or actor.organisation_id is None:
        raise Refused("Seuls les achats, les facilitateurs et les têtes de réseau notent un accompagnement.")
    return actor.organisation_id


def helps_members_only(actor: Actor) -> bool:
    """A network helps its own members; a buyer or a facilitateur, any structure."""
    return actor is not SYSTEM and not actor.roles & _HELPS_ANYONE


def ensure_can_help(actor: Actor, structure: Organisation, *, is_member: bool) -> None:
    if structure.id == actor.organisation_id:
        raise RuleViolation("Un accompagnement se note pour une autre organisation que la vôtre.", "structure")
    if not structure.is_structure:
        raise RuleViolation(
            "Ce n’est pas une structure d’insertion ou de travail adapté\u202f: choisissez-en une.", "structure"
        )
    if helps_members_only(actor) and not is_member:
        raise RuleViolation(
            "Cette structure ne fait pas partie de votre réseau\u202f: elle peut le demander.", "structure"
        )


def ensure_still_helps(actor: Actor, *, is_member: bool) -> None:
    """A structure that left the network reads nothing new of its hand, but how what was begun ended."""
    if helps_members_only(actor) and not is_member:
        raise RuleViolation("Cette structure a quitté votre réseau\u202f: terminez cet accompagnement.")


def can_follow(actor: Actor, action: SupportAction) -> bool:
    return actor.may(Permission.SUPPORT_WRITE) and actor.organisation_id == action.author_id


def ensure_can_follow(actor: Actor, action: SupportAction) -> None:
    """The action of others does not exist: NotFound."""
    if not can_follow(actor, action):
        raise NotFound
