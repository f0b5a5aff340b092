"""The read API: its parameters, its documents, and the one description of both."""
