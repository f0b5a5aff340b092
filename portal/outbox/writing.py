"""A composed mail, written out as it travels."""

from datetime import datetime
from email import policy
from email.contentmanager import raw_data_manager
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from uuid import uuid4

from portal.outbox.composing import Mail

_LIGHT = policy.compat32.clone(linesep="\r\n", cte_type="7bit")
"""Writes headers as they are given: they were checked before, and parsing them anew costs three times the rest."""


def new_message_id(sender: Address) -> str:
    """A Message-ID of its own in the sender's domain."""
    return f"<{uuid4().hex}@{sender.domain}>"


def written(mail: Mail, *, sender: Address, recipient: str, message_id: str, now: datetime) -> bytes:
    """The message in both its forms, text first, with the headers that tell programs not to answer it."""
    message = EmailMessage(policy=_LIGHT)
    message["From"] = formataddr((sender.display_name, sender.addr_spec))
    message["To"] = recipient
    message["Subject"] = Header(mail.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    if mail.unsubscribe_url is not None:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text, cte="quoted-printable", content_manager=raw_data_manager)
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable", content_manager=raw_data_manager)
    return message.as_bytes()
