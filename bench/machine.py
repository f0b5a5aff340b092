"""The facts without which a figure means nothing."""

import os
import platform
from datetime import date

from sqlalchemy import Engine, text


def facts(engine: Engine, size: str) -> str:
    with engine.connect() as connection:
        server = connection.execute(text("SHOW server_version")).scalar_one().split()[0]
        weight = connection.execute(text("SELECT pg_size_pretty(pg_database_size(current_database()))")).scalar_one()
    load = " ".join(f"{average:.1f}" for average in os.getloadavg())
    return (
        f"{size}, {weight} in PostgreSQL {server}; {os.cpu_count()} cores ({platform.machine()}), "
        f"Python {platform.python_version()}; load {load}; {date.today().isoformat()}"  # noqa: DTZ011 — of the run
    )
