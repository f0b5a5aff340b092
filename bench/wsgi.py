"""What the web server of a measurement loads: the portal as in production, its clock at the date of the data."""

from bench.world.size import WRITTEN_AT
from config import Config
from portal.app import create_app
from portal.kernel import clock

app = create_app(Config.from_env())
clock.run_from(WRITTEN_AT, clock.real_utc_now())
