"""`python -m bench [FIGURE …]`: measures, and prints one table. A slow day is a figure like another, not a failure."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType

from bench import calibration, decp, page_weight, public_list, reminders, sheets, unchanged_list, web_worker
from bench.bench import Bench
from bench.ceiling import Unmeasurable
from bench.figures import FULL, QUICK, Figure, table
from bench.machine import facts
from bench.progress import Progress
from bench.server import seeded_database
from bench.site import opened
from bench.world.size import SIZES

Measure = Callable[[Bench], list[Figure]]

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "public-list": public_list.measure,
        "unchanged-list": unchanged_list.measure,
        "page-weight": page_weight.measure,
        "reminders": reminders.measure,
        "calibration": calibration.measure,
        "sheets": sheets.measure,
        "web-worker": web_worker.measure,
        "decp": decp.measure,
    }
)


def main(arguments: Sequence[str] | None = None) -> None:
    asked = parser().parse_args(arguments)
    size, progress = SIZES[asked.size], Progress()
    with ExitStack() as stack:
        url = stack.enter_context(seeded_database(size, asked.keep, progress))
        logs = stack.enter_context(Path(os.devnull).open("w"))
        site = stack.enter_context(opened(url, logs))
        bench = Bench(site, url, QUICK if asked.quick else FULL, progress, explains=asked.explain)
        heading = facts(site.engine, size.name)
        figures = measured(asked.figures or list(MEASURES), bench)
    print(f"{heading}\n\n{table(figures)}\n\n« × bar »: how many times as good as the bar; 1.00 or more holds.")


def measured(names: Sequence[str], bench: Bench) -> list[Figure]:
    figures: list[Figure] = []
    for name in names:
        bench.progress.say(f"Measuring {name}…")
        try:
            figures += MEASURES[name](bench)
        except Unmeasurable as reason:
            figures.append(Figure(name, f"not measured: {reason}"))
    return figures


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Figures about the portal, as one table.")
    parser.add_argument("figures", nargs="*", metavar="FIGURE", type=_known, help=", ".join(MEASURES))
    parser.add_argument("--size", choices=list(SIZES), default="nation")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the seeded database there, and reuse it")
    parser.add_argument("--quick", action="store_true", help="a tenth of the repetitions: a first idea")
    parser.add_argument("--explain", action="store_true", help="print the plan of the slowest statement")
    return parser


def _known(name: str) -> str:
    # argparse's own `choices` refuses the empty list that « every figure » is.
    if name not in MEASURES:
        raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(MEASURES)}")
    return name


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Interrupted.")
