"""Which reminder is due to whom. Writes only its own ledger and the outbox."""
