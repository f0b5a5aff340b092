"""Figures about the portal, as tables: `python -m bench`. Each file of this folder that measures holds one figure."""
