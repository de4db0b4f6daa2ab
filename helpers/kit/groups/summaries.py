"""Lines of a typed table that are no person: means, sums and deviations, in whatever language, and what has no name."""

import math
import re
import statistics
from collections.abc import Mapping, Sequence

from helpers.kit.groups.spelling import folded, is_name
from helpers.kit.groups.typed import Line

# What people write below the members, in some of their languages, as `folded` has it: the first word tells.
WORDS = {
    *"mean means average averages avg median medians total totals sum sums std stdev stddev sd sem".split()
}
WORDS |= {*"variance count range spread deviation mittel mittelwert durchschnitt summe gesamt".split()}
WORDS |= {
    *"standardabweichung moyenne mediane media mediana promedio somme suma ecart desviacion mw \u00f8".split()
}
WORDS |= {
    *"anzahl mode modus percentile quartile result results measured actual outcome ergebnis example".split()
}
DOUBTFUL = {
    *"min minimum maximum n group class all diff difference change".split()
}  # a person's, too, at times
ENDS = {"min": min, "max": max, "minimum": min, "maximum": max}  # Max is a name, too
ENOUGH = 4  # numbers that are all the mean of their columns are no chance
WIDE = 4  # times the rounding: of numbers closer together almost any is their mean
STATISTICS = (statistics.fmean, statistics.median, math.fsum, statistics.stdev, statistics.pstdev, len)


def without_summaries(
    tables: Sequence[Sequence[Line]], came_out: Mapping[str, float] = {}
) -> tuple[list[list[Line]], list[str]]:
    """(the lines of each table that are a person's, a sentence for each one that was left out).

    came_out: heading -> result of the lesson, where one is known: a line of these is no person's guesses.
    A line is no person's by its word; where each of its numbers is, to rounding, one and the same statistic of the
    lines above it or below it, and nobody else has its name; and where it has no name and others of its table have one.
    """
    results = [{at for at, line in enumerate(lines) if _is_result(line, came_out)} for lines in tables]
    dropped = [
        {*_by_word(lines), *_by_numbers(lines), *known} for lines, known in zip(tables, results, strict=True)
    ]
    people = {
        folded(line.who)
        for lines, out in zip(tables, dropped, strict=True)
        for at, line in enumerate(lines)
        if at not in out and is_name(line.who)
    }
    kept, faults = [], []
    for lines, out in zip(tables, dropped, strict=True):
        out -= {at for at in out if folded(lines[at].who) in people}
        rest = [line for at, line in enumerate(lines) if at not in out]
        faults += [f"{_told(lines[at])}, is no member: left out." for at in sorted(out)]
        if any(is_name(line.who) for line in rest):
            faults += [
                f"{line.where.capitalize()} has no name, and others have one: left out."
                for line in rest
                if not line.who
            ]
            rest = [line for line in rest if line.who]
        named = [line for line in rest if is_name(line.who)]
        if len(named) == 1 and len(rest) > 2:
            faults.append(f"{_told(named[0])}, is counted as a member, among numbers: is it one?")
        faults += [
            f"{_told(line)}, is counted as a member: is it one? If not, take its line out."
            for line in rest
            if _is_doubtful(line, rest)
        ]
        kept.append(rest)
    return kept, faults


def _told(line):
    return f"{line.where.capitalize()}, {line.who!r}" if line.who else line.where.capitalize()


def _by_word(lines):
    """The places of lines whose first word is that of a summary."""
    return {at for at, line in enumerate(lines) if (_word(line) or " ") in WORDS}


def _word(line):
    return next(iter(re.findall(r"[^\W\d_]+", folded(line.who))), "")


def _is_doubtful(line, others):
    """Whether a line's whole name is what people call a summary, too; a letter is none among letters."""
    name = folded(line.who)
    letters = [len(folded(one.who)) == 1 for one in others if one is not line]
    if "%" in name or re.fullmatch(r"q\W*\d", name):
        return True
    return name.strip(" =") in DOUBTFUL and not (len(name) == 1 and any(letters))


def _by_numbers(lines):
    """The places of lines that are a statistic of those above, of those since the last one, or of those below."""
    out = set()
    for places in (range(len(lines)), range(len(lines) - 1, -1, -1)):
        before, since = [], []
        for at in places:
            if at in out or at in _by_word(lines):
                out, since = out | {at}, []
            elif any(_is_statistic(lines[at], others) for others in (before, since)):
                out, since = out | {at}, []
            else:
                before, since = [*before, lines[at]], [*since, lines[at]]
    return out


def _is_statistic(line, others):
    """Whether each number of a line is the same statistic of others' lines, and that can be no chance."""
    if len(others) < 2:
        return False
    if _word(line) in ENDS and _fits(line, others, ENDS[_word(line)], 1):
        return True
    if any(_same(line, one) for one in others):
        return False
    return any(_fits(line, others, measure, ENOUGH) for measure in STATISTICS)


def _is_result(line, came_out):
    """Whether all numbers of a line are, to rounding, what came out."""
    return len(line.cells) >= ENOUGH and all(
        heading in came_out and abs(came_out[heading] - value) <= off + 1e-9
        for heading, (value, off) in line.cells.items()
    )


def _same(line, one):
    return {name: value for name, (value, _) in line.cells.items()} == {
        name: value for name, (value, _) in one.cells.items()
    }


def _fits(line, others, measure, enough):
    """Whether all numbers of a line are this statistic, `enough` of them of columns that are wide beside rounding."""
    told = 0
    for heading, (value, off) in line.cells.items():
        known = [one.cells[heading][0] for one in others if heading in one.cells]
        if len(known) < 2 or abs(measure(known) - value) > off + 1e-9:
            return False
        told += max(known) - min(known) > WIDE * off
    return told >= enough
