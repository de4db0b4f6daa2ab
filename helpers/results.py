"""From runs to a verdict: stack histories, compare at equal reward, put intervals on it, and judge by a rule."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.predictions import beside

LESSONS = Path(__file__).resolve().parent.parent / "notebooks"
VERDICT = (
    "application/vnd.inner-alignment.verdict+json"  # the kind of output under which notebooks store a verdict
)


def compare(**runs) -> pd.DataFrame:
    """Stack the histories of runs, `compare(SFT=sft, RL=rl)`: one tidy frame with the column `method` added.

    A value may be a run or a list of runs with different seeds.
    """
    frames = [
        run.history.assign(method=method.replace("_", " "))
        for method, several in runs.items()
        for run in (several if isinstance(several, list) else [several])
    ]
    return pd.concat(frames, ignore_index=True)


def final(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The last value of a metric, one row for each seed and one column for each method."""
    rows = frame[frame.metric == metric]
    if rows.empty:
        raise KeyError(f"no metric {metric!r}; there are {sorted(frame.metric.unique())}")
    table = rows.sort_values("step").groupby(["seed", "method"]).value.last().unstack()
    return table[list(rows.method.unique())]


def summary(frame: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """The last value of each metric as "mean [low, high]" with a 95 % interval over seeds; a row for each method."""
    columns = {
        metric: final(frame, metric).apply(lambda values: str(Interval.of(values))) for metric in metrics
    }
    return pd.DataFrame(columns)


def at_reward(
    frame: pd.DataFrame, level: float, metric: str, reward: str = "reward, held-out"
) -> pd.DataFrame:
    """A metric at the first moment at which each run reaches a reward, interpolated between measurements.

    One row for each method, seed and (if the frame has it) learning rate `lr`; NaN where a run never gets there.
    """
    keys = [key for key in ("method", "lr", "seed") if key in frame]
    rows = []
    for run, part in frame.groupby(keys, sort=False):
        curve = part.pivot_table(index="step", columns="metric", values="value")[[reward, metric]].dropna()
        rows.append((*run, crossing(curve[reward].to_numpy(), curve[metric].to_numpy(), level)))
    return pd.DataFrame(rows, columns=[*keys, metric])


def cheapest(frame: pd.DataFrame, level: float, metric: str, *, most: bool = False) -> pd.DataFrame:
    """A metric when a reward is first reached, at the learning rate at which it is lowest (`most`: highest).

    One row for each seed, one column for each method: whole frontiers are compared, not one learning rate. NaN where
    no learning rate got there.
    """
    groups = at_reward(frame, level, metric).groupby(["seed", "method"], sort=False)[metric]
    return (groups.max() if most else groups.min()).unstack().sort_index()[list(frame.method.unique())]


def crossing(reward: np.ndarray, value: np.ndarray, level: float) -> float:
    """The value at the first moment at which the reward reaches a level, interpolated; NaN if it never does."""
    above = np.flatnonzero(reward >= level)
    if not len(above):
        return np.nan
    after = above[0]
    if after == 0:
        return value[0]
    share = (level - reward[after - 1]) / (reward[after] - reward[after - 1])
    return value[after - 1] + share * (value[after] - value[after - 1])


@dataclass(frozen=True)
class Interval:
    """A mean over seeds with its 95 % interval (Student's t), in the unit of what was measured."""

    mean: float
    low: float
    high: float
    seeds: int

    @classmethod
    def of(cls, values: Iterable[float]) -> "Interval":
        """The interval of one value for each seed. Needs two seeds at least; equal values give a width of 0."""
        from scipy import stats  # half a second, which every lesson's first cell would wait for

        values = np.asarray(list(values), dtype=float)
        if len(values) < 2 or not np.isfinite(values).all():
            raise ValueError(f"an interval needs two finite values at least: got {values.tolist()}")
        half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
        return cls(values.mean(), values.mean() - half, values.mean() + half, len(values))

    def __str__(self) -> str:
        return f"{self.mean:.2f} [{self.low:.2f}, {self.high:.2f}]"


@dataclass(frozen=True)
class Rule:
    """How a claim will be judged, stated before the experiment.

    name:    lesson and claim, such as "00.C8"; the ledger of all claims is kept under it.
    claim:   what is claimed.
    measure: the one number, computed for each seed, on which it hangs.
    supports_above, against_below: SUPPORTS if the whole interval lies above the first, AGAINST if it lies below the
             second, INCONCLUSIVE otherwise.
    published: the published result that ours is set beside, with its source.
    """

    name: str
    claim: str
    measure: str
    supports_above: float
    against_below: float
    published: str = ""

    def judge(
        self,
        values: Iterable[float],
        *,
        measured: Mapping[str, float] | pd.Series | None = None,
        predicted: str | None = None,
        does_not_show: Sequence[str] = (),
    ) -> "Verdict":
        """The verdict on one value for each seed.

        measured:      further results by name, set beside the learner's prediction called `predicted`.
        does_not_show: what must not be read into it.
        """
        interval = Interval.of(values)
        further = {} if measured is None else {name: float(value) for name, value in measured.items()}
        return Verdict(self.word(interval), interval, self, further, predicted, tuple(does_not_show))

    def word(self, interval: Interval) -> str:
        """What the rule says about an interval."""
        if interval.low > self.supports_above:
            return "SUPPORTS"
        return "AGAINST" if interval.high < self.against_below else "INCONCLUSIVE"

    def _repr_markdown_(self) -> str:
        return (
            f"**Claim {self.name}.** {self.claim}\n\n**Measure.** {self.measure}.\n\n"
            f"**Rule.** SUPPORTS if the whole 95 % interval lies above {self.supports_above:g}, "
            f"AGAINST if it lies below {self.against_below:g}, INCONCLUSIVE otherwise."
        )


@dataclass(frozen=True)
class Verdict:
    """What a rule said about a result. A notebook stores it for readers and for machines."""

    word: str
    effect: Interval
    rule: Rule
    measured: dict[str, float]
    predicted: str | None
    does_not_show: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.word}: {self.effect} over {self.effect.seeds} seeds"

    def facts(self) -> dict:
        """The verdict as plain numbers and text, for the ledger of all claims."""
        return {
            "name": self.rule.name,
            "claim": self.rule.claim,
            "measure": self.rule.measure,
            "verdict": self.word,
            **asdict(self.effect),
            "supports_above": self.rule.supports_above,
            "against_below": self.rule.against_below,
            "measured": self.measured,
            "predicted": self.predicted,
        }

    def _repr_mimebundle_(self, **_) -> dict:
        return {"text/markdown": self._markdown(), "text/plain": str(self), VERDICT: self.facts()}

    def _markdown(self):
        parts = [
            f"### {self.rule.name}: {self.word}",
            self.rule.claim,
            f"**Effect.** {self.rule.measure}: **{self.effect}** "
            f"(mean and 95 % interval, {self.effect.seeds} seeds).",
        ]
        if self.measured:
            parts.append(as_markdown(beside(self.predicted, self.measured)))
        if self.does_not_show:
            parts.append(
                "**What it does not show.**\n\n" + "\n".join(f"- {one}" for one in self.does_not_show)
            )
        if self.rule.published:
            parts.append(f"**Published beside ours.** {self.rule.published}")
        return "\n\n".join(parts)


def ledger(notebooks: Iterable[Path] | None = None) -> pd.DataFrame:
    """Every verdict that is stored in the lessons, a row each: name, claim, verdict, mean, low, high, seeds, ..."""
    lessons = sorted(LESSONS.glob("[0-9]*.ipynb")) if notebooks is None else notebooks
    stored = [
        output["data"][VERDICT]
        for lesson in lessons
        for cell in json.loads(Path(lesson).read_text(encoding="utf-8"))["cells"]
        for output in cell.get("outputs", [])
        if VERDICT in output.get("data", {})
    ]
    return pd.DataFrame(stored)


def as_markdown(table: pd.DataFrame) -> str:
    """A small table as Markdown, its index as the first column; numbers with two digits, gaps left empty."""
    cell = lambda value: "" if pd.isna(value) else f"{value:.2f}" if isinstance(value, float) else str(value)
    rows = [["", *table.columns], ["---"] * (len(table.columns) + 1)]
    rows += [[name, *map(cell, values)] for name, values in zip(table.index, table.to_numpy(), strict=True)]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)
