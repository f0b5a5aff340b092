"""Who may open what, as decided: the table that the routes are compared with, endpoint by endpoint."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.vocabulary import Permission, Role
from portal.web.access import PUBLIC, SIGNED_IN, Access, reserved_to
from tests.architecture.world import World

Arguments = Callable[[World], dict[str, Any]]

FOUND, REDIRECTED, REFUSED, HIDDEN, GONE, INVALID = 200, 302, 403, 404, 410, 422


def _none(_world: World) -> dict[str, Any]:
    return {}


def _of(**names: str) -> Arguments:
    """Arguments taken from the world's objects."""
    return lambda world: {argument: world.objects[name] for argument, name in names.items()}


def _siret(name: str, **others: str) -> Arguments:
    """The SIRET of one of the world's organisations, and of others."""
    return lambda world: {"siret": world.siret(name)} | {key: world.siret(value) for key, value in others.items()}


def _siret_of(story: str, holder: str) -> Arguments:
    """One of the world's stories, and an organisation named in it."""
    return lambda world: {"public_id": world.objects[story], "siret": world.siret(holder)}


def _lot(name: str) -> Arguments:
    """The first lot of one of the world's projects."""
    return lambda world: {"reference": world.objects[name], "number": 1}


def _calibrated(variant: str | None = None, **others: Any) -> Arguments:
    """The lot that its buyer sizes, one of its variants, or others."""
    return lambda world: {
        **_lot("calibrated")(world),
        **({"public_id": world.objects[variant]} if variant else {}),
        **others,
    }


def _lever(name: str) -> Arguments:
    """The clause of the first lot of one of the world's projects."""
    return lambda world: {"reference": world.objects[name], "number": 1, "code": "clause"}


@dataclass(frozen=True)
class Row:
    """What an endpoint answers to those whom its access allows; anyone else is sent to sign in, or refused.

    `get` and `post` are the answers for an object of one's own world, `post` to a form sent empty; None where the
    method is not allowed. `beyond` is the answer, to both, for an object of the other world.
    """

    access: Access
    arguments: Arguments = _none
    get: int | None = FOUND
    post: int | None = None
    beyond: int = HIDDEN
    beyond_post: int | None = None
    """What a POST answers for an object of the other world, when a GET answers otherwise."""
    own: Mapping[Role, int] = field(default_factory=dict)
    """Roles for which an object of their own world answers otherwise, to both methods."""
    own_post: Mapping[Role, int] = field(default_factory=dict)
    """Roles for which it answers otherwise to a POST."""
    reach: frozenset[Role] = frozenset()
    """Roles for which an object of the other world is like one of their own."""


_MEMBERS = reserved_to(Permission.MEMBERS_MANAGE)
_CLAIMS = reserved_to(Permission.CLAIM_DECIDE)
_NETWORKS = reserved_to(Permission.AFFILIATION_ASK, Permission.AFFILIATION_DECIDE)
_FORECAST_READ = reserved_to(Permission.FORECAST_READ)
_FORECAST_WRITE = reserved_to(Permission.FORECAST_WRITE)
_FORECAST_PUBLISH = reserved_to(Permission.FORECAST_PUBLISH)

_FORECAST_CHECK = reserved_to(Permission.FORECAST_CHECK)

_REQUEST_FILE = reserved_to(Permission.REQUEST_FILE)
_REQUEST_ANSWER = reserved_to(Permission.REQUEST_ANSWER)
_NOT_THE_AUTHOR = {Role.PURCHASING: HIDDEN}

_CONTRACT_READ = reserved_to(Permission.CONTRACT_READ)
_CONTRACT_WRITE = reserved_to(Permission.CONTRACT_WRITE)

_FILING = reserved_to(Permission.DECLARATION_FILE)
_CHECKING = reserved_to(Permission.DECLARATION_CHECK)
_DECLARATIONS = reserved_to(Permission.DECLARATION_FILE, Permission.DECLARATION_CHECK)


def _results(**more: str) -> Arguments:
    """The last closed year of the world's buyer."""
    return lambda world: {"year": world.objects["frozen_year"], "acheteur": world.siret("buyer")} | more


_SUPPORT = reserved_to(Permission.SUPPORT_WRITE)
_NETWORK = reserved_to(Permission.NETWORK_FOLLOW)
_BUYERS_ACTION = {Role.NETWORK: HIDDEN, Role.FACILITATEUR: HIDDEN}
"""A support action noted by the buyer: whoever notes others does not read it."""
_JOIN = reserved_to(Permission.GROUPEMENT_JOIN)
_SUPPLIERS = frozenset({Role.STRUCTURE, Role.TITULAIRE, Role.NETWORK})
_DOCUMENT = _of(public_id="groupement", document="document")

_EVERYONE = Row(PUBLIC, beyond=FOUND)


def _hidden_but_to(*roles: Role) -> dict[Role, int]:
    return {role: HIDDEN for role in Role if role not in roles}


_ALREADY_IN = dict.fromkeys(Role, REDIRECTED)
_WRONG_LINK = Row(PUBLIC, lambda _: {"token": "no-such-token"}, get=GONE, post=GONE)

TABLE: dict[str, Row] = {
    "static": Row(PUBLIC, lambda _: {"filename": "css/amont.css"}, beyond=FOUND),
    "pages.home": Row(PUBLIC, get=REDIRECTED, beyond=REDIRECTED),
    "pages.help_page": _EVERYONE,
    "pages.accessibility": _EVERYONE,
    "pages.privacy": _EVERYONE,
    "pages.legal": _EVERYONE,
    "pages.health": _EVERYONE,
    "desks.home": Row(SIGNED_IN, beyond=FOUND),
    "cockpit.show": Row(_NETWORK, beyond=FOUND),
    "cockpit.members": Row(_NETWORK, beyond=FOUND),
    "cockpit.members_csv": Row(_NETWORK, beyond=FOUND),
    "cockpit.lots": Row(_NETWORK, beyond=FOUND),
    "cockpit.lot": Row(_NETWORK, _lot("published"), post=INVALID, reach=frozenset({Role.NETWORK})),
    "cockpit.nudge": Row(
        _NETWORK, lambda world: {"siret": world.siret("structure"), "slug": "capacite"}, post=REDIRECTED
    ),
    "directory.index": _EVERYONE,
    "directory.show": Row(PUBLIC, _siret("structure"), beyond=FOUND),
    "directory.edit": Row(reserved_to(Permission.ORGANISATION_EDIT), _siret("structure"), post=REDIRECTED),
    "directory.capacity": Row(reserved_to(Permission.CAPACITY_TELL), _siret("structure"), post=INVALID),
    "directory.confirm_capacity": Row(
        reserved_to(Permission.CAPACITY_TELL), _siret("structure"), get=None, post=INVALID
    ),
    "directory.networks": Row(_NETWORKS, _siret("structure"), own={Role.NETWORK: HIDDEN}),
    "directory.own_networks": Row(_NETWORKS, get=REDIRECTED),
    "directory.ask": Row(reserved_to(Permission.AFFILIATION_ASK), _siret("structure"), get=None, post=INVALID),
    "directory.accept": Row(
        reserved_to(Permission.AFFILIATION_DECIDE), _siret("network", other="applicant"), post=REDIRECTED
    ),
    "directory.end": Row(
        _NETWORKS, _siret("network", other="applicant"), post=REDIRECTED, own={Role.STRUCTURE: HIDDEN}
    ),
    "accounts.sign_in": Row(PUBLIC, post=INVALID, own=_ALREADY_IN),
    "accounts.second_factor": Row(PUBLIC, get=REDIRECTED, post=REDIRECTED, beyond=REDIRECTED),
    "accounts.sign_out": Row(SIGNED_IN, get=None, post=REDIRECTED, beyond=REDIRECTED),
    "accounts.sign_up": Row(PUBLIC, post=FOUND, own=_ALREADY_IN),
    "accounts.sign_up_sent": _EVERYONE,
    "accounts.confirm": _WRONG_LINK,
    "accounts.forgotten": Row(PUBLIC, post=INVALID, beyond=FOUND),
    "accounts.forgotten_sent": _EVERYONE,
    "accounts.reset": _WRONG_LINK,
    "accounts.invitation": _WRONG_LINK,
    "accounts.account": Row(SIGNED_IN, beyond=FOUND),
    "accounts.profile": Row(SIGNED_IN, post=REDIRECTED),
    "accounts.password": Row(SIGNED_IN, post=INVALID, beyond=FOUND),
    "accounts.act_for": Row(SIGNED_IN, get=None, post=HIDDEN),
    "accounts.add_organisation": Row(SIGNED_IN, post=FOUND, beyond=FOUND),
    "accounts.claim": Row(SIGNED_IN, _siret("claimed"), post=INVALID, beyond=FOUND, beyond_post=INVALID),
    "accounts.join": Row(SIGNED_IN, _siret("structure"), post=INVALID, beyond=FOUND, beyond_post=INVALID),
    "accounts.withdraw_request": Row(SIGNED_IN, _siret("structure"), get=None, post=INVALID, beyond=INVALID),
    "accounts.leave": Row(
        SIGNED_IN,
        _siret("structure"),
        post=REDIRECTED,
        own=_hidden_but_to(Role.STRUCTURE, Role.TITULAIRE, Role.MANAGER),
        own_post={Role.MANAGER: INVALID},
    ),
    "accounts.sessions": Row(SIGNED_IN, beyond=FOUND),
    "accounts.close_session": Row(
        SIGNED_IN, _of(public_id="session"), get=None, post=REDIRECTED, own=_hidden_but_to(Role.STRUCTURE)
    ),
    "accounts.close_other_sessions": Row(SIGNED_IN, get=None, post=REDIRECTED),
    "accounts.totp": Row(SIGNED_IN, post=INVALID, beyond=FOUND),
    "accounts.recovery_codes": Row(SIGNED_IN, post=INVALID, beyond=FOUND),
    "accounts.remove_totp": Row(SIGNED_IN, post=INVALID, beyond=FOUND),
    "accounts.team": Row(_MEMBERS, beyond=FOUND),
    "accounts.invite": Row(_MEMBERS, post=INVALID, beyond=FOUND),
    "accounts.withdraw_invitation": Row(_MEMBERS, _of(public_id="invitation"), post=REDIRECTED),
    "accounts.resend_invitation": Row(_MEMBERS, _of(public_id="invitation"), get=None, post=REDIRECTED),
    "accounts.answer_join": Row(_MEMBERS, _of(public_id="join_request"), post=INVALID),
    "accounts.member": Row(_MEMBERS, _of(public_id="member"), post=INVALID),
    "accounts.end_member": Row(_MEMBERS, _of(public_id="member"), post=REDIRECTED),
    "accounts.claims": Row(_CLAIMS, beyond=FOUND),
    "accounts.decide_claim": Row(
        _CLAIMS, _of(public_id="claim"), post=INVALID, reach=frozenset({Role.FACILITATEUR, Role.PURCHASING})
    ),
    "forecast.index": _EVERYONE,
    "forecast.past": _EVERYONE,
    "forecast.remember": Row(PUBLIC, get=REDIRECTED),
    "forecast.show": Row(PUBLIC, _of(reference="published"), beyond=FOUND),
    "forecast.lot": Row(PUBLIC, _lot("published"), beyond=FOUND),
    "forecast.projects": Row(_FORECAST_READ, beyond=FOUND),
    "forecast.overview": Row(_FORECAST_READ, _of(reference="draft")),
    "forecast.create": Row(_FORECAST_WRITE, post=INVALID, beyond=FOUND),
    "forecast.edit": Row(_FORECAST_WRITE, _of(reference="draft"), post=INVALID),
    "forecast.add_lot": Row(_FORECAST_WRITE, _of(reference="draft"), post=INVALID),
    "forecast.edit_lot": Row(_FORECAST_WRITE, _lot("draft"), post=INVALID),
    "forecast.remove_lot": Row(_FORECAST_WRITE, _lot("draft"), post=REDIRECTED),
    "forecast.slip": Row(_FORECAST_WRITE, _of(reference="draft"), post=INVALID),
    "forecast.publish": Row(_FORECAST_PUBLISH, _of(reference="draft"), post=REDIRECTED),
    "forecast.open_tender": Row(_FORECAST_PUBLISH, _of(reference="published"), post=INVALID),
    "forecast.drop": Row(_FORECAST_PUBLISH, _of(reference="published"), post=INVALID),
    "forecast.to_check": Row(_FORECAST_CHECK, beyond=FOUND),
    "forecast.checks": Row(_FORECAST_READ, _of(reference="draft")),
    "forecast.check_lever": Row(_FORECAST_CHECK, _lever("draft"), post=INVALID),
    "forecast.step": Row(
        reserved_to(Permission.FORECAST_WRITE, Permission.FORECAST_CHECK),
        lambda world: {"reference": world.objects["draft"], "code": "pret"},
        post=REDIRECTED,
        own_post={Role.LEGAL: REFUSED},
    ),
    "forecast.schedule": Row(_FORECAST_PUBLISH, _of(reference="ready"), post=INVALID),
    "forecast.settings": Row(_FORECAST_WRITE, post=INVALID, beyond=FOUND),
    "forecast.award": Row(_CONTRACT_WRITE, _lot("in_tender"), post=INVALID),
    "forecast.close_lot": Row(_FORECAST_PUBLISH, _lot("in_tender"), post=INVALID),
    "requests.index": Row(_REQUEST_FILE, beyond=FOUND),
    "requests.create": Row(_REQUEST_FILE, post=INVALID, beyond=FOUND),
    "requests.show": Row(_REQUEST_FILE, _of(public_id="request_filed")),
    "requests.edit": Row(_REQUEST_FILE, _of(public_id="request_draft"), post=INVALID, own=_NOT_THE_AUTHOR),
    "requests.keep": Row(_REQUEST_FILE, _of(public_id="request_draft"), get=None, post=REDIRECTED, own=_NOT_THE_AUTHOR),
    "requests.withdraw": Row(_REQUEST_FILE, _of(public_id="request_draft"), post=REDIRECTED, own=_NOT_THE_AUTHOR),
    "requests.take": Row(_REQUEST_ANSWER, _of(public_id="request_filed"), post=INVALID),
    "requests.give_back": Row(_REQUEST_ANSWER, _of(public_id="request_filed"), post=INVALID),
    "requests.decline": Row(_REQUEST_ANSWER, _of(public_id="request_filed"), post=INVALID),
    "requests.renew_contract": Row(_REQUEST_FILE, _of(reference="contract"), get=None, post=REDIRECTED),
    "requests.repeat_project": Row(_REQUEST_FILE, _of(reference="draft"), get=None, post=REDIRECTED),
    "requests.realistic": Row(_FORECAST_READ, _of(reference="published")),
    "requests.coefficients": Row(_REQUEST_FILE, beyond=FOUND),
    "requests.coefficient": Row(_REQUEST_ANSWER, lambda _world: {"code": "cleaning"}, post=INVALID, beyond=FOUND),
    "forecast.renew": Row(_FORECAST_WRITE, _of(reference="contract"), get=None, post=REDIRECTED),
    "programmes.bring": Row(_FORECAST_WRITE, post=INVALID, beyond=FOUND),
    "programmes.columns": Row(_FORECAST_WRITE, _of(public_id="programme"), post=REDIRECTED),
    "programmes.answer": Row(_FORECAST_WRITE, _of(public_id="programme"), post=INVALID),
    "programmes.rejects": Row(_FORECAST_WRITE, _of(public_id="programme")),
    "stories.index": _EVERYONE,
    "stories.show": Row(PUBLIC, _of(public_id="story_public"), beyond=FOUND),
    "stories.mine": Row(_FORECAST_WRITE, beyond=FOUND),
    "stories.write": Row(_FORECAST_WRITE, _of(reference="contract"), get=REDIRECTED, post=REDIRECTED),
    "stories.overview": Row(_FORECAST_WRITE, _of(public_id="story")),
    "stories.revise": Row(_FORECAST_WRITE, _of(public_id="story"), post=INVALID),
    "stories.ask": Row(_FORECAST_WRITE, _of(public_id="story"), get=None, post=REDIRECTED),
    "stories.publish": Row(_FORECAST_WRITE, _of(public_id="story"), get=None, post=REDIRECTED),
    "stories.withdraw": Row(_FORECAST_WRITE, _of(public_id="story_public"), post=INVALID),
    "stories.note": Row(_FORECAST_WRITE, _siret_of("story", "structure"), post=INVALID),
    "stories.answer": Row(_FILING, _of(public_id="story"), post=INVALID),
    "contracts.index": Row(_CONTRACT_READ, beyond=FOUND),
    "contracts.show": Row(_CONTRACT_READ, _of(reference="contract")),
    "contracts.commitment": Row(_CONTRACT_WRITE, _of(reference="contract"), post=REDIRECTED),
    "contracts.reporting": Row(_CONTRACT_WRITE, _of(reference="contract"), post=INVALID),
    "contracts.follow": Row(_CONTRACT_WRITE, _of(reference="contract"), post=INVALID),
    "commitments.pools": Row(_CONTRACT_READ, beyond=FOUND),
    "commitments.open_pool": Row(_CONTRACT_WRITE, post=INVALID, beyond=FOUND),
    "commitments.pool": Row(_CONTRACT_READ, _of(reference="pool")),
    "commitments.edit_pool": Row(_CONTRACT_WRITE, _of(reference="pool"), post=REDIRECTED),
    "commitments.join_pool": Row(_CONTRACT_WRITE, _of(reference="pool"), post=INVALID),
    "commitments.penalties": Row(
        _CONTRACT_READ,
        _of(reference="contract"),
        post=REFUSED,
        own=_hidden_but_to(Role.PURCHASING, Role.LEGAL, Role.DIRECTION, Role.FACILITATEUR),
        own_post={Role.PURCHASING: INVALID, Role.LEGAL: INVALID},
    ),
    "commitments.penalty_terms": Row(
        reserved_to(Permission.PENALTY_DECIDE), _of(reference="contract"), post=REDIRECTED
    ),
    "contracts.amend": Row(_CONTRACT_WRITE, _of(reference="contract"), post=INVALID),
    "contracts.orders": Row(
        _CONTRACT_READ,
        _of(reference="contract"),
        post=REFUSED,
        own_post={Role.PURCHASING: INVALID},
    ),
    "contracts.correct_order": Row(_CONTRACT_WRITE, _of(reference="contract", order_id="order"), post=INVALID),
    "alerts.index": Row(SIGNED_IN, beyond=FOUND),
    "alerts.preferences": Row(SIGNED_IN, post=REDIRECTED),
    "alerts.follow": Row(SIGNED_IN, _of(reference="published"), post=REDIRECTED, beyond=FOUND, beyond_post=REDIRECTED),
    "alerts.unfollow": Row(SIGNED_IN, _of(reference="published"), get=None, post=REDIRECTED, beyond=REDIRECTED),
    "alerts.save": Row(SIGNED_IN, post=INVALID),
    "alerts.edit_search": Row(
        SIGNED_IN, _of(public_id="saved_search"), post=INVALID, own=_hidden_but_to(Role.STRUCTURE)
    ),
    "alerts.end_search": Row(
        SIGNED_IN, _of(public_id="saved_search"), get=None, post=REDIRECTED, own=_hidden_but_to(Role.STRUCTURE)
    ),
    "alerts.stop": Row(PUBLIC, _of(token="stop"), post=INVALID, beyond=FOUND, beyond_post=INVALID),
    "sourcing.interest_of_project": Row(PUBLIC, _of(reference="published"), get=REDIRECTED, beyond=REDIRECTED),
    "sourcing.interest": Row(
        reserved_to(Permission.INTEREST_TELL), _lot("published"), post=INVALID, beyond=FOUND, beyond_post=INVALID
    ),
    "sourcing.questions": Row(PUBLIC, _of(reference="published"), beyond=FOUND),
    "sourcing.ask": Row(
        reserved_to(Permission.QUESTION_ASK),
        _of(reference="published"),
        post=INVALID,
        beyond=FOUND,
        beyond_post=INVALID,
    ),
    "sourcing.desk": Row(_FORECAST_READ, _of(reference="published")),
    "sourcing.answer": Row(_FORECAST_WRITE, _of(reference="published", public_id="question"), post=INVALID),
    "sourcing.set_aside": Row(_FORECAST_WRITE, _of(reference="published", public_id="question"), post=INVALID),
    "sourcing.inform": Row(_FORECAST_WRITE, _of(reference="published"), post=INVALID),
    "sourcing.questions_date": Row(_FORECAST_WRITE, _of(reference="published"), post=REDIRECTED),
    "sourcing.journal": Row(_FORECAST_READ, _of(reference="published")),
    "sourcing.journal_csv": Row(_FORECAST_READ, _of(reference="published")),
    "sourcing.note": Row(_FORECAST_WRITE, _of(reference="published"), post=INVALID),
    "sourcing.meetings": _EVERYONE,
    "sourcing.meeting": Row(PUBLIC, _of(public_id="meeting"), beyond=FOUND),
    "sourcing.set_meeting": Row(_FORECAST_PUBLISH, post=INVALID, beyond=FOUND),
    "sourcing.change_meeting": Row(_FORECAST_PUBLISH, _of(public_id="meeting"), post=INVALID),
    "sourcing.cancel_meeting": Row(_FORECAST_PUBLISH, _of(public_id="meeting"), post=INVALID),
    "support.index": Row(_SUPPORT, beyond=FOUND),
    "support.create": Row(_SUPPORT, post=INVALID, beyond=FOUND),
    "support.show": Row(_SUPPORT, _of(public_id="support_action"), own=_BUYERS_ACTION),
    "support.edit": Row(_SUPPORT, _of(public_id="support_action"), post=INVALID, own=_BUYERS_ACTION),
    "support.finish": Row(_SUPPORT, _of(public_id="support_action"), post=INVALID, own=_BUYERS_ACTION),
    "calibration.sizing": Row(_FORECAST_READ, _lot("calibrated")),
    "calibration.save_ready_made": Row(_FORECAST_WRITE, _calibrated(count=2), get=None, post=INVALID),
    "calibration.new_variant": Row(_FORECAST_WRITE, _lot("calibrated"), post=INVALID),
    "calibration.edit_variant": Row(_FORECAST_WRITE, _calibrated("variant"), post=REDIRECTED),
    "calibration.withdraw_variant": Row(_FORECAST_WRITE, _calibrated("variant"), post=REDIRECTED),
    "calibration.share": Row(_FORECAST_WRITE, _lot("calibrated"), post=INVALID),
    "calibration.keep": Row(_FORECAST_WRITE, _lot("calibrated"), post=INVALID),
    "calibration.prepare": Row(_FORECAST_WRITE, _lot("calibrated"), post=REDIRECTED),
    "calibration.shown": Row(PUBLIC, _lot("calibrated"), beyond=FOUND),
    "calibration.opinion": Row(
        reserved_to(Permission.OPINION_TELL),
        _calibrated("variant_shared"),
        post=INVALID,
        beyond=FOUND,
        beyond_post=INVALID,
    ),
    "calibration.coverage": Row(reserved_to(Permission.COVERAGE_READ), _lot("published"), beyond=FOUND),
    "groupements.index": Row(_JOIN, beyond=FOUND),
    "groupements.open": Row(_JOIN, _lot("published"), post=INVALID, reach=_SUPPLIERS),
    "groupements.show": Row(
        reserved_to(Permission.GROUPEMENT_JOIN, Permission.FORECAST_READ),
        _of(public_id="groupement"),
        own=_hidden_but_to(*_SUPPLIERS),
    ),
    "groupements.edit": Row(_JOIN, _of(public_id="groupement"), post=INVALID),
    "groupements.terms": Row(_JOIN, _of(public_id="groupement"), post=REDIRECTED),
    "groupements.invite": Row(_JOIN, _of(public_id="groupement"), post=INVALID),
    "groupements.part_with": Row(_JOIN, _of(public_id="groupement", member="invitee"), post=REDIRECTED),
    "groupements.renew": Row(_JOIN, _of(public_id="groupement", member="invitee"), get=None, post=REDIRECTED),
    "groupements.answer": Row(_JOIN, _of(public_id="groupement_invited"), post=INVALID, own={Role.NETWORK: HIDDEN}),
    "groupements.ask": Row(
        _JOIN,
        _of(public_id="groupement_joinable"),
        post=REDIRECTED,
        own_post={Role.NETWORK: INVALID},
        reach=_SUPPLIERS,
    ),
    "groupements.withdraw_request": Row(
        _JOIN, _of(public_id="groupement_asked"), get=None, post=REDIRECTED, own={Role.NETWORK: HIDDEN}
    ),
    "groupements.answer_request": Row(_JOIN, _of(public_id="groupement", member="asker"), post=INVALID),
    "groupements.leave": Row(_JOIN, _of(public_id="groupement_joined"), post=INVALID, own={Role.NETWORK: HIDDEN}),
    "groupements.propose": Row(_JOIN, _of(public_id="groupement_agreed"), post=REDIRECTED),
    "groupements.accept": Row(_JOIN, _of(public_id="groupement_agreed"), post=INVALID, own={Role.NETWORK: HIDDEN}),
    "groupements.agreement": Row(_JOIN, lambda world: {"public_id": world.objects["groupement_agreed"], "number": 1}),
    "groupements.seal": Row(_JOIN, _of(public_id="groupement_ready"), post=REDIRECTED),
    "groupements.unseal": Row(_JOIN, _of(public_id="groupement_sealed"), post=REDIRECTED),
    "groupements.file": Row(_JOIN, _of(public_id="groupement_sealed"), post=REDIRECTED),
    "groupements.documents": Row(_JOIN, _of(public_id="groupement")),
    "groupements.ask_usual_documents": Row(_JOIN, _of(public_id="groupement"), get=None, post=REDIRECTED),
    "groupements.ask_document": Row(_JOIN, _of(public_id="groupement"), post=INVALID),
    "groupements.bring_document": Row(_JOIN, _DOCUMENT, post=INVALID, own={Role.NETWORK: HIDDEN}),
    "groupements.open_document": Row(_JOIN, _DOCUMENT, get=None, post=FOUND),
    "groupements.take_document_back": Row(_JOIN, _DOCUMENT, get=None, post=REDIRECTED, own_post={Role.NETWORK: HIDDEN}),
    "groupements.stop_asking_document": Row(_JOIN, _DOCUMENT, get=None, post=REDIRECTED),
    "groupements.exchanges": Row(_JOIN, _of(public_id="groupement"), post=INVALID),
    "groupements.dissolve": Row(_JOIN, _of(public_id="groupement"), post=INVALID),
    "groupements.paper": Row(_JOIN, lambda world: {"public_id": world.objects["groupement_agreed"], "paper": "fiche"}),
    "groupements.empowerment": Row(_JOIN, _of(public_id="groupement_agreed", member="empowered")),
    "groupements.workbook": Row(_JOIN, _of(public_id="groupement_agreed")),
    "groupements.be_named": Row(_JOIN, _of(public_id="groupement"), post=REDIRECTED),
    "groupements.partners": Row(_JOIN, _of(public_id="groupement")),
    "groupements.ask_for_change": Row(_JOIN, _of(public_id="groupement_filed"), get=REDIRECTED, post=REDIRECTED),
    "groupements.decide_on_change": Row(
        _CONTRACT_WRITE, _of(public_id="groupement_filed", change="composition_change"), post=INVALID
    ),
    "groupements.award": Row(
        _CONTRACT_WRITE,
        lambda world: {"public_id": world.objects["groupement_filed"], "number": 1},
        post=INVALID,
    ),
    "declarations.index": Row(_DECLARATIONS, beyond=FOUND),
    "declarations.show": Row(
        reserved_to(*_DECLARATIONS.permissions, Permission.RESULTS_READ),
        _of(reference="declaration"),
        post=REDIRECTED,
        own=_hidden_but_to(Role.STRUCTURE, Role.TITULAIRE, Role.FACILITATEUR),
        own_post={Role.FACILITATEUR: REFUSED},
    ),
    "declarations.add_person": Row(_FILING, _of(reference="declaration"), post=INVALID),
    "declarations.remove": Row(_FILING, _of(reference="declaration", line="line"), post=REDIRECTED),
    "declarations.say_nil": Row(_FILING, _of(reference="declaration"), post=INVALID),
    "declarations.deposit": Row(_FILING, _of(reference="declaration"), post=REDIRECTED),
    "declarations.receipt": Row(_DECLARATIONS, _of(reference="deposited", number="first")),
    "declarations.receipt_pdf": Row(_DECLARATIONS, _of(reference="deposited", number="first")),
    "declarations.versions": Row(_DECLARATIONS, _of(reference="deposited")),
    "declarations.accept_many": Row(_CHECKING, post=INVALID, beyond=FOUND, beyond_post=INVALID),
    "declarations.accepted_many": Row(_CHECKING, beyond=FOUND),
    "declarations.check": Row(_CHECKING, _of(reference="deposited"), post=REDIRECTED),
    "declarations.reopen": Row(_CHECKING, _of(reference="accepted"), post=INVALID),
    "declarations.add_evidence": Row(_FILING, _of(reference="declaration"), post=INVALID),
    "declarations.open_evidence": Row(
        _DECLARATIONS,
        _of(reference="declaration", public_id="piece"),
        get=None,
        own={Role.FACILITATEUR: HIDDEN},
        post=FOUND,
    ),
    "declarations.entrust": Row(_FILING, _of(reference="entrusting"), post=INVALID),
    "declarations.end_delegation": Row(_FILING, _of(reference="entrusting", delegation="delegation"), post=INVALID),
    "declarations.hand_back": Row(_FILING, _of(reference="entrusted_month", part="handed_part"), post=INVALID),
    "declarations.parts": Row(_FILING, beyond=FOUND),
    "declarations.part": Row(_FILING, _of(reference="part_month"), post=REDIRECTED),
    "declarations.add_to_part": Row(_FILING, _of(reference="part_month"), post=INVALID),
    "declarations.remove_from_part": Row(_FILING, _of(reference="part_month", line="part_line"), post=REDIRECTED),
    "declarations.hand_part": Row(_FILING, _of(reference="part_month"), post=REDIRECTED),
    "declarations.remove_evidence": Row(_FILING, _of(reference="declaration", public_id="piece"), post=REDIRECTED),
    "declarations.template": Row(_FILING, _of(reference="declaration")),
    "declarations.upload": Row(_FILING, _of(reference="declaration"), post=INVALID),
    "declarations.answer_upload": Row(
        _FILING, _of(reference="declaration", public_id="upload"), post=INVALID, own={Role.TITULAIRE: HIDDEN}
    ),
    "declarations.upload_mistakes": Row(
        _FILING, _of(reference="declaration", public_id="upload"), own={Role.TITULAIRE: HIDDEN}
    ),
    "declarations.path": Row(
        reserved_to(*_DECLARATIONS.permissions, Permission.RESULTS_READ),
        _of(reference="deposited", participant="participant"),
        own=_hidden_but_to(Role.STRUCTURE, Role.TITULAIRE, Role.FACILITATEUR),
    ),
    "declarations.add_step": Row(_DECLARATIONS, _of(reference="deposited", participant="participant"), post=INVALID),
    "declarations.remove_step": Row(
        _DECLARATIONS,
        _of(reference="deposited", participant="participant", step="step"),
        post=REDIRECTED,
        own={Role.FACILITATEUR: HIDDEN},
    ),
    "declarations.eligibility": Row(_CHECKING, _of(reference="deposited", participant="participant"), post=INVALID),
    "declarations.waiting_eligibilities": Row(_CHECKING, beyond=FOUND),
    "declarations.six_months": Row(_CHECKING, beyond=FOUND),
    "declarations.likenesses": Row(_CHECKING, post=INVALID, beyond=FOUND, beyond_post=INVALID),
    "indicators.index": _EVERYONE,
    "indicators.year": Row(PUBLIC, _results(), beyond=FOUND),
    "indicators.figure": Row(PUBLIC, _results(figure="heures"), beyond=FOUND),
    "indicators.freeze": Row(reserved_to(Permission.RESULTS_FREEZE), _results(), post=INVALID),
    "opendata.atom": _EVERYONE,
    "opendata.csv": _EVERYONE,
    "opendata.guide": _EVERYONE,
    "opendata.ics": _EVERYONE,
    "opendata.xlsx": _EVERYONE,
    "api.lots": _EVERYONE,
    "api.projects": _EVERYONE,
    "api.project": Row(PUBLIC, _of(reference="published"), beyond=FOUND),
    "api.lot": Row(PUBLIC, _lot("published"), beyond=FOUND),
    "api.meetings": _EVERYONE,
    "api.vocabularies": _EVERYONE,
    "api.openapi": _EVERYONE,
    "api.nowhere": Row(PUBLIC, get=HIDDEN),
    "api.ocds": _EVERYONE,
    "api.ocds_project": Row(PUBLIC, _of(reference="published"), beyond=FOUND),
    "supervision.index": Row(reserved_to(Permission.SUPERVISION), beyond=FOUND),
    "supervision.journal": Row(reserved_to(Permission.SUPERVISION), beyond=FOUND),
}
