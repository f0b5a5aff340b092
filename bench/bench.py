"""What each figure is given."""

from dataclasses import dataclass

from bench.figures import Effort
from bench.progress import Progress
from bench.site import Site


@dataclass(frozen=True)
class Bench:
    site: Site
    database_url: str
    effort: Effort
    progress: Progress
    explains: bool = False
    """Whether to print the plan of the slowest statement."""
