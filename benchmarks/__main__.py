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

from benchmarks import clock, settings

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
    """Rivals that do the same; the first is ours."""

    def __init__(self, title: str, unit: str, read, rivals: dict, *, more_is_better: bool):
        self.title, self.unit, self.read, self.rivals = title, unit, read, rivals
        self.more_is_better = more_is_better
        self.found = {name: [] for name in rivals}

    def measure(self, repeats: int) -> None:
        """Run all rivals in turn, several times."""
        for _ in range(repeats):
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

    def rows(self) -> list[list[str]]:
        """A line of the table for each rival: what, who, how much, how many times as fast ours is, memory."""
        ours, rows = median(self.values(next(iter(self.rivals)))), []
        for place, name in enumerate(self.rivals):
            other = median(self.values(name))
            ratio = ours / other if self.more_is_better else other / ours
            memory = median(one["memory, MB"] for one in self.found[name])
            rows.append(
                [
                    self.title if not place else "",
                    name,
                    f"{self.shown(name)} {self.unit}",
                    f"{ratio:.1f}x" if place else "",
                    f"{memory:,.0f}",
                ]
            )
        return rows


def rate(measured):
    """Environment steps a second."""
    return measured["rate"]


def rate_with_compiling(measured):
    """Environment steps a second, the time of compiling included."""
    return measured["rate"] * measured["seconds"] / (measured["seconds"] + measured["compiling"])


def seconds(measured):
    """Median seconds a step."""
    return median(measured["seconds"])


def contests(ours, peers) -> list[Contest]:
    """All that is compared."""
    toys = []
    for net, hidden in settings.NETS.items():
        jax = (peers, "peers.ppo_jax", net)
        toys += [
            Contest(
                f"PPO on a grid, net {hidden}, 1 seed",
                "steps/s",
                rate,
                {
                    "this course": (ours, "toys", net, 1, 60),
                    "Stable-Baselines3": (peers, "peers.ppo_sb3", net, 1, 30),
                    "CleanRL's way": (peers, "peers.ppo_cleanrl", net, 1, 30),
                    "JAX, one jit": (*jax, 1, 60),
                },
                more_is_better=True,
            ),
            Contest(
                f"PPO on a grid, net {hidden}, {settings.MANY} seeds",
                "steps/s",
                rate,
                {"this course": (ours, "toys", net, settings.MANY, 16), "JAX, vmap and jit": (*jax, 64, 16)},
                more_is_better=True,
            ),
        ]
    rank = settings.LLM["rank"]
    models = [
        Contest(
            title,
            "s a step",
            seconds,
            {
                "this course": (ours, "models", "steps_of", arm, adapter, 5),
                "TRL, no checkpointing": (peers, "peers.trl_steps", arm, adapter, 4, 0),
                "TRL, as it comes": (peers, "peers.trl_steps", arm, adapter, 3, 1),
            },
            more_is_better=False,
        )
        for title, arm, adapter in (
            ("SmolLM2, SFT, LoRA", "sft", rank),
            ("SmolLM2, GRPO, LoRA", "grpo", rank),
            ("SmolLM2, SFT, all weights", "sft", 0),
            ("SmolLM2, GRPO, all weights", "grpo", 0),
        )
    ]
    sampling = Contest(
        f"SmolLM2, sampling {settings.ANSWERS} x {settings.LLM['new_tokens']} tokens",
        "s",
        seconds,
        {
            "this course": (ours, "models", "sampling", 4),
            "model.generate, adapter merged": (ours, "models", "generate", 4, 1),
            "model.generate, adapter on": (ours, "models", "generate", 4, 0),
        },
        more_is_better=False,
    )
    small = Contest(
        "8 small transformers, SFT",
        "s a step",
        seconds,
        {
            "this course, at once": (ours, "models", "stacked", 8, 3),
            "one after the other": (ours, "models", "looped", 8, 3),
        },
        more_is_better=False,
    )
    return [*toys, *models, sampling, small]


def alone(ours) -> list[list[str]]:
    """What has no rival: starting, loading, the share of the machine's arithmetic, the minutes of each lesson."""
    rows = []
    for title, program in {
        "`import helpers` and all its modules": (ours, "starting", "helpers"),
        "SmolLM2 from the cache": (ours, "starting", "smollm2"),
        "opening a lesson: first cell run, after the click": (ours, "starting", "lesson"),
    }.items():
        found = [run(*program) for _ in range(5)]
        contest = Contest(title, "s", seconds, {"this course": program}, more_is_better=False)
        contest.found["this course"] = found
        rows += contest.rows()
        print(title, contest.shown("this course"), flush=True)
    for title, rank in (("LoRA", settings.LLM["rank"]), ("all weights", 0)):
        found = run(ours, "models", "update_share", rank, 5)
        speed = found["gflop"] / seconds(found)
        share = f"{speed / found['peak']:.0%} of {found['peak']:,.0f} GFLOP/s"
        rows.append(
            [f"SmolLM2, training step, {title}: share of the matmul peak", "this course", share, "", ""]
        )
        print(rows[-1], flush=True)
    return rows


def lessons(ours) -> list[list[str]]:
    """Minutes of each lesson."""
    command = [
        str(ours),
        "course.py",
        "_run",
        *map(str, sorted(Path("notebooks").glob("[0-9][0-9]_*.ipynb"))),
    ]
    done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, encoding="utf-8")
    found = re.findall(r"^(\S+): ok, ([\d.]+) min", done.stdout, re.M)
    return [[f"lesson {name}", "this course", f"{minutes} min", "", ""] for name, minutes in found]


def machine() -> str:
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
        f"One large float32 matrix product runs at {clock.matmul_peak():,.0f} GFLOP/s."
    )


def table(rows: list[list[str]]) -> str:
    """Rows as a Markdown table."""
    head = ["What", "Who", "Median [smallest, largest]", "Ours is", "MB"]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(prog="course.py benchmark", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="measure only what has this in its title; write nothing")
    parser.add_argument("--repeats", type=int, default=3, help="runs of every program (default 3)")
    parser.add_argument("--peers", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    chosen = [one for one in contests(sys.executable, options.peers) if options.only in one.title]
    for one in chosen:
        one.measure(options.repeats)
    rows = [row for one in chosen for row in one.rows()]
    if options.only:
        print(table(rows))
        return
    rows += alone(sys.executable) + lessons(sys.executable)
    text = README.read_text("utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    README.write_text(f"{before}{BEGIN}\n{machine()}\n\n{table(rows)}\n{END}{after}", "utf-8")
    print(f"Written to {README}")


if __name__ == "__main__":
    main()
