"""What a groupement prints: its sheet, the draft of its convention, habilitations, a DC1 to copy, a workbook.

`gather` reads, within a transaction, all that they tell; each `…_of(dossier)` then makes one of them, outside it.
"""

from portal.groupements.papers.convention import convention_of
from portal.groupements.papers.dc1 import dc1_of
from portal.groupements.papers.dossier import Dossier
from portal.groupements.papers.empowerment import empowered, empowerment_of
from portal.groupements.papers.gathering import gather
from portal.groupements.papers.sheet import sheet_of
from portal.groupements.papers.workbook import workbook_of

__all__ = [
    "Dossier",
    "convention_of",
    "dc1_of",
    "empowered",
    "empowerment_of",
    "gather",
    "sheet_of",
    "workbook_of",
]
