"""How the benchmarks measure: every variant in turn, over and over, and only ratios are believed.

A busy machine slows a loop by a factor of ten from one second to the next, so two loops that run
one after the other cannot be compared. Here each round runs a short slice of every variant, in an
order that rotates, and what is kept is the ratio of the slices of one round. Three figures stand
beside each other: the median of those ratios with its quartiles, the ratio of the best slices, and
the ratio of the processor time. Where they agree, the figure can be trusted.
"""

import gc
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Variant:
    """One way of doing the same thing.

    Attributes:
        run: Does a slice of it and gives how many things it did.
        server: Processes that work for it, such as a database's; their time is counted too.
    """

    run: Callable[[], int]
    server: Callable[[], tuple[int, ...]] = tuple
    seconds: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    served: float = 0.0
    done: int = 0


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times the speed of the first variant another one has; above 1 is faster."""

    median: float
    low: float
    high: float
    best: float
    cpu: float


def interleave(variants: Mapping[str, Variant], *, rounds: int, warm_up: int = 3) -> None:
    """Run every variant in every round, each round beginning with another."""
    names = list(variants)
    for number in range(-warm_up, rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            variant = variants[name]
            gc.collect(0)
            served = processor_seconds(*variant.server())
            began, busy = time.perf_counter(), time.process_time()
            done = variant.run()
            seconds, busy = time.perf_counter() - began, time.process_time() - busy
            if number >= 0:
                variant.seconds.append(seconds / done)
                variant.busy.append(busy / done)
                variant.served += processor_seconds(*variant.server()) - served
                variant.done += done


def speed_of(variant: Variant, *, against: Variant) -> Ratio:
    """Compare the slices of two variants, round by round."""
    pairs = [b / a for a, b in zip(variant.seconds, against.seconds, strict=True)]
    quarter, _half, three_quarters = quantiles(pairs, n=4)
    return Ratio(
        median=median(pairs),
        low=quarter,
        high=three_quarters,
        best=min(against.seconds) / min(variant.seconds),
        cpu=_cpu(against) / _cpu(variant),
    )


def _cpu(variant: Variant) -> float:
    """Give the processor seconds of one thing, ours and the server's."""
    return median(variant.busy) + variant.served / variant.done


def processor_seconds(*processes: int) -> float:
    """Give the processor time that running processes have used, in seconds."""
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICK


def print_table(title: str, variants: Mapping[str, Variant], *, against: str) -> None:
    """Print each variant's speed as a share of another's."""
    print(f"\n{title}; speed as a share of '{against}', load {os.getloadavg()[0]:.1f}")
    print(f"{'':44}{'µs each':>10}{'median':>9}{'quartiles':>15}{'best':>8}{'CPU':>8}")
    for name, variant in variants.items():
        ratio = speed_of(variant, against=variants[against])
        print(
            f"{name:44}{median(variant.seconds) * 1e6:>10.1f}{ratio.median:>9.0%}"
            f"{ratio.low:>8.0%} {ratio.high:>6.0%}{ratio.best:>8.0%}{ratio.cpu:>8.0%}",
            flush=True,
        )


def flush_time(folder: Path, *, times: int = 50) -> float:
    """Give the median time of one durable write of 8 kB in a folder, in seconds."""
    file = folder / "flush"
    taken = []
    with file.open("wb", buffering=0) as out:
        for _time in range(times):
            out.write(b"x" * 8192)
            began = time.perf_counter()
            os.fdatasync(out.fileno())
            taken.append(time.perf_counter() - began)
    file.unlink()
    return median(taken)
