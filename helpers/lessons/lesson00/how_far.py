"""How far lesson 00's numbers moved between ways of computing the same: a table, and what it means for the verdict.

The page "Why does my run differ?" reads with it what the long runs `machines` and `versions` made.
"""

import pandas as pd

from helpers.kit import rule
from helpers.kit.intervals import Interval

ARMS = ["SFT", "RL"]
SFT_MOST, RL_MOST, MEAN, WORD = (
    "SFT: a seed moved by at most",
    "RL: a seed moved by at most",
    "SFT less RL: the mean moved by",
    "word",
)


def moves(table: pd.DataFrame) -> pd.DataFrame:
    """How far the numbers of each way lie from those of the first, a row a way, the first included.

    table: the columns way, seed, SFT, RL: shares of episodes. The columns of what is returned: by how much a seed of
    each arm moved at most, by how much the mean of SFT less RL moved, and the word of 00.C8 for these seeds. For so few
    its gates are not looked at.
    Raises ValueError where a way has not the seeds of the first, in their order.
    """
    ways = {way: table[table.way == way].set_index("seed")[ARMS] for way in table.way.unique()}
    first, rows = next(iter(ways.values())), {}
    for way, one in ways.items():
        if list(one.index) != list(first.index):
            raise ValueError(f"{way!r} has not the seeds of the first way")
        off = one - first
        rows[way] = {
            SFT_MOST: off.SFT.abs().max(),
            RL_MOST: off.RL.abs().max(),
            MEAN: abs((off.SFT - off.RL).mean()),
            WORD: _word(one),
        }
    return pd.DataFrame(rows).T.rename_axis("way")


def meaning(table: pd.DataFrame) -> str:
    """What each way but the first means for the verdict, as a list, a sentence a way. See `moves`."""
    found = moves(table)
    first = found.index[0]
    return "\n".join(
        f"- *{way}*: {_meaning(row, found.loc[first, WORD], _gap(table[table.way == first]))}"
        for way, row in found.drop(first).iterrows()
    )


def as_shown(found: pd.DataFrame) -> pd.DataFrame:
    """What `moves` returns, with two digits of each number: "1.3e-07"; 0 is no difference at all."""
    numbers = found.drop(columns=WORD).map("{:.2g}".format)
    return numbers.assign(**{WORD: found[WORD]})


def beside_earlier(one: pd.DataFrame, earlier: pd.DataFrame, digits: int) -> str:
    """How far one way lies from an earlier run of the same seeds, in a sentence.

    one: the columns seed, SFT, RL. earlier: seed and value, SFT less RL, kept to so many digits.
    Raises ValueError where a seed of `one` is not in `earlier`.
    """
    now, then = one.set_index("seed"), earlier.set_index("seed").value
    if missing := set(now.index) - set(then.index):
        raise ValueError(f"the earlier run has no seeds {sorted(missing)}")
    most = (now.SFT - now.RL - then[now.index]).abs().max()
    rounding = 0.5 * 10**-digits
    size = "no more" if most < rounding + 1e-9 else "MORE"
    return (
        f"The largest difference of a seed's SFT less RL is {most:.1g}: {size} than rounding explains, since the "
        f"earlier run kept {digits} digits ({rounding:.1g} to either side)."
    )


def _meaning(row, word, gap):
    """One way: row of `moves`; the word and the interval of the first way."""
    most, by, half = max(row[SFT_MOST], row[RL_MOST]), rule("00.C8"), (gap.high - gap.low) / 2
    if most == 0:
        return "every number is the same in all digits that were kept, so no word can change."
    size = (
        f"a seed moved by {most:.1g} at most and the mean by {row[MEAN]:.1g}. That is {row[MEAN] / by.matters:.1g} of "
        f"what matters to the rule ({by.matters:g}), and {row[MEAN] / half:.1g} of how far the interval over these "
        f"{gap.seeds} seeds reaches to either side ({half:.2f})"
    )
    return (
        f"{size}; the word "
        + ("stays" if row[WORD] == word else f"is another: not {word} but")
        + f" {row[WORD]}."
    )


def _gap(one):
    return Interval.of((one.SFT - one.RL).to_numpy())


def _word(one):
    return rule("00.C8").word(_gap(one))
