"""What the buyer does with its variants: sharing, withdrawing, keeping one, making lots of it."""

from flask.typing import ResponseReturnValue

from portal.calibration import rules, services, wording
from portal.calibration.forms import KeepForm, PrepareForm, ShareForm, WithdrawForm
from portal.calibration.queries import variants as queries
from portal.calibration.services.base import is_live
from portal.calibration.services.lots import lot_facts
from portal.calibration.views.blueprint import pages
from portal.calibration.views.variants import about, closed_page, home
from portal.forecast.views.buyer import overview_of
from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.kernel.french import plural
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import Act, current_actor, form_or_act, requires


@pages.route("/achats/<reference>/lot-<int:number>/calibrage/partager", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def share(reference: str, number: int) -> ResponseReturnValue:
    with reading() as session:
        lot = queries.own_lot(session, current_actor(), reference, number)
        unshared = [each for each in queries.variants_of(session, lot.id) if each.shared_at is None]
        structures, networks = services.concerned(session, lot, clock.utc_now())
    state, live = lot.project.state, is_live(lot)
    if closed := closed_page(
        lot, lambda: rules.ensure_shareable(state, is_live=live), lambda: rules.ensure_something_new(len(unshared))
    ):
        return closed
    form = ShareForm()
    form.offer(unshared)

    def do(act: Act) -> None:
        again = queries.own_lot(act.session, current_actor(), reference, number)
        chosen = [queries.variant_of(act.session, again, each) for each in form.variants.data or ()]
        note = form.note.data or None
        count = services.share_variants(
            act.session, again, chosen, note=note, actor=current_actor(), now=clock.utc_now()
        )
        act.leads_to(home(lot), _shared_words(count))

    told = {"structures": len(structures), "networks": len(networks)}
    return form_or_act("calibration/share.html", form, do, **told, **about(lot))


def _shared_words(count: int) -> str:
    told = plural(count, "personne reçoit", "personnes reçoivent") if count else "Personne ne reçoit"
    return f"C’est partagé : tous lisent la même page. {told} un courriel."


@pages.route("/achats/<reference>/lot-<int:number>/calibrage/<public_id>/retirer", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def withdraw_variant(reference: str, number: int, public_id: str) -> ResponseReturnValue:
    with reading() as session:
        lot = queries.own_lot(session, current_actor(), reference, number)
        variant = queries.variant_of(session, lot, public_id)
    if closed := closed_page(lot):
        return closed
    form = WithdrawForm(obj=variant)

    def do(act: Act) -> None:
        found = queries.variant_of(
            act.session, queries.own_lot(act.session, current_actor(), reference, number), public_id
        )
        version = form.version.data or 0
        services.withdraw_variant(
            act.session, found, expected_version=version, actor=current_actor(), now=clock.utc_now()
        )
        act.leads_to(home(lot), "Variante retirée.")

    return form_or_act("calibration/withdraw.html", form, do, variant=variant, **about(lot))


@pages.route("/achats/<reference>/lot-<int:number>/calibrage/retenir", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def keep(reference: str, number: int) -> ResponseReturnValue:
    with reading() as session:
        lot = queries.own_lot(session, current_actor(), reference, number)
        variants = queries.variants_of(session, lot.id)
        before = queries.choice_of(session, lot.id)
    if closed := closed_page(lot):
        return closed
    form = KeepForm(before)
    form.offer(variants)

    def do(act: Act) -> None:
        again = queries.own_lot(act.session, current_actor(), reference, number)
        chosen = form.chosen(queries.variants_of(act.session, again.id))
        if chosen is None and form.variant.data != KeepForm.AS_IT_IS:
            raise RuleViolation("Cette variante vient d’être retirée\u202f: choisissez-en une autre.", "variant")
        reason, seen = form.reason.data or "", form.version.data or 0
        services.keep(
            act.session, again, chosen, reason, expected_choice=seen, actor=current_actor(), now=clock.utc_now()
        )
        act.leads_to(home(lot), "C’est retenu, et publié avec le projet." if lot.project.is_public else "C’est retenu.")

    return form_or_act("calibration/keep.html", form, do, before=before, **about(lot))


@pages.route("/achats/<reference>/lot-<int:number>/calibrage/preparer", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def prepare(reference: str, number: int) -> ResponseReturnValue:
    with reading() as session:
        lot = queries.own_lot(session, current_actor(), reference, number)
        choice = queries.choice_of(session, lot.id)
        variant = choice.variant if choice else None
        facts = lot_facts(session, lot, choice, variant) if choice and variant else []
    state, live = lot.project.state, is_live(lot)
    if closed := closed_page(
        lot, lambda: rules.ensure_preparable(state, is_live=live), lambda: rules.ensure_variant_kept(bool(variant))
    ):
        return closed
    form = PrepareForm(obj=lot)

    def do(act: Act) -> None:
        again = queries.own_lot(act.session, current_actor(), reference, number)
        version = form.version.data or 0
        made = services.prepare_lots(
            act.session, again, expected_version=version, actor=current_actor(), now=clock.utc_now()
        )
        act.leads_to(overview_of(lot.project), _prepared_words(len(made)))

    told = {"choice": choice, "facts": facts, "kept": wording.kept_words(choice) if choice else None}
    return form_or_act("calibration/prepare.html", form, do, **told, **about(lot))


def _prepared_words(count: int) -> str:
    if count == 1:
        return "Le lot prend la taille retenue : relisez-le."
    return f"{plural(count, 'lot')} préparés : relisez chacun, dites ses montants et ses leviers."
