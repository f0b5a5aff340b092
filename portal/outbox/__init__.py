"""E-mails promised in the transaction that gives rise to them, composed anew and delivered later.

A feature promises (`promise`) and registers how a kind of message is composed (`register`); the scheduler delivers.
"""

from portal.outbox.composing import Composer, Mail, Spared, register
from portal.outbox.delivery import deliver
from portal.outbox.services import Promise, promise, promise_each
from portal.outbox.smtp import SmtpSettings
from portal.outbox.templates import configure, mail_from_template

__all__ = [
    "Composer",
    "Mail",
    "Promise",
    "SmtpSettings",
    "Spared",
    "configure",
    "deliver",
    "mail_from_template",
    "promise",
    "promise_each",
    "register",
]
