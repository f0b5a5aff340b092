"""A buyer's own programme of purchases, read from its spreadsheet into drafts."""
