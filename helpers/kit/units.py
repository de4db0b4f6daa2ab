"""What a unit says about numbers: whether they are shares or chances, of which 90 is no value but 90 per cent."""

import re

SHARES = re.compile(
    r"\b(shares?|probabilit(y|ies)|chances?|fractions?|proportions?|accurac(y|ies)|p|(win|success|hit|error) rates?)\b"
)
OTHERS = re.compile(r"\b(log\w*|ln|nats?|bits?|odds)\b")  # of a share: it is none any more
HUNDREDTHS = re.compile(r"%|per ?cent|hundred|(to|-|–|/|out of) ?100\b")
HEAD = re.compile(r"\b(of|to|in|per|for|with|over|above|below|than|until|from|that)\b|[,;:(]")  # what ends it


def is_share(unit: str) -> bool:
    """Whether a unit is that of shares or chances from 0 to 1, or of differences of two: "win share", "accuracy"."""
    head = HEAD.split(unit.lower(), maxsplit=1)[0]
    return bool(SHARES.search(head)) and not OTHERS.search(head) and not HUNDREDTHS.search(unit.lower())


def per_cent(value: float) -> str:
    """What to write for a share that was given in per cent, as the end of a sentence; "" if it was not."""
    return f" (for {value:g} % write {value / 100:g})" if 1 < abs(value) <= 100 else ""
