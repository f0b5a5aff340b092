"""The exchanges of a room: what those inside say to each other, never changed, read by them only."""
