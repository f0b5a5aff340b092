"""Which structure fits which lot, and why, in words; which lever is realistic. Owns no table."""
