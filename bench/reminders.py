"""The morning's sweep of reminders, with ten times as many months and as many due: cost follows what is due."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import Engine

from bench.bench import Bench
from bench.figures import Figure, at_most
from bench.scratch import scratch_database
from bench.stopwatch import medians_in_turn
from bench.watching import statements_of
from bench.world.copying import copy_in
from portal import storage
from portal.accounts.models import Account, Membership
from portal.contracts.models import Contract, ContractTitulaire
from portal.declarations.models import Declaration
from portal.declarations.rules import due_on
from portal.directory.models import Organisation
from portal.kernel.clock import PARIS
from portal.kernel.month import Month
from portal.reminders.jobs import remind
from portal.vocabulary import AccountState, ContractFamily, ContractSource, DeclarationState, OrganisationSource, Role

_MORNING = datetime(2026, 12, 11, 8, tzinfo=PARIS)
"""The day after November's declarations were due."""
_MONTHS = 20
_DUE = 500
_PEOPLE_EACH = 2
_ROUNDS = 5
"""For each repeat."""


def measure(bench: Bench) -> list[Figure]:
    with (
        scratch_database(bench, "once", partial(_fill, contracts=_DUE)) as once,
        scratch_database(bench, "tenfold", partial(_fill, contracts=10 * _DUE)) as tenfold,
    ):
        try:
            few, many = _sweeping(once), _sweeping(tenfold)
            times = medians_in_turn({"once": few, "tenfold": many}, _ROUNDS * bench.effort.repeats)
            sent = {len(statements_of(engine, _sweeping(engine))) for engine in (once, tenfold)}
        finally:
            storage.bind(bench.site.engine)
    ratio = times["tenfold"] / times["once"]
    note = f"{1e3 * times['tenfold']:.0f} ms beside {1e3 * times['once']:.0f} ms for {_DUE} due"
    statements = " or ".join(map(str, sorted(sent)))
    return [
        at_most(f"reminders, {10 * _DUE * _MONTHS:,} months for {_DUE * _MONTHS:,}", ratio, 1.3, " ×", note),
        Figure("reminders, SQL statements of a sweep", statements),
    ]


def _sweeping(engine: Engine) -> Callable[[], None]:
    """A sweep that writes all it has to, then is forgotten: the next one has as much to do."""

    def sweep() -> None:
        with engine.connect() as connection, connection.begin() as around:
            storage.bind_to_connection(connection)
            counts = remind(_MORNING, False)
            around.rollback()
        assert counts["mois rappelés"] == _DUE * _PEOPLE_EACH

    return sweep


def _fill(engine: Engine, contracts: int) -> None:
    """Each contract has its own titulaire; the last month of the first ones is awaited, all others are accepted."""
    titulaires = range(2, contracts + 2)
    people = [(_PEOPLE_EACH * organisation + number, organisation) for organisation in titulaires for number in (0, 1)]
    with engine.begin() as connection:
        copy_in(connection, Organisation, map(_organisation, (1, *titulaires)))
        copy_in(connection, Account, (_account(id_) for id_, _ in people))
        copy_in(connection, Membership, (_membership(*each) for each in people), numbered=True)
        copy_in(connection, Contract, map(_contract, titulaires))
        copy_in(connection, ContractTitulaire, map(_titulaire, titulaires), numbered=True)
        copy_in(connection, Declaration, (row for id_ in titulaires for row in _months(id_)), numbered=True)


def _organisation(id_: int) -> dict[str, Any]:
    name = f"Organisation {id_}"
    return {
        "id": id_,
        "version": 1,
        "siret": f"{id_:014}",
        "name": name,
        "sort_name": name.lower(),
        "source": OrganisationSource.PORTAL,
        "created_at": _MORNING,
        "updated_at": _MORNING,
    }


def _account(id_: int) -> dict[str, Any]:
    return {
        "id": id_,
        "version": 1,
        "public_id": f"{id_:012}",
        "email": f"personne-{id_}@structure.example",
        "display_name": f"Personne {id_}",
        "state": AccountState.ACTIVE,
        "created_at": _MORNING,
    }


def _membership(account_id: int, organisation_id: int) -> dict[str, Any]:
    since = datetime(2025, 1, 1, tzinfo=PARIS)
    return {"account_id": account_id, "organisation_id": organisation_id, "role": Role.TITULAIRE, "since": since}


def _contract(id_: int) -> dict[str, Any]:
    return {
        "id": id_,
        "version": 1,
        "reference": f"marche-{id_}",
        "buyer_id": 1,
        "buyer_identifier": f"{1:014}",
        "number": str(id_),
        "object": "Nettoyage de bâtiments",
        "family": ContractFamily.MARKET,
        "is_reserved": False,
        "has_social_clause": True,
        "has_social_criterion": False,
        "notified_on": date(2025, 1, 6),
        "source": ContractSource.AWARD,
        "counts_training": True,
        "counting_months": 24,
        "due_day": 10,
        "created_at": _MORNING,
    }


def _titulaire(contract_id: int) -> dict[str, Any]:
    return {
        "contract_id": contract_id,
        "position": 0,
        "organisation_id": contract_id,
        "identifier": f"{contract_id:014}",
        "name": "",
        "is_mandataire": True,
    }


def _months(contract_id: int) -> Iterator[dict[str, Any]]:
    last = Month(2026, 11)
    for back in range(_MONTHS):
        month = last + -back
        is_awaited = back == 0 and contract_id < _DUE + 2
        yield {
            "version": 1,
            "reference": f"{contract_id:08}{back:04}",
            "contract_id": contract_id,
            "organisation_id": contract_id,
            "month": month,
            "state": DeclarationState.EXPECTED if is_awaited else DeclarationState.ACCEPTED,
            "due_on": due_on(month, 10),
            "is_nil": False,
            "opened_at": _MORNING,
        }
