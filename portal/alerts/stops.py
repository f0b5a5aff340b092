"""The links that stop: signed, for ever, each for one person, one organisation, one type of alert or all
those that one message gathers.

They hold no secret of the person's and open nothing: whoever has one may only make a message stop.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer

from config import Config
from portal.alerts.rules import GATHERED
from portal.kernel.errors import NotFound
from portal.kernel.french import typo
from portal.vocabulary import AlertKind

_SALT = "amont alerts: stop"
_EVERYTHING = "all"
_UNREAD = typo(
    "Ce lien n’arrête rien : il n’est pas entier, ou n’a pas été fait par ce portail. "
    "Reprenez-le en entier dans le courriel, ou réglez vos alertes une fois connecté."
)


@dataclass(frozen=True)
class Stop:
    """What a link stops. `kind` is None when it stops them all."""

    account: str
    """The account's public id."""
    siret: str
    kind: AlertKind | None

    @property
    def kinds(self) -> frozenset[AlertKind]:
        return frozenset(GATHERED) if self.kind is None else frozenset({self.kind})


class _Bound:
    serializer: URLSafeSerializer | None = None
    base_url = ""


def use(config: Config) -> None:
    """Make this process sign with the keys of `config`: the current one makes, former ones still open."""
    keys = [*reversed(config.secret_key_fallbacks), config.secret_key]
    _Bound.serializer = URLSafeSerializer(keys, salt=_SALT)
    _Bound.base_url = config.base_url


def address(stop: Stop) -> str:
    """The whole address, for a message that knows no request."""
    return f"{_Bound.base_url}/alertes/arret/{token(stop)}"


def token(stop: Stop) -> str:
    written = _serializer().dumps([stop.account, stop.siret, stop.kind.value if stop.kind else _EVERYTHING])
    return written.decode() if isinstance(written, bytes) else written


def read(written: str) -> Stop:
    """Raises NotFound for what the portal did not sign, or what was cut on its way."""
    try:
        account, siret, kind = _serializer().loads(written)
        return Stop(account, siret, None if kind == _EVERYTHING else AlertKind(kind))
    except (BadData, ValueError, TypeError) as unread:
        raise NotFound(_UNREAD) from unread


def header_kind(kinds: Iterable[AlertKind]) -> AlertKind | None:
    """What the one click of a message stops: its only type, or all of them when it mixes several."""
    held = set(kinds)
    return held.pop() if len(held) == 1 else None


def _serializer() -> URLSafeSerializer:
    if _Bound.serializer is None:
        raise RuntimeError("no keys: call alerts.stops.use(config) first")
    return _Bound.serializer
