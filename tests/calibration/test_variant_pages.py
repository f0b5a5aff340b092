"""The pages of sizing, as a buyer, a structure, a network and a visitor open them."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.calibration.models import Opinion, Variant
from portal.forecast.models import Lot
from tests.accounts.people import text_of
from tests.calibration.variants_town import halves, kept, saved, shared, sized, told
from tests.forecast.pages import filled, post, posted
from tests.groupements.pages import enter
from tests.groupements.people import Town
from tests.statements import counted_statements


@pytest.fixture
def lot(town: Town) -> Lot:
    return sized(town)


def _desk(lot: Lot, page: str = "") -> str:
    return f"/achats/{lot.project.reference}/lot-{lot.number}/calibrage{page}"


def _public(lot: Lot, page: str = "") -> str:
    return f"/programmation/{lot.project.reference}/lot-{lot.number}/calibrage{page}"


def test_the_buyer_compares_saves_in_one_click_and_reads_whether_it_is_well_sized(
    client: FlaskClient, town: Town, lot: Lot
) -> None:
    enter(client, town, "acheteuse")
    page = client.get(_desk(lot))
    shown = text_of(page)
    for expected in ("Le lot tel qu’il est", "2 secteurs de communes voisines", "4 secteurs", "Bien dimensionné"):
        assert expected in shown
    fields = filled(page)
    assert post(client, _desk(lot, "/secteurs-7"), fields).status_code == 404
    assert post(client, _desk(lot, "/secteurs-2"), fields).status_code == 302
    town.session.expire_all()
    assert [len(each.sectors) for each in town.session.scalars(select(Variant))] == [2]
    assert "pas encore partagée" in client.get(_desk(lot)).text


def test_one_s_own_variant_is_composed_corrected_and_nothing_typed_is_lost(
    client: FlaskClient, town: Town, lot: Lot
) -> None:
    enter(client, town, "acheteuse")
    page = _desk(lot, "/nouvelle?depuis=2")
    for typed in (
        {"name": ""},
        {"name": "X", "hours": "9" * 60},
        {"name": "X", "hours_5": "300"},
        {"name": "X", "commune_33001": "9"},
        {"name": "X", "starts_on": "01/01/2020"},
        {"name": "X\x00", "duration_months": "-1"},
        {"name": "X", "hours_1": "300"},
    ):
        refused = posted(client, page, note="À garder", **typed)
        assert refused.status_code == 422, typed
        assert "À garder" in refused.text
    done = posted(client, page, name="À trois", commune_33004="3", hours="5 000", starts_on="01/09/2028")
    assert done.status_code == 302, text_of(done)
    variant = town.session.scalars(select(Variant)).one()
    assert [len(each.communes) for each in variant.sectors] == [2, 1, 1]
    assert posted(client, _desk(lot, f"/{variant.public_id}/modifier"), name="Renommée").status_code == 302
    shown = text_of(client.get(_desk(lot)))
    assert "Renommée" in shown
    assert "5 000 h par an" in shown
    for asked in ("%00", "99999999999999999999", "&depuis=4"):
        assert client.get(_desk(lot, f"/nouvelle?depuis={asked}")).status_code == 200


def test_nothing_of_a_draft_nor_of_what_is_not_shared_is_read_outside(client: FlaskClient, town: Town) -> None:
    draft = sized(town, published=False)
    variant = saved(town, draft, halves("Secret du brouillon"))
    public = sized(town)
    unshared = saved(town, public, halves("Secret du public"))
    for name in ("pont", "reseau", "acheteuse", None):
        if name:
            enter(client, town, name)
        else:
            with client.session_transaction() as cookie:
                cookie.clear()
        assert client.get(_public(draft)).status_code == 404
        assert "Secret" not in client.get(_public(public)).text
        assert "Secret" not in client.get(f"/programmation/{public.project.reference}").text
        if name in {"pont", "reseau"}:
            assert client.get(_public(draft, f"/{variant.public_id}/avis")).status_code == 404
            assert client.get(_public(public, f"/{unshared.public_id}/avis")).status_code == 404
            assert client.get(_desk(public)).status_code == 403


def test_opinions_are_told_read_by_the_buyer_and_those_of_networks_by_all(
    client: FlaskClient, town: Town, lot: Lot
) -> None:
    (variant,) = shared(town, lot, note="Jusqu’au 10 janvier.")
    page = _public(lot, f"/{variant.public_id}/avis")
    enter(client, town, "pont")
    assert posted(client, page, verdict="other_split").status_code == 422
    assert posted(client, page, verdict="nimporte").status_code == 422
    assert posted(client, page, verdict="too_big", text="Deux mille heures au plus.").status_code == 302
    enter(client, town, "quai")
    assert posted(client, page, verdict="fits", text="Cela nous va.", is_named="y").status_code == 302
    enter(client, town, "reseau")
    assert posted(client, page, verdict="other_split", text="Trois secteurs.").status_code == 302
    assert len(town.session.scalars(select(Opinion)).all()) == 3
    with client.session_transaction() as cookie:
        cookie.clear()
    shown = text_of(client.get(_public(lot)))
    assert "Trois secteurs." in shown
    assert "Jusqu’au 10 janvier." in shown
    assert not any(
        words in shown for words in ("Deux mille heures", "Cela nous va", "Heures libres", "Bien dimensionné")
    )
    enter(client, town, "acheteuse")
    read = text_of(client.get(_desk(lot)))
    assert "3 avis : 1 à la taille, 1 trop grand, 1 autre découpage" in read
    assert "Une organisation qui ne donne pas son nom, trop grand" in read
    assert "Quai , à notre taille" in read
    assert "Pont" not in read


def test_what_is_kept_is_read_with_the_project_and_after_its_lot_is_replaced(
    client: FlaskClient, town: Town, lot: Lot
) -> None:
    (variant,) = shared(town, lot)
    enter(client, town, "acheteuse")
    reason = "Les réseaux la disent à leur taille."
    assert posted(client, _desk(lot, "/retenir"), variant=variant.public_id).status_code == 422
    assert posted(client, _desk(lot, "/retenir"), variant=variant.public_id, reason=reason).status_code == 302
    assert reason in client.get(f"/programmation/{lot.project.reference}").text
    assert "Écoles, Ouest" in client.get(_desk(lot, "/preparer")).text
    assert posted(client, _desk(lot, "/preparer")).status_code == 302
    town.session.expire_all()
    assert [each.title for each in lot.project.lots] == ["Écoles, Est", "Écoles, Ouest"]
    assert reason in client.get(f"/programmation/{lot.project.reference}").text
    assert reason in client.get(_public(lot)).text
    assert client.get(_desk(lot)).status_code == 200
    assert client.get(_desk(lot, "/retenir")).status_code == 302


def test_the_comparison_costs_the_same_whatever_the_variants_and_opinions(
    client: FlaskClient, town: Town, lot: Lot
) -> None:
    enter(client, town, "acheteuse")

    def cost() -> int:
        town.session.commit()
        town.session.expunge_all()
        with counted_statements() as statements:
            assert client.get(path).status_code == 200
        return int(statements.count)

    path = _desk(lot)
    asked = shared(town, lot)
    told(town, asked[0], "pont")
    few = cost()
    again = town.session.get_one(Lot, lot.id)
    for number in range(4):
        other = saved(town, again, halves(f"Variante {number}", hours=(1000 + number, 1000)))
        shared(town, again, other)
        told(town, other, "quai")
    kept(town, again, None)
    assert cost() <= few + 1
