"""The pages of accounts and teams, on one blueprint, and what they add to the pages of other rooms."""

from portal.accounts.views import account, claims, passwords, second_factor, sign_in, sign_up, team
from portal.accounts.views.blueprint import pages
from portal.accounts.views.furniture import furnish

__all__ = ["account", "claims", "furnish", "pages", "passwords", "second_factor", "sign_in", "sign_up", "team"]
