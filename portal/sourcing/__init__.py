"""What suppliers and buyers tell each other upstream: interest, questions, exchanges, support, meetings."""
