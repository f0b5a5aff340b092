"""What structures could carry of a lot, and other ways to cut it: coverage, sizing variants, opinions."""
