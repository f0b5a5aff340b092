"""What this room adds to other rooms' pages."""


def furnish() -> None:
    """Called once by the application."""
