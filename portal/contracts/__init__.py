"""Contracts, who holds them, what they commit to and when they report. Points at nothing later."""
