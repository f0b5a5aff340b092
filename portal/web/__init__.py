"""What every page needs: who may come, forms that post once, error pages, filters, navigation, headers."""

from portal.web.access import current_actor, public, requires, signed_in
from portal.web.acting import back_unless, form_or_act, form_page
from portal.web.addresses import page_asked
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
    "back_unless",
    "current_actor",
    "form_or_act",
    "form_page",
    "once",
    "page_asked",
    "public",
    "render",
    "requires",
    "safe_path",
    "signed_in",
    "slots",
]
