"""An invented country in any size, drawn from a fixed seed and streamed into PostgreSQL."""
