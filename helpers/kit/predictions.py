"""Keep what a learner predicted before a result was shown, in a plain local file, and set it beside the result.

The file is predictions.jsonl in the course's folder, or the one that INNER_ALIGNMENT_PREDICTIONS names.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

COURSE = Path(__file__).resolve().parents[2]
FILE = Path(os.environ.get("INNER_ALIGNMENT_PREDICTIONS") or COURSE / "predictions.jsonl")


def predict(
    name: str, guesses: Mapping[str, object], *, confidence: float | None = None, within: float = 0.1
) -> None:
    """Store numbers under a name such as "00.a". Guesses left at None are not stored, and nothing is said about them.

    confidence: the chance, from 0 to 1, that you give each of your numbers to lie `within` the measured one.
    Predicting again replaces the earlier numbers.
    Raises ValueError if a guess is not a number or the confidence is out of range.
    """
    made = {key: guess for key, guess in guesses.items() if guess is not None}
    for key, guess in made.items():
        if not isinstance(guess, int | float):
            raise ValueError(f"a prediction is a number: {key!r} got {guess!r}")
    if confidence is not None and not 0 <= confidence <= 1:
        raise ValueError(f"confidence is a number from 0 to 1: got {confidence}")
    if made:
        row = {"name": name, "guesses": made, "confidence": confidence, "within": within}
        rows = [*(other for other in _rows() if other["name"] != name), row]
        scratch = FILE.with_suffix(".part")
        scratch.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        scratch.replace(FILE)
        print(f"Kept in {FILE.name}.")


def beside(name: str | None, results: Mapping[str, float]) -> pd.DataFrame:
    """The results as a table; under a name that has predictions, with your numbers and whether they held."""
    made = next((row for row in _rows() if row["name"] == name), None)
    table = pd.DataFrame({"measured": pd.Series(results, dtype=float)})
    if made:
        table.insert(0, "you predicted", pd.Series(made["guesses"], dtype=float))
        near = (table["you predicted"] - table.measured).abs() <= made["within"]
        table[f"within {made['within']:g}"] = near.map({True: "yes", False: "no"})
        table.loc[table["you predicted"].isna(), table.columns[-1]] = ""
        if made["confidence"] is not None:
            table["your confidence"] = made["confidence"]
    return table


def _rows():
    if not FILE.exists():
        return []
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines() if line.strip()]
