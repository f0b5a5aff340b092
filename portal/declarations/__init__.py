"""The month: participants, lines, deposit, acceptance, and its delta ledger."""
