"""What was sealed, verified: nothing that it speaks of changes behind the portal's back without being seen."""

import dataclasses
import importlib
from datetime import UTC, datetime

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from click.testing import CliRunner
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal import cli
from portal.forecast.models import Lot
from portal.groupements import agreement, queries, sealing, services, translation
from portal.groupements.models import Groupement, Seal
from portal.groupements.sealing import AcceptedBy, Sealed
from tests.groupements.pages import enter, room
from tests.groupements.people import Town, accepted, agreed, filed, proposed, sealed, shared

AT = datetime(2026, 12, 3, 9, tzinfo=UTC)
BY = (AcceptedBy("Pont, SIRET 1", "Alice", AT), AcceptedBy("Régie, SIRET 2", "Bob", AT))


def _sealed(acceptances: tuple[AcceptedBy, ...] = BY, agreed: str = '{"number":1}') -> Sealed:
    sha256 = agreement.digest(agreed)
    told = sealing.seal_text(1, sha256, acceptances, AT)
    return Sealed(
        text=told,
        sha256=agreement.digest(told),
        number=1,
        agreement_text=agreed,
        agreement_sha256=sha256,
        acceptances=acceptances,
    )


def test_what_nobody_touched_is_intact() -> None:
    assert sealing.verify(_sealed()).is_intact


@given(st.text(), st.sampled_from(["text", "sha256", "agreement_text", "agreement_sha256"]))
def test_no_text_changes_unseen(typed: str, field: str) -> None:
    seal, told = _sealed(), {field: typed}
    changed = dataclasses.replace(seal, **told)  # type: ignore[arg-type]
    assert sealing.verify(changed).is_intact == (changed == seal)


@given(st.lists(st.sampled_from([*BY, AcceptedBy("Net, SIRET 3", "Carole", AT)]), max_size=3))
def test_no_acceptance_comes_or_goes_unseen(now: list[AcceptedBy]) -> None:
    seal = _sealed()
    changed = dataclasses.replace(seal, acceptances=tuple(now))
    assert sealing.verify(changed).is_intact == (tuple(now) == BY)


def test_the_agreement_and_its_hash_changed_together_are_seen() -> None:
    other = '{"number":1,"form":"solidaire"}'
    changed = dataclasses.replace(_sealed(), agreement_text=other, agreement_sha256=agreement.digest(other))
    assert "l’accord nᵒ 1" in sealing.verify(changed).differences[0]


def _verified(town: Town, groupement: Groupement) -> queries.Verified:
    town.session.expire_all()
    facts = translation.facts_of(groupement, town.now)
    found = queries.verified(town.session, groupement, facts)
    assert found is not None
    return found


def _without_triggers(session: Session, table: str) -> None:
    """As who runs the database may do."""
    on = f" ON {table}" if session.get_bind().dialect.name == "postgresql" else ""
    for act in ("update",) if on else ("update", "delete"):
        session.execute(text(f"DROP TRIGGER {table}_no_{act}{on}"))


_AGREED = "UPDATE agreement SET text = replace(text, 'Tâches', 'Taches')"
TAMPERING = {
    "UPDATE groupement_member SET part = part + 100 WHERE role = 'mandataire'": (None, "La part de Pont"),
    "UPDATE groupement_member SET amount = 100 WHERE role = 'mandataire'": (None, "Le montant de Pont"),
    "UPDATE groupement_member SET hours = 1": (None, "Les heures de Pont"),
    "UPDATE groupement_member SET state = 'left' WHERE role = 'cotraitant'": (None, "Regie était membre"),
    "UPDATE groupement SET form = 'solidaire'": (None, "La forme"),
    _AGREED: ("agreement", "Le texte de l’accord nᵒ 1"),
    "UPDATE acceptance SET by_label = 'Une autre'": ("acceptance", "L’acceptation de Pont"),
    "DELETE FROM acceptance": ("acceptance", "L’acceptation de Pont"),
    "UPDATE groupement_seal SET text = replace(text, '2026', '2025')": ("groupement_seal", "réécrit"),
    "DELETE FROM groupement_seal": ("groupement_seal", "Le sceau manque"),
}


@pytest.mark.parametrize("statement", TAMPERING)
def test_what_is_changed_in_the_database_is_seen(town: Town, lot: Lot, session: Session, statement: str) -> None:
    groupement = agreed(town, lot)
    sealed(town, groupement)
    assert _verified(town, groupement).verdict.is_intact
    table, told = TAMPERING[statement]
    if table:
        _without_triggers(session, table)
    session.execute(text(statement))
    assert told in " ".join(_verified(town, groupement).verdict.differences)


def test_a_room_says_whether_its_seal_holds(client: FlaskClient, town: Town, lot: Lot, session: Session) -> None:
    groupement = agreed(town, lot)
    enter(client, town, "regie")
    assert "Empreinte" not in client.get(room(groupement)).text
    sealed(town, groupement)
    session.commit()
    page = client.get(room(groupement)).text
    seal = _verified(town, groupement).seal
    assert "Empreinte vérifiée" in page
    assert (seal.sha256 if seal else "a seal") in page
    session.execute(text("UPDATE groupement_member SET part = 6000 WHERE role = 'mandataire'"))
    session.commit()
    page = client.get(room(groupement)).text
    assert "Empreinte vérifiée" not in page
    for words in ("Le sceau ne répond plus", "La part de Pont", "60"):
        assert words in page


def test_a_seal_undone_keeps_its_row_and_the_next_has_its_own(town: Town, lot: Lot, session: Session) -> None:
    groupement = agreed(town, lot)
    sealed(town, groupement)
    services.unseal(session, groupement, expected_version=groupement.version, actor=town.actor("pont"), now=town.now)
    shared(town, groupement, {"pont": 7000, "regie": 3000})
    assert queries.verified(session, groupement, translation.facts_of(groupement, town.now)) is None
    proposed(town, groupement)
    accepted(town, groupement, ("pont", "regie"))
    sealed(town, groupement)
    assert [seal.verdict.is_intact for seal in queries.verify_all(session, town.now)] == [True, True]
    assert session.query(Seal).count() == 2


def test_what_was_sealed_before_seals_had_rows_gets_its_own(town: Town, lot: Lot, session: Session) -> None:
    groupement = agreed(town, lot)
    sealed(town, groupement)
    session.flush()
    before = _verified(town, groupement).seal
    text_before = before.text if before else ""
    _without_triggers(session, "groupement_seal")
    session.execute(text("DELETE FROM groupement_seal"))
    session.expunge_all()
    migration = importlib.import_module("migrations.versions.0019_groupement_life")
    with Operations.context(MigrationContext.configure(session.connection())):
        migration._seal_what_was_sealed()
    again = session.scalars(select(Seal)).one()
    assert again.text == text_before
    assert [each.verdict.is_intact for each in queries.verify_all(session, town.now)] == [True]


def test_a_seal_holds_until_the_outcome(town: Town, lot: Lot) -> None:
    town.open_tender(lot.project)
    assert _verified(town, filed(town, lot)).verdict.is_intact


def test_the_command_fails_when_a_seal_was_tampered_with(
    town: Town, lot: Lot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "_connected", lambda: None)
    groupement = agreed(town, lot)
    sealed(town, groupement)
    session.commit()
    fine = CliRunner().invoke(cli.main, ["verify"])
    assert (fine.exit_code, "1, tous intacts" in fine.output) == (0, True), fine.output
    session.execute(text("UPDATE groupement_member SET part = 6000 WHERE role = 'mandataire'"))
    session.commit()
    altered = CliRunner().invoke(cli.main, ["verify"])
    assert altered.exit_code == 1
    assert groupement.public_id in altered.output
    assert "60" not in altered.output.replace(groupement.public_id, ""), "who runs the portal reads no part"
