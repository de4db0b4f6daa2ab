"""Keep what a learner predicted before a result was shown, in a plain local file, and set it beside the result."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

FILE = Path(__file__).resolve().parent.parent / "predictions.jsonl"


def predict(name: str, guesses: Mapping[str, object], *, confidence: float | None = None) -> None:
    """Store numbers under a name such as "00.a". Guesses left at None are not stored, and nothing is said about them.

    confidence: how sure you are, from 0 to 1. Predicting again replaces the earlier numbers.
    Raises ValueError if a guess is not a number or the confidence is out of range.
    """
    made = {key: guess for key, guess in guesses.items() if guess is not None}
    for key, guess in made.items():
        if not isinstance(guess, int | float):
            raise ValueError(f"a prediction is a number: {key!r} got {guess!r}")
    if confidence is not None and not 0 <= confidence <= 1:
        raise ValueError(f"confidence is a number from 0 to 1: got {confidence}")
    if made:
        others = [row for row in _rows() if row["name"] != name]
        rows = [*others, {"name": name, "guesses": made, "confidence": confidence}]
        scratch = FILE.with_suffix(".part")
        scratch.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        scratch.replace(FILE)
        print(f"Kept in {FILE.name}.")


def beside(name: str, results: Mapping[str, float]) -> pd.DataFrame:
    """The results as a table, with the column `you predicted` if there are predictions under this name."""
    guesses = next((row["guesses"] for row in _rows() if row["name"] == name), {})
    table = pd.DataFrame({"measured": pd.Series(results, dtype=float)})
    if guesses:
        table.insert(0, "you predicted", pd.Series(guesses, dtype=float))
    return table.round(2)


def _rows():
    if not FILE.exists():
        return []
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines() if line.strip()]
