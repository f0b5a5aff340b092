"""What a good password is, when a code or a session holds, who gives which role and who decides on which claim."""

import ipaddress
import re
import unicodedata
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import pyotp
from email_validator import EmailNotValidError, validate_email

from portal.kernel.errors import RuleViolation, Unreadable
from portal.kernel.text import fold
from portal.vocabulary import ROLES_OF_KIND, SECOND_FACTOR_ROLES, OrganisationKind, Role

SIGN_UP_LASTS = timedelta(days=3)
RESET_LASTS = timedelta(hours=1)
FIRST_PASSWORD_LASTS = timedelta(days=1)
"""The link that `create-admin` prints."""
INVITATION_LASTS = timedelta(days=14)
SECOND_STEP_LASTS = timedelta(minutes=10)
"""Between the password and the code."""
SEEN_EVERY = timedelta(minutes=5)
"""How often a session's last use is written down, at most."""


# Addresses


def parse_email(text: str) -> str:
    """The address as accounts know it: lower case, ASCII. Raises Unreadable."""
    try:
        found = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise Unreadable("Cette adresse est mal formée : elle s’écrit comme nom@exemple.fr.") from None
    return (found.ascii_email or "").lower()


_DIRECTION_MARKS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def is_plain_name(text: str) -> bool:
    """No address, which a mail would turn into a link, and nothing unseen that breaks a line or turns text around."""
    unseen = any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in text)
    return not (unseen or "://" in text or _DIRECTION_MARKS.search(text))


# Passwords

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
_COMMON = Path(__file__).with_name("common_passwords.txt")
_PORTAL_WORDS = ("amont",)
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "12345678901234567890",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertyuiopasdfghjklzxcvbnm",
)
_DISGUISES = str.maketrans("0134578@$€!", "oieastbasei")


def ensure_good_password(password: str, *, about: Iterable[str] = ()) -> None:
    """A password that others do not guess (CNIL, délibération 2022-100); `about`: the person's name and address.

    Raises RuleViolation on the field `password`.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise _weak(f"Choisissez au moins {SHORTEST_PASSWORD} caractères : une phrase courte convient très bien.")
    if len(password) > LONGEST_PASSWORD:
        raise _weak(f"Restez en dessous de {LONGEST_PASSWORD} caractères.")
    if _is_common(password):
        raise _weak("Ce mot de passe est trop courant : assemblez plutôt quatre mots sans rapport entre eux.")
    if len(_without(password, about)) < SHORTEST_PASSWORD:
        raise _weak(
            "Ce mot de passe repose sur votre nom, votre adresse ou le nom du portail : "
            f"sans eux, il doit garder {SHORTEST_PASSWORD} caractères."
        )


def _weak(sentence: str) -> RuleViolation:
    return RuleViolation(sentence, field="password")


def _is_common(password: str) -> bool:
    folded = fold(password)
    bare = re.sub(r"[^a-z]", "", folded)
    undisguised = re.sub(r"[^a-z]", "", re.sub(r"[^a-z@$€]+$", "", folded).translate(_DISGUISES))
    return (
        len(set(folded)) < 5
        or _is_a_run(re.sub(r"[^a-z0-9]", "", folded))
        or any(_unrepeated(core) in _common_passwords() for core in (bare, undisguised))
    )


def _unrepeated(word: str) -> str:
    """« bonjourbonjour » is « bonjour »."""
    return re.sub(r"^(.+?)\1+$", r"\1", word)


def _is_a_run(text: str) -> bool:
    """Keys or letters that follow each other, either way."""
    pairs = [first + second for first, second in pairwise(text)]
    followed = [pair for pair in pairs if any(pair in row or pair[::-1] in row for row in _ROWS)]
    return bool(pairs) and len(followed) * 10 >= len(pairs) * 8


def _without(password: str, about: Iterable[str]) -> str:
    left = fold(password)
    for word in sorted(_words_about(about), key=len, reverse=True):
        left = left.replace(word, "")
    return left


def _words_about(about: Iterable[str]) -> set[str]:
    found = {word for text in about for word in re.findall(r"[a-z]{4,}", fold(text))}
    return found | set(_PORTAL_WORDS)


@cache
def _common_passwords() -> frozenset[str]:
    lines = _COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


# Second factor

_STEP_SECONDS = 30


PROTECTED_KINDS = frozenset(kind for kind, roles in ROLES_OF_KIND.items() if not SECOND_FACTOR_ROLES.isdisjoint(roles))
"""The organisations whose manager may give, to anyone, a role that needs a second factor."""


_PROTECTED_THERE = SECOND_FACTOR_ROLES | {Role.MANAGER, Role.FACILITATEUR}
"""In a buyer, a manager gives its roles, and a facilitateur answers claims in its name."""


def needs_second_factor(roles: Collection[Role], *, where_protected: bool) -> bool:
    """Whether roles of one organisation do; `where_protected` tells that it is one of PROTECTED_KINDS."""
    return not (_PROTECTED_THERE if where_protected else SECOND_FACTOR_ROLES).isdisjoint(roles)


def accepted_counter(secret: str, code: str, *, at: datetime, last: int | None) -> int | None:
    """The thirty-second step that `code` belongs to, one step early or late allowed; None if it opens nothing.

    A code of the step `last`, or of one before, has been used: it opens nothing more (RFC 6238, 5.2).
    """
    digits = re.sub(r"\s", "", code)
    now = int(at.timestamp()) // _STEP_SECONDS
    steps = (step for step in (now, now - 1, now + 1) if last is None or step > last)
    generator = pyotp.HOTP(secret)
    return next((step for step in steps if pyotp.utils.strings_equal(generator.at(step), digits)), None)


def looks_like_recovery_code(code: str) -> bool:
    return len(re.sub(r"[\s-]", "", code)) == 16


# Sessions


def session_holds(
    created_at: datetime, seen_at: datetime, *, now: datetime, idle: timedelta, absolute: timedelta
) -> bool:
    return now < seen_at + idle and now < created_at + absolute


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def agent_family(user_agent: str) -> str:
    """« Firefox, Windows »: enough for a person to recognise their own browser, and no more."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "Autre navigateur")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), None)
    return f"{browser}, {system}" if system else browser


def address_prefix(address: str | None) -> str:
    """The beginning of a network address (24 bits of IPv4, 48 of IPv6), which tells a place and not a person."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "inconnue"
    if parsed.version == 4:
        return ".".join(str(parsed).split(".")[:3]) + ".…"
    return ":".join(parsed.exploded.split(":")[:3]) + ":…"


def network_of(address: str | None) -> str:
    """What attempts are counted by: an IPv4 address, or the 64 bits of IPv6 that one subscriber is given."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((int(parsed), 64), strict=False))


# Roles


def roles_given_by(kinds: Iterable[OrganisationKind]) -> frozenset[Role]:
    """What the manager of an organisation of these kinds may give; at least the management itself."""
    return frozenset({Role.MANAGER}).union(*(ROLES_OF_KIND[kind] for kind in kinds))


def founder_roles(kinds: Collection[OrganisationKind]) -> frozenset[Role]:
    """What whoever takes charge of an organisation receives: all but a buyer's roles, given by name."""
    return roles_given_by(kind for kind in kinds if kind is not OrganisationKind.BUYER)


def usual_roles(kinds: Collection[OrganisationKind]) -> frozenset[Role]:
    """What a colleague asks for when nothing else is said; in a buyer, the role that reads without deciding."""
    return (
        founder_roles(kinds) - {Role.MANAGER}
        or roles_given_by(kinds) & {Role.PRESCRIPTEUR}
        or frozenset({Role.MANAGER})
    )


def ensure_may_be_given(roles: Collection[Role], kinds: Iterable[OrganisationKind]) -> None:
    """Raises RuleViolation on the field `roles` when there is none, or one that such an organisation does not give."""
    ensure_may_be_held(roles, kinds, ())


def ensure_may_be_held(roles: Collection[Role], kinds: Iterable[OrganisationKind], before: Iterable[Role]) -> None:
    """Likewise; a role held `before` may be kept, even when the organisation has changed and gives it no more."""
    if not roles:
        raise RuleViolation("Choisissez au moins un rôle.", field="roles")
    beyond = sorted(set(roles) - roles_given_by(kinds) - set(before))
    if beyond:
        names = ", ".join(role.label for role in beyond)
        raise RuleViolation(f"Votre organisation ne peut pas donner ce rôle : {names}.", field="roles")


TRUSTED_KINDS = frozenset({OrganisationKind.BUYER, OrganisationKind.NETWORK, OrganisationKind.FACILITATION})


def deciding_roles(kinds: Collection[OrganisationKind]) -> frozenset[Role]:
    """Who may entrust an organisation of these kinds to whoever claims it.

    A buyer, a network or a facilitation body decides on others: only a buyer may entrust one.
    """
    if not TRUSTED_KINDS.isdisjoint(kinds):
        return frozenset({Role.PURCHASING})
    return frozenset({Role.PURCHASING, Role.FACILITATEUR, Role.NETWORK})
