"""Small values that all features share. No Flask, no SQL; only `clock` reads the clock."""
