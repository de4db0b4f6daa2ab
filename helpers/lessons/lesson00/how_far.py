"""How far lesson 00's numbers moved between ways of computing the same: a table, and what it means for the verdict.

Read by the page "Why does my run differ?", from what `machines` and the runner made.
"""

import pandas as pd

from helpers.checked import one_of
from helpers.kit import rule
from helpers.kit.intervals import Interval

ARMS = ["SFT", "RL"]


def moves(table: pd.DataFrame, first: str | None = None) -> pd.DataFrame:
    """How far numbers moved from those of the first way: a row for each other way.

    table: the columns way, seed, SFT, RL. first: the way beside which the others are set; that of the first row if none
    is named. The columns: by how much a seed of each arm moved at most, by how much the mean of SFT less RL moved, and
    the word of 00.C8 for these seeds (its gates are not looked at).
    Raises ValueError where a way has not the seeds of the first.
    """
    ways = dict(list(table.set_index("seed").groupby("way", sort=False)))
    first = one_of(first or next(iter(ways)), ways, "a way")
    rows = {}
    for way, one in ways.items():
        if list(one.index) != list(ways[first].index):
            raise ValueError(f"{way!r} and {first!r} are not of the same seeds")
        off = one[ARMS] - ways[first][ARMS]
        gap = one.SFT - one.RL
        rows[way] = {
            "a seed of SFT, at most": off.SFT.abs().max(),
            "a seed of RL, at most": off.RL.abs().max(),
            "mean of SFT less RL": abs(off.SFT.mean() - off.RL.mean()),
            "word": rule("00.C8").word(Interval.of(gap)),
        }
    return pd.DataFrame(rows).T.rename_axis("way")


def meaning(table: pd.DataFrame, first: str | None = None) -> str:
    """What each way means for the verdict, a sentence each, as a list. See `moves`."""
    found, by = moves(table, first), rule("00.C8")
    first = first or found.index[0]
    one = table[table.way == first]
    scatter = Interval.of(one.SFT - one.RL)
    half = (scatter.high - scatter.low) / 2
    lines = []
    for way, row in found.drop(first).iterrows():
        most = max(row.iloc[0], row.iloc[1])
        if most == 0:
            lines.append(
                f"- *{way}*: every number is the same in all digits that were kept, so no word can change."
            )
            continue
        mean = row.iloc[2]
        same = row.word == found.word[first]
        word = f"the word stays {row.word}" if same else f"THE WORD IS {row.word}, not {found.word[first]}"
        lines.append(
            f"- *{way}*: a seed moved by {most:.1g} at most and the mean by {mean:.1g}, which is {mean / by.matters:.1g} "
            f"of what matters to the rule ({by.matters:g}) and {mean / half:.1g} of how far the interval over these "
            f"{scatter.seeds} seeds reaches to either side ({half:.2f}): {word}."
        )
    return "\n".join(lines)
