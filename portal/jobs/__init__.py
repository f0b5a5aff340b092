"""The runs of scheduled jobs: each planned instant once, by one leading scheduler."""

from portal.jobs.leadership import Leadership
from portal.jobs.retention import Retention, purge
from portal.jobs.schedule import Counts, Job
from portal.jobs.services import close_interrupted, run

__all__ = ["Counts", "Job", "Leadership", "Retention", "close_interrupted", "purge", "run"]
