"""The forecast in OCDS 1.1.5: each project a contracting process, each public act a release."""
