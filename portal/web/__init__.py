"""What every page needs: who may come, forms that post once, error pages, filters, navigation, headers."""

from portal.web.access import current_actor, public, requires, signed_in
from portal.web.forms import SafeForm, UnkeptField, VersionedForm
from portal.web.idempotency import Act, AlreadyDone, once
from portal.web.pages import render, safe_path
from portal.web.slots import slots

__all__ = [
    "Act",
    "AlreadyDone",
    "SafeForm",
    "UnkeptField",
    "VersionedForm",
    "current_actor",
    "once",
    "public",
    "render",
    "requires",
    "safe_path",
    "signed_in",
    "slots",
]
