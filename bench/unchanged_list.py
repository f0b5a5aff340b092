"""The public list asked for again while nothing was published: 304, beside a view that runs one SELECT."""

from bench.bench import Bench
from bench.ceiling import Unmeasurable
from bench.figures import Figure, at_least
from bench.searches import LIST
from bench.site import Site
from bench.stopwatch import medians_in_turn
from bench.watching import statements_of

ONE_SELECT = "/sante"
"""The health check: a view of the portal, with all that surrounds one, that runs `SELECT 1` and says « ok »."""


def measure(bench: Bench) -> list[Figure]:
    site = bench.site
    known = {"If-None-Match": _etag(site)}
    again = site.asking(LIST, known)
    sent = statements_of(site.engine, again)
    acts = {"unchanged": again, "one select": site.asking(ONE_SELECT)}
    times = medians_in_turn(acts, bench.effort.revalidations)
    share = 100 * times["one select"] / times["unchanged"]
    note = f"{1e6 * times['unchanged']:.0f} µs beside {1e6 * times['one select']:.0f} µs"
    return [
        at_least("unchanged list (304), of a view with one SELECT", share, 70, " %", note),
        Figure("unchanged list (304), SQL statements", str(len(sent)), "1", 1 / max(len(sent), 1)),
    ]


def _etag(site: Site) -> str:
    etag = site.get(LIST).headers.get("ETag")
    if etag is None:
        raise Unmeasurable(f"{LIST} has no ETag")
    if site.get(LIST, {"If-None-Match": etag}).status != 304:
        raise Unmeasurable(f"{LIST} answers its own ETag with something else than 304")
    return etag
