"""Which rule of the course is measured by what runs for a learner's own rule, and whether that one is like it."""

from collections.abc import Callable
from inspect import signature, unwrap
from types import CodeType, FunctionType, ModuleType

from helpers.kit.outcomes import opened, read_by
from helpers.kit.rules import Rule, rule

_runners = {}  # a rule of the course -> what measures it in a setting of one's own, "must_hold.lies_in"


def measures(name: str) -> Callable[[Callable], Callable]:
    """Marks a function `(seeds, ...) -> values, gates` by the rule of the course whose measure it computes."""

    def marked(run):
        run.measures = name
        if "<locals>" not in run.__qualname__:
            _runners[name] = f"{run.__module__.rpartition('.')[2]}.{run.__qualname__}"
        return run

    return marked


def measuring(run: Callable) -> list[FunctionType]:
    """The functions by which what runs measures rules of the course, itself or through what it reads.

    That is told by marks on functions of the course, without running anything.
    """
    read = [run, *(again() for again, _ in read_by(run).values())]
    read = [opened(one)[0] for one in read]
    own = [one for one in read if isinstance(one, FunctionType)]
    named = {name for one in own for name in _names(one.__code__)}
    modules = [vars(one) for one in read if isinstance(one, ModuleType)]
    inside = [there[name] for there in modules for name in named & {*there}]
    return [one for one in [*own, *inside] if isinstance(one, FunctionType) and vars(one).get("measures")]


def measured_by(run: Callable) -> tuple[str, ...]:
    """The rules of the course that are measured by what runs: see `measuring`."""
    return tuple(dict.fromkeys(one.measures for one in measuring(run)))


def asks_for_a_rule(run: Callable) -> bool:
    """Whether what runs measures by a function whose gates ask for what matters to `mine`, the rule that is judged."""
    inner = [unwrap(one) for one in measuring(run)]
    return any("mine" in {*signature(one).parameters, *one.__code__.co_freevars} for one in inner)


def must_be_like(mine: Rule, run: Callable) -> None:
    """Raises ValueError where what runs measures another rule of the course than the one that `mine` is like."""
    known = measured_by(run)
    if not known or mine.like in known:
        return
    other = _runners.get(mine.like)
    how = f"run `{other}` for {mine.like}" if other else f"write a function of your own for {mine.like}"
    raise ValueError(
        f'{mine.name} is like "{mine.like}", and what runs for it measures {known[0]}: {rule(known[0]).measure}. '
        f'Write like="{known[0]}", and says, measure and unit that fit it, or {how}. Nothing was run; no seed was seen'
    )


def _names(code: CodeType) -> set[str]:
    """All names of attributes and of globals in code, and in the functions that it makes."""
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    return {*code.co_names}.union(*(_names(one) for one in inner))
