"""The composition changes between the filing and the signature, if the buyer allows it (R2142-26)."""
