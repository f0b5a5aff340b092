"""Which deposited months are accepted together: ticked one by one, each with the version that was shown."""

from wtforms import ValidationError

from portal.directory.forms import TicksField
from portal.web import SafeForm


class TogetherForm(SafeForm):
    """Values are « reference:version ». One that is no longer in the list is answered by name, not refused whole."""

    months = TicksField("Déclarations à accepter", validate_choice=False)

    def validate_months(self, field: TicksField) -> None:
        if not self.versions:
            raise ValidationError("Cochez au moins une déclaration.")

    @property
    def versions(self) -> dict[str, int]:
        """By reference, in the order of the page."""
        told = (value.rpartition(":") for value in self.months.data or ())
        return {reference: int(version) for reference, _, version in told if version.isdecimal() and len(version) < 10}
