"""Who does the work of long runs: processes on this machine, or the workers of a dask scheduler. One thread each."""

import contextlib
import functools
import os
import platform
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from importlib import metadata
from pathlib import Path

from helpers.kit.registered import hashes
from helpers.kit.tables import kinds

CODE = Path(__file__).resolve().parents[1]
PACKAGES = ("torch", "numpy", "pandas", "transformers", "peft")


class Lost(RuntimeError):
    """A worker or the scheduler is gone, and nobody took over its work."""


def finished_by(
    run: Callable, tables: Sequence[str], settings: Sequence[dict], *, jobs: int, on: str | None
) -> Iterator[tuple[int, dict]]:
    """The place of each setting and what came of it (see `attempt`), in the order in which they get finished.

    Raises Lost where a process of this machine was killed (too little memory, most often), or no scheduler answers.
    """
    import joblib
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    runner = os.getpid() if on is None else None
    task = joblib.delayed(attempt)
    tasks = [task(place, run, tables, setting, runner) for place, setting in enumerate(settings)]
    local = joblib.parallel_config("loky", n_jobs=jobs, inner_max_num_threads=1)
    try:
        with local if on is None else _scheduler(on):
            yield from joblib.Parallel(return_as="generator_unordered", batch_size=1)(tasks)
    except TerminatedWorkerError as error:
        raise Lost("a process was killed, perhaps for want of memory: try fewer --jobs") from error


@contextlib.contextmanager
def _scheduler(address):
    """A dask scheduler as joblib's place of work. What a worker that dies there was at is done by another."""
    import joblib

    try:
        import distributed  # an extra: tests/requirements.txt has it
    except ImportError:
        raise Lost("--on needs the package distributed: pip install dask distributed") from None
    try:
        client = distributed.Client(address, timeout=10)
    except (OSError, ValueError, TimeoutError) as error:
        raise Lost(f"no dask scheduler answers at {address}: {error}") from error
    with client, joblib.parallel_config("dask", wait_for_workers_timeout=60):
        yield


def attempt(
    place: int, run: Callable, tables: Sequence[str], setting: dict, runner: int | None = None
) -> tuple[int, dict]:
    """Run one setting on one thread: its tables, seconds and who made it; or the error, in words.

    runner: the number of the process without which this one has nothing to do.
    """
    _end_with(runner)
    began, made_with = time.perf_counter(), made_by()
    try:
        with _one_thread_and_no_bars():
            made = run(**setting)
        frames = made if isinstance(made, Mapping) else {tables[0]: made}
        if list(frames) != list(tables):
            raise ValueError(f"a run makes the tables {', '.join(tables)}: got {', '.join(frames)}")
        seeds = sorted(set(frames[tables[0]].seed))
        if seeds != sorted(setting["seeds"]):
            raise ValueError(
                f"a run returns rows of its seeds {setting['seeds']} and of no other: got {seeds}"
            )
        for frame in frames.values():
            kinds(frame)
    except Exception:
        return place, {"error": traceback.format_exc()}
    columns = {name: frame.to_dict("list") for name, frame in frames.items()}
    return place, {"tables": columns, "seconds": time.perf_counter() - began, "made": made_with}


@functools.cache
def _end_with(runner):
    """When the runner was killed, nobody would keep what this process makes: it ends, and its memory is free."""

    def watch():
        while os.getppid() == runner:
            time.sleep(0.5)
        os._exit(1)

    if os.getppid() == runner:
        threading.Thread(target=watch, daemon=True).start()


@contextlib.contextmanager
def _one_thread_and_no_bars():
    """The same sums in the same order, whoever works and however many cores there are."""
    import torch

    threads, bars = torch.get_num_threads(), os.environ.get("TQDM_DISABLE")
    torch.set_num_threads(1)
    os.environ["TQDM_DISABLE"] = "1"
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        os.environ.pop("TQDM_DISABLE")
        os.environ.update({} if bars is None else {"TQDM_DISABLE": bars})


@functools.cache
def made_by() -> dict:
    """The program, as it was when this process began to work, and the machine: commit, date, hardware, versions."""
    git = lambda *words: subprocess.run(
        ["git", *words], cwd=CODE, capture_output=True, text=True
    ).stdout.strip()
    try:
        commit = git("rev-parse", "--short=9", "HEAD") or "unknown"
        changed = bool(git("status", "--porcelain", "--untracked-files=no", "."))
    except OSError:  # no git here
        commit, changed = "unknown", False
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[name] = metadata.version(name)
    return {
        "commit": commit,
        "uncommitted changes": changed,
        "date": date.today().isoformat(),
        "hardware": f"{os.cpu_count()} CPU cores, {platform.machine()}, {sys.platform}",
        "versions": versions,
        "registered": hashes(),
    }
