"""How many of so many: the interval of a share that was counted, seed by seed, yes or no."""

from math import sqrt

from helpers.checked import whole


def wilson(count: int, of: int, *, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's interval of a share, from a count: all shares that are at most `z` of their own standard errors away.

    It has a width where all or none were counted, too, and never runs past 0 or 1. scipy has it as well, by this name.
    Raises ValueError for more than there are, and for a count of none.
    """
    of, count = whole(of, "of", least=1), whole(count, "count", least=0)
    if count > of:
        raise ValueError(f"no more are counted than there are: got {count} of {of}")
    share, room = count / of, z**2 / of
    middle = (share + room / 2) / (1 + room)
    half = z * sqrt(share * (1 - share) / of + room / (4 * of)) / (1 + room)
    return max(0.0, middle - half), min(1.0, middle + half)


def chance_of_share(share: float, of: int, truth: float) -> float:
    """How often a true share would give a counted one as far away, to either side: below 0.05 outside of `wilson`."""
    from scipy import stats

    return float(2 * stats.norm.sf(abs(share - truth) / sqrt(truth * (1 - truth) / of)))
