"""How much there is of everything."""

from dataclasses import dataclass
from datetime import datetime

from portal.kernel.clock import PARIS

WRITTEN_AT = datetime(2026, 12, 3, 9, 0, tzinfo=PARIS)
"""When the data were made, and what the portal's clock shows while it is measured: the lots never grow old."""


@dataclass(frozen=True)
class Size:
    """`communes` comes on top of those that the portal ships; buyers are among the organisations."""

    name: str
    departments: int
    communes: int
    organisations: int
    buyers: int
    lots: int


METROPOLE = Size("metropole", departments=1, communes=60, organisations=500, buyers=6, lots=400)
NATION = Size("nation", departments=101, communes=35_000, organisations=200_000, buyers=3_000, lots=100_000)
SIZES = {size.name: size for size in (NATION, METROPOLE)}
