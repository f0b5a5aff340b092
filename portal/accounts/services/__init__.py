"""What people do with their accounts, and in organisations."""

from portal.accounts.services.sign_in import Browser, open_session

__all__ = ["Browser", "open_session"]
