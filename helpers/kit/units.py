"""What a unit says about numbers: whether they are shares or chances, of which 90 is no value but 90 per cent."""

import re

SHARES = re.compile(
    r"\b(shares?|probabilit(y|ies)|chances?|fractions?|proportions?|accurac(y|ies)|p|(win|success|hit|error) rates?)\b"
)
OTHERS = re.compile(r"\b(log\w*|ln|nats?|bits?|odds)\b")  # of a share: it is none any more
HUNDREDTHS = re.compile(r"%|per ?cent|hundred|(to|-|–|/|out of) ?100\b")
IN_A_HUNDRED = re.compile(r"(%|\bper ?cent|\b(in|of|out of) (a |one )?(hundred|100))$")  # 5 % of them are 5
HEAD = re.compile(r"\b(of|to|in|per|for|with|over|above|below|than|until|from|that)\b|[,;:(]")  # what ends it


def is_share(unit: str) -> bool:
    """Whether a unit is that of shares or chances from 0 to 1, or of differences of two: "win share", "accuracy"."""
    head = HEAD.split(unit.lower(), maxsplit=1)[0]
    return bool(SHARES.search(head)) and not OTHERS.search(head) and not HUNDREDTHS.search(unit.lower())


def of_percent(value: float, unit: str) -> float:
    """What a number with a sign of percent is in a unit: 5 % are 0.05 as a share, and 5 of walks in a hundred.

    Raises ValueError with a sentence for a unit in which nothing is said in percent: nats, times.
    """
    if IN_A_HUNDRED.search(unit.lower()):
        return value
    if is_share(unit):
        return value / 100
    raise ValueError(f"this is a number in {unit}, without %.")


def per_cent(value: float) -> str:
    """What to write for a share that was given in per cent, as the end of a sentence; "" if it was not."""
    return f" (for {value:g} % write {value / 100:g})" if 1 < abs(value) <= 100 else ""
