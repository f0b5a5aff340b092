"""What a buyer types of one order."""

from typing import Any

from flask_wtf.form import _Auto
from wtforms.validators import DataRequired, InputRequired, Length

from portal.contracts.facts import OrderFacts
from portal.contracts.models import Contract, PurchaseOrder
from portal.directory.forms import LineField
from portal.kernel.money import format_euros, parse_signed_euros
from portal.web import VersionedForm
from portal.web.fields import DayField, ReadField


class SignedEurosField(ReadField):
    """Euros, negative when what was ordered is cancelled."""

    def read(self, typed: str) -> Any:
        return parse_signed_euros(typed)

    def write(self, value: Any) -> str:
        return format_euros(value)[:-2]


class OrderForm(VersionedForm):
    """One order; the form is the contract's, whose version it takes."""

    order_number = LineField(
        "Numéro de la commande",
        [DataRequired("Indiquez le numéro du bon de commande."), Length(max=80)],
        description="Le vôtre : « BC-2026-014 ».",
    )
    ordered_on = DayField("Commandé le", [InputRequired("Indiquez le jour de la commande.")])
    order_amount = SignedEurosField(
        "Montant",
        [InputRequired("Indiquez le montant commandé.")],
        description="Hors taxes. Une annulation s’écrit en négatif : « −1 500 ».",
    )
    order_note = LineField("Note", [Length(max=300)])

    def __init__(
        self, formdata: Any = _Auto, obj: Contract | None = None, order: PurchaseOrder | None = None, **kwargs: Any
    ) -> None:
        super().__init__(formdata, obj=obj, **(_told(order) if order else {}), **kwargs)

    @property
    def facts(self) -> OrderFacts:
        return OrderFacts(
            number=" ".join((self.order_number.data or "").split()),
            ordered_on=self.ordered_on.data,
            amount=self.order_amount.data,
            note=self.order_note.data or None,
        )


def _told(order: PurchaseOrder) -> dict[str, Any]:
    return {
        "order_number": order.number,
        "ordered_on": order.ordered_on,
        "order_amount": order.amount,
        "order_note": order.note,
    }
