"""What is done to a purchase request. Each act leaves its line in the journal; budgets stay out of it."""

from portal.requests.services.answering import decline, give_back, take
from portal.requests.services.coefficients import reset_coefficients, set_coefficients
from portal.requests.services.repeating import repeat_project, request_renewal
from portal.requests.services.writing import create, file, keep_coefficients, save, withdraw

__all__ = [
    "create",
    "decline",
    "file",
    "give_back",
    "keep_coefficients",
    "repeat_project",
    "request_renewal",
    "reset_coefficients",
    "save",
    "set_coefficients",
    "take",
    "withdraw",
]
