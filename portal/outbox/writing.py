"""A composed mail, written out as it travels."""

from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import uuid4

from portal.outbox.composing import Mail

_POLICY = policy.SMTP.clone(cte_type="7bit")


def new_message_id(sender: Address) -> str:
    """A Message-ID of its own in the sender's domain."""
    return f"<{uuid4().hex}@{sender.domain}>"


def written(mail: Mail, *, sender: Address, recipient: str, message_id: str, now: datetime) -> bytes:
    """The message in both its forms, text first, with the headers that tell programs not to answer it."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    return message.as_bytes()
