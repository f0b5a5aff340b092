"""What a network chooses when it writes to its members."""

from wtforms.validators import InputRequired

from portal.directory.forms import TicksField
from portal.web import SafeForm


class NudgeForm(SafeForm):
    """One button."""


class TellForm(SafeForm):
    """Which members are told of a lot, by SIRET; the choices are the page's."""

    structures = TicksField("À qui le signaler", [InputRequired("Choisissez au moins une structure.")], choices=[])
