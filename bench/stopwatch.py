"""Times that stay comparable on a busy machine: what is compared is run in turn, and medians are kept."""

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median

Act = Callable[[], object]


def seconds_of(act: Act) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def medians_in_turn(acts: Mapping[str, Act], rounds: int) -> dict[str, float]:
    """The median seconds of each act. Each round runs all of them, the first one last in the next round."""
    taken: dict[str, list[float]] = {name: [] for name in acts}
    order = list(acts)
    for _ in range(rounds):
        for name in order:
            taken[name].append(seconds_of(acts[name]))
        order.append(order.pop(0))
    return {name: median(times) for name, times in taken.items()}


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that `percent` of them do not exceed."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(int(rank), 1) - 1]
