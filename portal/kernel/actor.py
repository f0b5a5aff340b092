"""Who acts, and for which organisation."""

from dataclasses import dataclass

from portal.vocabulary import Permission, Role


@dataclass(frozen=True)
class Actor:
    """A person in one organisation, with all the roles held there; or nobody; or the portal itself."""

    account_id: int | None
    label: str
    organisation_id: int | None
    organisation_name: str | None
    roles: frozenset[Role]
    permissions: frozenset[Permission]

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    @property
    def is_signed_in(self) -> bool:
        return self.account_id is not None


ANONYMOUS = Actor(
    account_id=None,
    label="Visiteur",
    organisation_id=None,
    organisation_name=None,
    roles=frozenset(),
    permissions=frozenset(),
)

SYSTEM = Actor(
    account_id=None,
    label="Le portail",
    organisation_id=None,
    organisation_name=None,
    roles=frozenset(),
    permissions=frozenset(Permission),
)
"""The portal acting by itself: jobs and command line."""
