"""Projects followed, searches saved, and the one message that gathers what is new for each person."""
