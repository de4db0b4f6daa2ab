"""Measure everything and write the table into benchmarks/README.md: `python3 course.py benchmark`.

Every measurement is a program of its own, run several times in turn with its rivals, so that a slow minute of the
machine hits all alike. The table shows medians, and in brackets the smallest and the largest.
"""

import argparse
import datetime
import json
import platform
import re
import subprocess
import sys
from pathlib import Path
from statistics import median

from benchmarks import clock, environment, settings
from helpers.machine import THREADS

HERE = Path(__file__).resolve().parent
README = HERE / "README.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


def run(python, module: str, *arguments) -> dict:
    """Run one program and return what it measured. Raises RuntimeError with its last lines if it fails."""
    command = [str(python), "-m", f"benchmarks.{module}", *map(str, arguments)]
    done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, encoding="utf-8")
    found = re.findall(r"^MEASURED (.*)$", done.stdout, re.M)
    if done.returncode or not found:
        raise RuntimeError(f"{' '.join(command[1:])} failed:\n{done.stderr[-2000:]}")
    return json.loads(found[-1])


class Contest:
    """Rivals that do the same; the first is ours, and its arithmetic counts for all.

    read: what one run measured -> the number that is compared; `more_is_better` for rates.
    repeats: runs of every program, unless another number is asked for.
    """

    def __init__(self, title: str, unit: str, read, rivals: dict, *, more_is_better=False, repeats=3):
        self.title, self.unit, self.read, self.rivals = title, unit, read, rivals
        self.more_is_better, self.repeats = more_is_better, repeats
        self.found = {name: [] for name in rivals}

    def measure(self, repeats: int | None = None) -> None:
        """Run all rivals in turn, several times."""
        for _ in range(repeats or self.repeats):
            for name, program in self.rivals.items():
                self.found[name].append(run(*program))
                print(f"{self.title}: {name}: {self.shown(name)}", flush=True)

    def values(self, name: str) -> list[float]:
        """What was measured of one rival, run by run."""
        return [self.read(one) for one in self.found[name]]

    def shown(self, name: str) -> str:
        """Median, smallest and largest."""
        values = self.values(name)
        digits = lambda value: f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
        return f"{digits(median(values))} [{digits(min(values))}, {digits(max(values))}]"

    def rows(self, peak: float) -> list[list[str]]:
        """A line of the table for each rival; `peak` is the machine's, in GFLOP/s."""
        first = next(iter(self.rivals))
        ours, rows = median(self.values(first)), []
        gflop = self.found[first][0].get("gflop")  # of a step
        for name, found in self.found.items():
            value = median(self.values(name))
            ratio = ours / value if self.more_is_better else value / ours
            speed = gflop and gflop * (value if self.more_is_better else 1 / value)
            tokens = [sum(one["tokens"]) / sum(one["seconds"]) for one in found if "tokens" in one]
            rows.append(
                [
                    self.title if name == first else "",
                    name,
                    f"{self.shown(name)} {self.unit}",
                    f"{median(tokens):.0f}" if tokens else "",
                    f"{speed / peak:.1%}" if speed else "",
                    "" if name == first else f"{ratio:.1f}x",
                    f"{median(one['memory, MB'] for one in found):,.0f}",
                ]
            )
        return rows


def rate(measured):
    """Environment steps a second."""
    return measured["rate"]


def seconds(measured):
    """Median seconds a step."""
    return median(measured["seconds"])


def contests(ours, peers) -> list[Contest]:
    """All that is compared."""
    toys = []
    for net, hidden in settings.NETS.items():
        for seeds, iterations in ((1, 60), (settings.MANY, 16)):
            rivals = {
                "this course": (ours, "toys", net, seeds, iterations),
                "JAX, vmap and one jit": (peers, "peers.ppo_jax", net, seeds, iterations),
            }
            if seeds == 1:
                rivals["Stable-Baselines3"] = (peers, "peers.ppo_sb3", net, 1, 30)
                rivals["CleanRL's way"] = (peers, "peers.ppo_cleanrl", net, 1, 30)
            title = f"PPO on a grid, hidden layers {hidden}, {seeds} seed{'s' * (seeds > 1)}"
            toys.append(Contest(title, "steps/s", rate, rivals, more_is_better=True))
    models = []
    for arm in ("SFT", "GRPO"):
        for weights, rank in (("LoRA", settings.LLM["rank"]), ("all weights", 0)):
            trl = (peers, "peers.trl_steps", arm.lower(), rank, 2)
            rivals = {
                "this course": (ours, "models", "steps_of", arm.lower(), rank, 2),
                "TRL, no checkpointing": (*trl, 0),
            }
            if rank:
                rivals["TRL, as it comes"] = (*trl, 1)
            models.append(Contest(f"SmolLM2, {arm}, {weights}", "s a step", seconds, rivals, repeats=2))
    sampling = Contest(
        f"SmolLM2, sampling {settings.ANSWERS} x {settings.LLM['new_tokens']} tokens",
        "s",
        seconds,
        {
            "this course": (ours, "models", "sampling", 4),
            "model.generate, adapter merged": (ours, "models", "generate", 4, 1),
            "model.generate, adapter on": (ours, "models", "generate", 4, 0),
        },
        repeats=2,
    )
    small = Contest(
        "8 small transformers, SFT",
        "s a step",
        seconds,
        {
            "this course, at once": (ours, "models", "stacked", 8, 3),
            "one after the other": (ours, "models", "looped", 8, 3),
        },
    )
    return [*toys, *models, sampling, small]


def waiting(ours) -> list[Contest]:
    """What a learner waits for; it has no rival."""
    programs = {
        "All modules of `helpers` imported": "helpers",
        "SmolLM2 from the cache": "smollm2",
        "A lesson opened: the kernel started, its first cell run": "lesson",
    }
    return [
        Contest(title, "s", seconds, {"this course": (ours, "starting", name)})
        for title, name in programs.items()
    ]


def about_seeds(toys: list[Contest]) -> list[str]:
    """What many seeds cost, and what JAX's compiler takes, a line each."""
    lines = []
    for single, many in zip(toys[::2], toys[1::2], strict=True):
        one, all_of_them = (median(contest.values("this course")) for contest in (single, many))
        times = settings.MANY * one / all_of_them
        lines.append(f"{many.title}: they cost {times:.1f} times as much as one.")
    for contest in toys:
        found = contest.found["JAX, vmap and one jit"]
        compiling = median(one["compiling"] for one in found)
        slower = median(one["rate"] * one["seconds"] / (one["seconds"] + one["compiling"]) for one in found)
        lines.append(f"{contest.title}: JAX compiles for {compiling:.1f} s; with it, {slower:,.0f} steps/s.")
    return lines


def about_the_peak(ours) -> list[str]:
    """How much of the machine's arithmetic a training step uses."""
    lines = []
    for title, rank in (("LoRA", settings.LLM["rank"]), ("all weights", 0)):
        found = [run(ours, "models", "update_share", rank, 3) for _ in range(3)]
        low, middle, high = sorted(one["gflop"] / seconds(one) / one["peak"] for one in found)
        what = f"SmolLM2, forward, backward and Adam, {title}"
        lines.append(f"{what}: {middle:.0%} [{low:.0%}, {high:.0%}] of the peak.")
    return lines


def about_products(ours, toys: list[Contest]) -> list[str]:
    """How much of a step is matrix products, and how fast it would be if nothing else took time."""
    lines = []
    for contest, net in zip(toys[1::2], settings.NETS, strict=True):
        share = run(ours, "products", "toy", net, settings.MANY)["share"]
        limit = median(contest.values("this course")) / share
        lines.append(
            f"{contest.title}: {share:.0%} of the time goes into matrix products; alone, they would allow {limit:,.0f} "
            "steps/s."
        )
    for arm in ("sft", "grpo"):
        share = run(ours, "products", "model", arm, settings.LLM["rank"])["share"]
        lines.append(f"SmolLM2, {arm.upper()}, LoRA: {share:.0%} of the time goes into matrix products.")
    return lines


def about_threads(ours) -> list[str]:
    """How far two runs with one seed lie apart."""
    lines = []
    for name, what in {
        "toy": "PPO with 64 seeds, 40 batches",
        "sft": "SmolLM2, 3 steps of SFT",
        "grpo": "SmolLM2, 3 steps of GRPO",
    }.items():
        same, other = (run(ours, "same_numbers", "compare", name, one, 2)["largest"] for one in (2, 1))
        lines.append(
            f"{what}, one seed run twice: the largest difference of a reward or loss is {same:.1g} on two "
            f"threads, and {other:.1g} between one thread and two."
        )
    return lines


COMPANY = {  # how threads wait -> what says so
    "as the course sets them": [f"{name}={value}" for name, value in THREADS.items()],
    "as they come": [],
    "that never spin (GOMP_SPINCOUNT=0)": ["GOMP_SPINCOUNT=0"],
    "that wait passively (OMP_WAIT_POLICY=passive)": ["OMP_WAIT_POLICY=passive"],
    "one for each lesson (OMP_NUM_THREADS=1)": ["OMP_NUM_THREADS=1"],
}


def about_company(ours, repeats: int = 3) -> list[str]:
    """Two lessons at once: how long lesson 00's RL takes alone, and each of two, a line for each setting of threads."""
    lines = []
    for name, chosen in COMPANY.items():
        taken = [
            median(s for _ in range(repeats) for s in run(ours, "together", count, *chosen)["seconds"])
            for count in (1, 2)
        ]
        lines.append(
            f"Two lessons at once, threads {name}: one alone takes {taken[0]:.1f} s, each of two {taken[1]:.1f} s."
        )
    return lines


def lessons(ours) -> list[str]:
    """Minutes of each lesson."""
    paths = sorted((HERE.parent / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    command = [str(ours), "-m", "helpers.kit.notebooks", "run", *map(str, paths)]
    done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, encoding="utf-8")
    found = re.findall(r"^(\S+): ok, ([\d.]+) min", done.stdout, re.M)
    return [f"Lesson {name}: {minutes} minutes." for name, minutes in found]


def machine(peak: float) -> str:
    """Date, processor, cores, memory and versions, in one line."""
    import os

    import psutil
    import torch

    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        name = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())[1]
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{datetime.date.today()}, {name}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}, torch {torch.__version__}. "
        f"One large float32 matrix product runs at {peak:,.0f} GFLOP/s: the peak."
    )


def table(rows: list[list[str]]) -> str:
    """Rows as a Markdown table."""
    head = ["What", "Who", "Median [smallest, largest]", "Tokens/s", "Of the peak", "Ours is", "MB"]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(prog="course.py benchmark", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="measure only what has this in its title; write nothing")
    parser.add_argument("--together", action="store_true", help="only two lessons at once; write nothing")
    parser.add_argument("--repeats", type=int, help="runs of every program (default 2 or 3)")
    options = parser.parse_args()
    if options.together:
        print("\n".join(about_company(sys.executable, options.repeats or 3)))
        return
    ours, peak = sys.executable, clock.matmul_peak()
    every = [*contests(ours, environment.python_of_the_peers()), *waiting(ours)]
    chosen = [one for one in every if options.only in one.title]
    for one in chosen:
        one.measure(options.repeats)
    rows = [row for one in chosen for row in one.rows(peak)]
    if options.only:
        print(table(rows))
        return
    toys = [one for one in chosen if one.title.startswith("PPO")]
    facts = [*about_seeds(toys), *about_products(ours, toys), *about_the_peak(ours), *about_threads(ours)]
    facts += [*about_company(ours), *lessons(ours)]
    listed = "\n".join(f"- {fact}" for fact in facts)
    text = README.read_text("utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    README.write_text(f"{before}{BEGIN}\n{machine(peak)}\n\n{table(rows)}\n\n{listed}\n{END}{after}", "utf-8")
    print(f"Written to {README}")


if __name__ == "__main__":
    main()
