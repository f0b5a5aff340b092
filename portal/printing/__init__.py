"""Pages to print: typst templates filled with plain values, as accessible PDF (PDF/UA-1)."""

from portal.printing.typesetting import printed

__all__ = ["printed"]
