"""The public list: a text query and two facets, with counts, over distinct addresses, no page cache.

Beside each page its own ceiling, taken in turn with it: its SQL statements sent bare, plus its template on ready data.
"""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import psycopg

from bench.bench import Bench
from bench.ceiling import bare_connection, first_seen, rendering, sending
from bench.figures import Figure, at_least, at_most, told
from bench.searches import drawn_searches
from bench.site import HOST, Site
from bench.stopwatch import medians_in_turn, percentile
from bench.watching import Statement
from portal.storage import reading


@dataclass(frozen=True)
class Sample:
    """One address: seconds, and processor seconds, the first time; then medians of its page and of its ceiling."""

    address: str
    statements: list[Statement]
    first: float
    busy: float
    again: float
    sql: float
    template: float
    gzipped: int

    @property
    def ceiling(self) -> float:
        return self.sql + self.template


def measure(bench: Bench) -> list[Figure]:
    samples = sampled(bench)
    if bench.explains:
        bench.progress.say(explained(bench.site, max(samples, key=lambda sample: sample.sql)))
    return _figures(samples)


def sampled(bench: Bench) -> list[Sample]:
    with reading() as session:
        addresses = drawn_searches(session, bench.effort.searches)
    samples = []
    with bare_connection(bench.site.engine) as bare:
        for done, address in enumerate(addresses):
            samples.append(_sample(bench, bare, address))
            bench.progress.tell("searches of the public list", done + 1, len(addresses))
    return samples


def _sample(bench: Bench, bare: "psycopg.Connection[Any]", address: str) -> Sample:
    site = bench.site
    page = first_seen(site, address)
    with site.app.test_request_context(address, base_url=HOST):
        acts = {"page": site.asking(address), "sql": sending(bare, page), "template": rendering(page)}
        times = medians_in_turn(acts, bench.effort.repeats)
    gzipped = len(gzip.compress(page.answer.body, 6))
    return Sample(
        address, page.statements, page.seconds, page.busy, times["page"], times["sql"], times["template"], gzipped
    )


def _figures(samples: Sequence[Sample]) -> list[Figure]:
    firsts = [sample.first for sample in samples]
    busy = [sample.busy for sample in samples]
    counts = sorted({len(sample.statements) for sample in samples})
    rate = sum(sample.ceiling for sample in samples) / sum(sample.again for sample in samples)
    each = median(sample.ceiling / sample.again for sample in samples)
    middle = f"SQL {_ms(s.sql for s in samples)}, template {_ms(s.template for s in samples)}"
    return [
        at_least("public list, of its ceiling", 100 * rate, 60, " %", f"median page {100 * each:.0f} %, {middle}"),
        at_most("public list, p95", 1000 * percentile(firsts, 95), 150, " ms", f"p50 {_ms(firsts)}"),
        told("public list, p95 of processor time", 1000 * percentile(busy, 95), " ms", f"p50 {_ms(busy)}"),
        Figure("public list, SQL statements", " or ".join(map(str, counts)), "fixed", 1.0 / len(counts)),
        at_most("public list, largest HTML, gzipped", max(s.gzipped for s in samples) / 1000, 20, " kB"),
    ]


def _ms(seconds: Any) -> str:
    return f"{1000 * median(seconds):.1f} ms"


def explained(site: Site, sample: Sample) -> str:
    """The plan of the longest statement of one page, as PostgreSQL runs it."""
    statement, parameters = max(sample.statements, key=lambda sent: len(sent[0]))
    with bare_connection(site.engine) as bare:
        rows = bare.execute(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", parameters).fetchall()
    plan = "\n".join(row[0] for row in rows)
    return f"{sample.address}: SQL {1000 * sample.sql:.1f} ms\n{statement}\n{parameters}\n{plan}"
