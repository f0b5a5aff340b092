"""Of this room."""
