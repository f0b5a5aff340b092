"""Whom to invite: structures that complete a groupement, and why, in words."""
