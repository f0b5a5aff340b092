"""The essential data of public contracts (DECP, arrêté du 22/12/2022): reading files of them, whoever wrote them."""

from portal.contracts.decp.importing import import_decp
from portal.contracts.decp.report import DecpReport

__all__ = ["DecpReport", "import_decp"]
