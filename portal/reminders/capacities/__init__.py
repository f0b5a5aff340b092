"""Structures are asked twice a year to read again what they said they could carry."""
