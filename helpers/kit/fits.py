"""What fits together in a long run: the options of the command, and the parts of one table."""

from collections.abc import Sequence

import pandas as pd

from helpers.checked import texts
from helpers.kit.tables import kinds


class Unfit(ValueError):
    """What does not go together, or not without losing something; the error says what to do."""


def refuse_together(*, only: Sequence[str], anew: bool, adopt: bool, so_far: bool) -> None:
    """Refuse options of the runner that make no sense together, while everything still stands."""
    if any(not text.strip() for text in texts(only, "only")):
        raise Unfit("--only takes a text out of a part's name; an empty one is in every name")
    if so_far and (anew or only):
        other = "--anew" if anew else "--only"
        raise Unfit(
            f"--so-far runs nothing and joins all that is finished, {other} says what to run: choose one"
        )
    if anew and adopt:
        raise Unfit("--adopt takes the stored table's parts as finished, --anew runs them again: choose one")


def stacked(name: str, found: Sequence[tuple]) -> pd.DataFrame:
    """One table of all parts: pairs of a part and what was kept of it.

    Raises Unfit where parts have not the same columns, or numbers in one and texts in another: gaps are no results.
    """
    frames = [pd.DataFrame({**part.columns, **one["tables"][name]}) for part, one in found]
    every = list(dict.fromkeys(column for frame in frames for column in frame))
    for (part, _), frame in zip(found, frames, strict=True):
        if lacking := [column for column in every if column not in frame]:
            raise Unfit(
                f"{part.name} has no column {', '.join(map(repr, lacking))} and other parts have: run it again, "
                f"--anew --only '{part.name}', or run the others again"
            )
    table = pd.concat(frames, ignore_index=True)
    try:
        kinds(table)
    except ValueError as error:
        raise Unfit(f"its parts do not fit together: {error}") from error
    return table


def unlike(groups: Sequence[dict]) -> str:
    """In what the programs that made the parts differ, "commit a, b; torch 2.11, 2.12"; "" if in nothing.

    groups: those of a table's note, each with `by`: who made its parts.
    """
    facts = {"commit": [group["by"]["commit"] for group in groups]}
    packed = [versions if isinstance(versions := group["by"]["versions"], dict) else {} for group in groups]
    for package in sorted({name for versions in packed for name in versions}):
        facts[package] = [versions.get(package, "unknown") for versions in packed]
    several = {fact: sorted(set(map(str, values))) for fact, values in facts.items()}
    return "; ".join(f"{fact} {', '.join(values)}" for fact, values in several.items() if len(values) > 1)
