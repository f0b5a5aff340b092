"""What the web server of a measurement loads: the portal as in production, its clock at the date of the data."""

import sys

sys.modules["rich"] = None  # type: ignore[assignment] # a tool of development, which structlog loads where it is there

from bench.world.size import WRITTEN_AT  # noqa: E402
from portal.kernel import clock  # noqa: E402
from portal.wsgi import app  # noqa: E402

__all__ = ["app"]

clock.run_from(WRITTEN_AT, clock.real_utc_now())
