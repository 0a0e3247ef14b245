"""The kernel against the plain function, pycachesim, and C++ loops compiled on the spot."""

from __future__ import annotations

import ctypes
import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.figures import Figure, ratios, seconds
from benchmarks.tlb_world import GEOMETRY, QUANTUM, STREAMS, TlbWorld
from simcore.hw import kernel
from simcore.hw.tlb import Tlb

QUANTA = 1500
_SOURCE = Path(__file__).with_name("tlb_loop.cpp")


def _plain(play: Callable[[], object]) -> None:
    """Play with the same function uncompiled."""
    compiled, limit = dict(kernel._compiled), kernel.COMPILE_FROM
    kernel._compiled.clear()
    kernel.COMPILE_FROM = 1 << 62
    try:
        play()
    finally:
        kernel.COMPILE_FROM = limit
        kernel._compiled.update(compiled)


def against_plain(runs: int) -> Iterator[Figure]:
    """Accesses a second compiled against uncompiled."""
    for name in STREAMS:
        few, many = TlbWorld(name, 8), TlbWorld(name, 800)
        many.play_kernel()
        few.play_kernel()
        values = tuple(
            seconds(partial(_plain, few.play_kernel)) * 100 / seconds(many.play_kernel)
            for _ in range(runs)
        )
        yield Figure(f"kernel, {name} stream, against the plain function", values, at_least=30)


def against_pycachesim(runs: int) -> Iterator[Figure]:
    """One tag space, LRU, one batch; hits and misses are the same."""
    if importlib.util.find_spec("cachesim") is None:
        print("pycachesim is not installed: left out")
        return
    import cachesim

    for name in STREAMS:
        world = TlbWorld(name, 1)
        stage = world.stages[0]
        pages = world.stream.tolist() * 16

        def play(world: TlbWorld = world, count: int = len(pages)) -> tuple[int, int]:
            tlb = Tlb(GEOMETRY)
            stage = world.stages[0]
            stream = (world.stream, 0, count)
            batch = tlb.access(1, 1, stage, (stage, stage), stream, world.owner_domain)
            return batch.hits, batch.misses

        def play_theirs(pages: list[int] = pages) -> tuple[int, int]:
            cache = cachesim.Cache("TLB", GEOMETRY.sets, GEOMETRY.ways, 1, "LRU")
            memory = cachesim.MainMemory()
            memory.load_to(cache)
            memory.store_from(cache)
            cachesim.CacheSimulator(cache, memory).load(pages)
            told = cache.stats()
            return told["HIT_count"], told["MISS_count"]

        assert play() == play_theirs(), (name, stage)
        what = f"kernel, {name} stream, against pycachesim, equal counts"
        yield Figure(what, ratios(play, play_theirs, runs), at_least=2)


def against_cpp(runs: int) -> Iterator[Figure]:
    """Whole runs against one call of C++, with the same counts."""
    compiler = shutil.which("g++")
    if compiler is None:
        print("no g++: the C++ loops are left out")
        return
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "tlb_loop.so"
        options = ["-O3", "-march=native", "-shared", "-fPIC"]
        subprocess.run([compiler, *options, "-o", library, _SOURCE], check=True)
        loops = ctypes.CDLL(str(library))
        for name in STREAMS:
            world = TlbWorld(name, QUANTA)
            counts = world.play_kernel()
            hits = counts[-2] / (QUANTA * QUANTUM)
            least = {"play_scalar": 1.0, "play_avx512": 0.8 if name == "cold" else 0.5}
            for loop, bound in least.items():
                if not hasattr(loops, loop):
                    continue
                theirs = partial(world.play_cpp, loops, loop)
                assert theirs() == counts, (name, loop)
                what = f"kernel, {name} stream ({hits:.0%} hits), against C++ {loop[5:]}"
                yield Figure(what, ratios(world.play_kernel, theirs, runs), at_least=bound)


def figures(runs: int) -> Iterator[Figure]:
    """Everything about the kernel."""
    yield from against_cpp(runs)
    yield from against_plain(runs)
    yield from against_pycachesim(runs)
