"""People: accounts and sign-in, second factor, memberships, invitations, requests to join and claims on a fiche."""
