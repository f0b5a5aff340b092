"""Organisations: what they are, what they offer, where, and in which networks."""
