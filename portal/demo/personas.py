"""The nine people that a visitor may be, by role."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from portal.demo.world.organisations import Body, cast_organisations
from portal.demo.world.people import Person, everyone
from portal.kernel.french import typo
from portal.vocabulary import Role

PASSWORD = "deux rives, quatre ponts"  # noqa: S105 — everyone's, in the demonstration only
"""For whoever wants to try the ordinary sign-in."""


@dataclass(frozen=True)
class Persona:
    """One person of the demonstration, the role they show and what they come to do."""

    person: Person
    role: Role
    organisation: str
    siret: str
    purpose: str

    @property
    def key(self) -> str:
        return self.person.key


_PURPOSES: Mapping[Role, str] = MappingProxyType(
    {
        Role.STRUCTURE: "Voir les lots un an à l’avance, dire son intérêt, rejoindre un groupement, remplir novembre.",
        Role.NETWORK: "Voir qui s’intéresse à quoi, compléter un groupement, accompagner des structures.",
        Role.TITULAIRE: "Finir la déclaration de novembre, déposer celle d’octobre, qui a pris du retard.",
        Role.PURCHASING: "Répondre aux demandes et aux questions, publier un projet, attribuer un lot.",
        Role.LEGAL: "Contrôler les leviers, lot par lot : décider, écarter, dire pourquoi.",
        Role.PRESCRIPTEUR: "Demander un achat, lire quel levier est réaliste, suivre les besoins de sa direction.",
        Role.FACILITATEUR: "Vérifier les déclarations déposées, confirmer des éligibilités, voir qui a été rappelé.",
        Role.DIRECTION: "Lire l’année en cours, remonter d’un chiffre à ses déclarations, revoir les années arrêtées.",
        Role.ADMINISTRATOR: "Veiller sur les messages, les tâches planifiées et le journal.",
    }
)


def all_personas() -> list[Persona]:
    """In the order of the roles; each is the person of the cast whose key is the role's code."""
    homes = {body.key: body for body in cast_organisations()}
    people = {person.key: person for person in everyone()}
    return [_persona(people[role], role, homes[str(people[role].home)], purpose) for role, purpose in _PURPOSES.items()]


def _persona(person: Person, role: Role, home: Body, purpose: str) -> Persona:
    return Persona(person, role, home.name, home.siret, typo(purpose))


def persona_keyed(key: str | None) -> Persona | None:
    return next((each for each in all_personas() if each.key == key), None)
