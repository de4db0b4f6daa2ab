"""A multiverse whose answer is known, for the tests: what each setting says was put in."""

import numpy as np
import pandas as pd

from helpers.kit.rules import Rule

RULE = Rule("00.C0", "C8", "It is so.", "a number that was made", "apples", 0.1, "a tenth is a bite")
WORDS = {  # setting -> the mean and the width that were put in, and the word that must come out
    "as in the lesson": (0.5, 0.02, "SUPPORTS"),
    "learning rate / 3": (0.3, 0.02, "SUPPORTS"),
    "entropy bonus": (-0.4, 0.02, "OPPOSITE"),
    "larger net": (0.0, 0.02, "NO RELEVANT DIFFERENCE"),
    "few episodes": (0.1, 0.5, "INCONCLUSIVE"),
    "no steps": (0.6, 0.02, "NOT VALID"),
}
WHY = "moved: RL has not moved"


def again(seeds, mean=0.5, width=0.02, valid=1):
    """One setting: values around a mean, valid or not."""
    values = mean + width * np.linspace(-1, 1, len(seeds))
    rows = pd.DataFrame({"rule": RULE.name, "seed": list(seeds), "value": values})
    return rows.assign(valid=valid, why="" if valid else WHY)


SETTINGS = [
    {"setting": name}
    if name == "as in the lesson"
    else {"setting": name, "mean": mean, "width": width, "valid": int(word != "NOT VALID")}
    for name, (mean, width, word) in WORDS.items()
]


def made() -> pd.DataFrame:
    """The table that the runner makes of these settings."""
    parts = [
        again(range(32), **{key: value for key, value in one.items() if key != "setting"}).assign(
            setting=one["setting"]
        )
        for one in SETTINGS
    ]
    return pd.concat(parts, ignore_index=True)
