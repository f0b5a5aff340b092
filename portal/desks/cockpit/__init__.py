"""« Mon réseau »: where the holes are, which members could fill them, and who waits for the network."""
