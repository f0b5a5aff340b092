"""What a buyer does with its variants, and what others say of them."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from config import Config
from portal import scheduler
from portal.alerts.services import set_preferences
from portal.calibration import emails, services
from portal.calibration.models import Choice, Variant
from portal.calibration.queries import variants as queries
from portal.forecast.models import Lot, Revision
from portal.journal.models import JournalEntry
from portal.kernel.errors import Refused, RuleViolation, Stale
from portal.outbox import Mail, Spared, composing
from portal.outbox.models import Message
from portal.vocabulary import AlertKind, Frequency, OpinionVerdict
from tests.calibration.variants_town import CODES, halves, kept, next_year, saved, shared, sized, told, written_to
from tests.groupements.people import Town
from tests.sourcing.acts import buyer_of


@pytest.fixture
def lot(town: Town) -> Lot:
    return sized(town)


def test_a_ready_made_variant_is_saved_once(town: Town, lot: Lot) -> None:
    act: dict[str, Any] = {"actor": buyer_of(town), "now": town.now}
    two = services.save_ready_made(town.session, lot, 2, **act)
    assert [[place.commune_code for place in each.communes] for each in two.sectors] == [
        ["33001", "33002"],
        ["33003", "33004"],
    ]
    assert services.save_ready_made(town.session, lot, 2, **act) is two
    assert len(services.save_ready_made(town.session, lot, 4, **act).sectors) == 4
    assert services.save_ready_made(town.session, lot, 1, **act).name == "Le lot tel qu’il est"


def test_a_variant_places_each_commune_once_and_its_hours_add_up(town: Town, lot: Lot) -> None:
    variant = saved(town, lot, halves(hours=(3000, 4000), starts_on=next_year(), duration_months=36))
    assert variant.hours == Decimal(7000)
    wrong = (
        halves(),
        halves("Un secteur sans heures", hours=(3000, None)),
        halves("Un total qui ne tombe pas juste", hours=(3000, 4000)),
        halves("Trop tôt", starts_on=town.now.date()),
        halves("Trop court", duration_months=0),
        replace(halves("Une commune oubliée"), sectors=halves().sectors[:1]),
        replace(halves("Une commune deux fois"), sectors=(*halves().sectors, halves().sectors[0])),
    )
    for each in (*wrong[:2], replace(wrong[2], hours=Decimal(1)), *wrong[3:]):
        with pytest.raises(RuleViolation):
            saved(town, lot, each)
    with pytest.raises(Refused):
        services.save_variant(town.session, lot, halves("E"), actor=town.actor("pont"), now=town.now)


def test_who_is_concerned_is_written_to_once_and_may_refuse(
    town: Town, lot: Lot, app: Flask, key_config: Config
) -> None:
    """`app` gives links that stop their keys, `prepare` gives mails their templates."""
    scheduler.prepare(key_config)
    first, second = saved(town, lot), saved(town, lot, halves("Autres heures", hours=(2000, 2000)))
    shared(town, lot, first, second, note="Jusqu’au 10 janvier.")
    structures = ["berge", "net", "pont", "quai", "regie", "renfort"]
    assert written_to(town) == [f"{name}@town.example" for name in sorted([*structures, "reseau"])]
    with pytest.raises(RuleViolation, match="pas encore partagée"):
        shared(town, lot, first)
    message = town.session.scalars(select(Message).where(Message.recipient == "pont@town.example")).one()
    mail = emails.shared(town.session, message.ids, town.now)
    assert isinstance(mail, Mail)
    assert "Est et ouest" in mail.text
    assert "Autres heures" in mail.text
    assert mail.unsubscribe_url
    composing._composers.clear()
    pont = town.organisations["pont"].id
    set_preferences(
        town.session, pont, {AlertKind.CALIBRATIONS: Frequency.NEVER}, actor=town.actor("pont"), now=town.now
    )
    assert isinstance(emails.shared(town.session, message.ids, town.now), Spared)


def test_a_draft_asks_nobody(town: Town) -> None:
    draft = sized(town, published=False)
    with pytest.raises(RuleViolation, match="projet publié"):
        shared(town, draft)
    assert written_to(town) == []


def test_a_withdrawn_variant_waits_for_no_opinion_and_spares_the_mail(town: Town, lot: Lot) -> None:
    (variant,) = shared(town, lot)
    told(town, variant, "pont")
    message = town.session.scalars(select(Message).limit(1)).one()
    services.withdraw_variant(
        town.session, variant, expected_version=variant.version, actor=buyer_of(town), now=town.now
    )
    with pytest.raises(RuleViolation, match="n’attend plus d’avis"):
        told(town, variant, "regie")
    assert isinstance(emails.shared(town.session, message.ids, town.now), Spared)
    assert len(queries.opinions_for_buyer(town.session, lot.id)[variant.id]) == 1
    unread = saved(town, lot, halves("Jamais lue"))
    services.withdraw_variant(town.session, unread, expected_version=unread.version, actor=buyer_of(town), now=town.now)
    town.session.flush()
    assert town.session.get(Variant, unread.id) is None


def test_what_is_shared_no_longer_changes(town: Town, lot: Lot) -> None:
    (variant,) = shared(town, lot)
    act: dict[str, Any] = {"expected_version": variant.version, "actor": buyer_of(town), "now": town.now}
    with pytest.raises(RuleViolation, match="partagée"):
        services.revise_variant(town.session, variant, halves("Autre"), **act)


def test_the_latest_word_wins_and_a_network_is_always_named(town: Town, lot: Lot) -> None:
    (variant,) = shared(town, lot)
    told(town, variant, "pont", OpinionVerdict.TOO_BIG)
    with pytest.raises(Stale):
        told(town, variant, "pont", version=0)
    told(town, variant, "pont", OpinionVerdict.FITS, "À deux, oui.")
    with pytest.raises(RuleViolation, match="quel découpage"):
        told(town, variant, "regie", OpinionVerdict.OTHER_SPLIT)
    network = told(town, variant, "reseau", OpinionVerdict.OTHER_SPLIT, "Trois secteurs.")
    assert network.is_named
    assert queries.verdicts_of(town.session, lot.id)[variant.id] == {
        OpinionVerdict.FITS: 1,
        OpinionVerdict.OTHER_SPLIT: 1,
    }
    public = queries.opinions_of_networks(town.session, lot.id, town.now.date())
    assert [each.organisation_id for each in public[variant.id]] == [town.organisations["reseau"].id]
    with pytest.raises(Refused):
        services.tell_opinion(
            town.session,
            variant,
            services.Word(OpinionVerdict.FITS),
            expected_version=0,
            actor=buyer_of(town),
            now=town.now,
        )


def test_the_journal_does_not_tell_which_structure_spoke(town: Town, lot: Lot) -> None:
    (variant,) = shared(town, lot)
    told(town, variant, "pont")
    told(town, variant, "quai", named=True)
    town.session.flush()
    lines = town.session.scalars(select(JournalEntry).where(JournalEntry.event == "calibration.opinion_told")).all()
    assert {each.actor_label for each in lines} == {"Un fournisseur", town.actor("quai").label}


def test_what_is_kept_is_public_with_its_reason_and_a_colleague_is_not_overruled(town: Town, lot: Lot) -> None:
    (variant,) = shared(town, lot)
    kept(town, lot, variant, "Les réseaux la disent à leur taille.")
    told_publicly = town.session.scalars(select(Revision).where(Revision.field == "calibration_kept")).one()
    assert told_publicly.reason == "Les réseaux la disent à leur taille."
    assert told_publicly.after == "Est et ouest (2 secteurs)"
    with pytest.raises(RuleViolation, match="collègue"):
        services.keep(town.session, lot, None, "Non.", expected_choice=0, actor=buyer_of(town), now=town.now)
    kept(town, lot, None, "Finalement, un seul marché.")
    assert [each.variant_id for each in town.session.scalars(select(Choice).order_by(Choice.id))] == [variant.id, None]


def test_lots_are_prepared_from_what_was_kept_as_a_public_revision(town: Town, lot: Lot) -> None:
    variant = saved(town, lot, halves(hours=(3000, 5000), starts_on=next_year(), duration_months=36))
    kept(town, lot, variant, "Deux groupements au moins.")
    project = lot.project
    act: dict[str, Any] = {"expected_version": lot.version, "actor": buyer_of(town), "now": town.now}
    east, west = services.prepare_lots(town.session, lot, **act)
    assert [each.title for each in project.lots] == ["Écoles, Est", "Écoles, Ouest"]
    assert (east.commune_codes, west.commune_codes) == (CODES[2:], CODES[:2])
    assert (east.hours_wanted, west.hours_wanted, east.duration_months) == (Decimal(3000), Decimal(5000), 36)
    assert east.adapted_allotment
    assert not any(choice.is_decided for choice in east.facts.levers)
    reasons = town.session.scalars(select(Revision.reason).where(Revision.field.in_(["lot_added", "lot_removed"])))
    assert set(reasons) == {"Deux groupements au moins."}
    with pytest.raises(RuleViolation):
        services.prepare_lots(town.session, lot, **act)


def test_a_variant_in_one_sector_resizes_the_lot(town: Town, lot: Lot) -> None:
    whole = services.save_ready_made(town.session, lot, 1, actor=buyer_of(town), now=town.now)
    terms = services.terms_of(whole)
    smaller = saved(town, lot, type(terms)(name="Moins d’heures", sectors=terms.sectors, hours=Decimal(5000)))
    kept(town, lot, smaller)
    made = services.prepare_lots(town.session, lot, expected_version=lot.version, actor=buyer_of(town), now=town.now)
    assert list(made) == [lot]
    assert (lot.hours_wanted, lot.commune_codes, lot.ended_at) == (Decimal(5000), CODES, None)
