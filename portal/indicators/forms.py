"""The one button of the room."""

from wtforms import HiddenField
from wtforms.validators import DataRequired

from portal.kernel.french import typo
from portal.web import SafeForm


class FreezeForm(SafeForm):
    """Freezes what was shown: `shown` is the hash of the figures that the person read."""

    shown = HiddenField(
        validators=[DataRequired(typo("Rechargez la page : elle ne dit pas quels chiffres vous avez lus."))]
    )
