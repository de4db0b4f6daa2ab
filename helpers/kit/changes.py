"""What a statement of a notebook has changed, as far as looking before it and after it can tell.

A thing that is known by what it holds is compared with what it held. Of an object of a library it is looked at what it
has under names of its own, or at the state that it tells of; of one that hides it, as iterators do, every use counts.
"""

import ast
import collections.abc
import contextlib
import functools
import re
import sys
import types
from collections.abc import Callable, Iterable, Mapping, Set

import numpy as np

from helpers.kit.frames import Finished
from helpers.kit.made_of import SHELL, Before, digest
from helpers.kit.marks import FIXED, Told, with_held
from helpers.kit.reached import reached
from helpers.kit.statements import Statement, root_of

SHELLS = re.compile(r"_(oh|dh|ih|i+|i?\d+)")  # what IPython keeps for itself
CALLED = (types.FunctionType, types.MethodType, types.BuiltinFunctionType, functools.partial)
MANY = 100  # so many things in another one are looked at
UNKNOWN = None  # the state of what does not tell it
STATES = "state_dict get_state getstate".split()  # how optimizers and generators tell where they stand
STAY = ("matplotlib.", "pandas.")  # whose objects stay as they are, or are seen by what they hold


def is_shells(name: str) -> bool:
    """Whether a name is one that IPython itself sets."""
    return name in SHELL or SHELLS.fullmatch(name) is not None


def hidden(value) -> str | None:
    """The state of a value that its own text does not tell, as a text; UNKNOWN where it does not tell it at all."""
    own = inside(value)[:MANY]
    found = [_hidden(one) for one in [*with_held(value), *own][:MANY]]
    if isinstance(value, CALLED):
        found += [Told(one).text for one in own if not callable(one)]
    return UNKNOWN if UNKNOWN in found else " ".join(filter(None, found))


def inside(value) -> list:
    """What a tuple, an object of a class of the notebook, a function of it, or a method has in it."""
    if isinstance(value, tuple):
        return [*value]
    if isinstance(value, functools.partial):
        return [*value.args, *value.keywords.values()]
    if isinstance(value, types.MethodType | types.BuiltinFunctionType):
        return [value.__self__] if not isinstance(value.__self__, types.ModuleType) else []
    own = (value if isinstance(value, types.FunctionType) else type(value)).__module__ == "__main__"
    if not own or isinstance(value, type):
        return []
    if isinstance(value, types.FunctionType):
        cells = [one.cell_contents for one in value.__closure__ or () if one != types.CellType()]
        return [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values(), *cells]
    return [*object.__getattribute__(value, "__dict__").values()] if type(value).__dictoffset__ else []


def _hidden(value):
    kind, torch = type(value), sys.modules.get("torch")
    if isinstance(value, (*FIXED, types.ModuleType, type, types.FunctionType, types.MethodType)):
        return ""
    if isinstance(value, collections.abc.Iterator):
        return UNKNOWN
    if torch and isinstance(value, torch.nn.Module | torch.Tensor):
        every = value.parameters() if isinstance(value, torch.nn.Module) else [value]
        modes = [one.training for one in value.modules()] if isinstance(value, torch.nn.Module) else ""
        return f"{modes} {[Told(one.grad).text for one in every if one.is_leaf and one.grad is not None]}"
    if kind.__module__.startswith("helpers."):
        return "" if isinstance(value, Finished) else _attributes(value)
    known = kind.__module__ in ("builtins", "__main__", "numpy") or f"{kind.__module__}.".startswith(STAY)
    if known or Told(value).whole:
        return ""
    with contextlib.suppress(Exception):  # whatever a library does where it is asked for its state
        if isinstance(value, np.random.Generator):
            return str(value.bit_generator.state)
        for name in STATES:
            if name in dir(kind):
                return Told(_plain(getattr(value, name)())).text
        if vars(value):
            return Told(vars(value)).text
    return "" if kind.__hash__ not in (None, object.__hash__) else UNKNOWN


def _attributes(value):
    """What an object has under names of its own, but for what it makes when that is read."""
    kept = lambda name: isinstance(getattr(type(value), name, None), functools.cached_property)
    return Told({name: one for name, one in getattr(value, "__dict__", {}).items() if not kept(name)}).text


def _plain(state):
    """A state without the object in which it comes."""
    return dict(state) if isinstance(state, Mapping) else state


def made_by(statement: Statement, before: Before | None, sets: Set[str], read: Set[str], values) -> set[str]:
    """The names among those that it sets which a statement has made anew, without what they had before it.

    read: all that it has read, by its functions, too.
    """
    if before is None:
        return {*sets}
    bound = (statement.sets - statement.changed) | {
        name for name in sets if values.get(name) is not before.values.get(name)
    }
    of = lambda name: statement.reads if callable(values.get(name)) and statement.later else read
    fresh = lambda name: name in statement.ready or name not in of(name)
    return {name for name in bound & sets if fresh(name) or name not in before.values}


def seen(
    name: str,
    before: Before,
    looks: Mapping[str, str],
    state: str | None,
    values,
    tell: Callable[[str], Told],
) -> bool:
    """Whether a name's thing is another one than before a statement, or may be.

    looks, state: how things looked before it, and the hidden state of this one.
    """
    then, now = before.values.get(name), values.get(name)
    if then is now:
        if _stays(now) and not isinstance(now, types.FunctionType | type):
            return False
        new = hidden(now)
        return new is UNKNOWN or new != state or looks.get(name) != tell(name).text
    old = Told(then)
    return not (old.whole or name in looks) or looks.get(name, old.text) != tell(name).text


def may_use(statement: Statement, name: str, value) -> bool:
    """Whether a statement may change a thing that hides its state: by a method of it, or by going through it."""
    if isinstance(value, collections.abc.Iterator):
        return True
    called = (one.func for one in ast.walk(ast.parse(statement.source)) if isinstance(one, ast.Call))
    return any(isinstance(one, ast.Attribute) and root_of(one) == name for one in called)


def _stays(value) -> bool:
    """Whether nobody changes it in place."""
    return isinstance(value, (*FIXED, types.ModuleType, type, types.FunctionType)) and not isinstance(
        value, tuple
    )


def writes(statement: Statement, name: str, value, origins) -> tuple[bool, str]:
    """Whether a statement only writes whole entries of a name's thing; the one place that it writes, if it is one.

    Neither where it reads what was there, by a function, too: then it may write something else when it runs again. The
    place stands with the marks of the names in it.
    """
    (node,) = ast.parse(statement.source).body
    mentions = _mentions(node, name)
    if type(value) is dict and mentions and len(_filled(node, name, origins.values)) == mentions:
        return True, ""
    functions = reached((statement.reads | statement.later) - {name}, origins.of)
    entries = _entries(node, name, value)
    if name in functions or not entries or len(entries) != mentions:
        return False, ""
    return True, _place(node, entries[0], origins.mark) if len(entries) == 1 else ""


def _entries(node, name, value) -> list[ast.expr]:
    """Where a statement writes whole entries of a name's thing."""
    every = [*ast.walk(node)]
    found = [target for one in every if isinstance(one, ast.Assign) for target in one.targets]
    found = [one for one in found if isinstance(one, ast.Subscript | ast.Attribute) and _is(one.value, name)]
    found = [one for one in found if isinstance(one, ast.Attribute) or _is_entry(one.slice)]
    if type(value) is dict:  # a counter adds up
        found += [one.target for one in every if isinstance(one, ast.AugAssign) and _is(one.target, name)]
        called = [one.func for one in every if isinstance(one, ast.Call)]
        found += [
            one
            for one in called
            if isinstance(one, ast.Attribute) and one.attr == "update" and _is(one.value, name)
        ]
    return found


def _filled(node, name, values) -> list[ast.expr]:
    """Where a thing is handed to functions of the course, which fill a dict with what they make, and add to none."""
    called = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
    ours = [one for one in called if _room(values.get(root_of(one.func))).startswith("helpers.")]
    handed = [arg for one in ours for arg in [*one.args, *(key.value for key in one.keywords)]]
    return [one for one in handed if _is(one, name)]


def _room(function) -> str:
    """The module that a function comes from, or that a module is; "" of anything else."""
    known = {types.ModuleType: "__name__", types.FunctionType: "__module__"}
    return str(getattr(function, known[type(function)])) if type(function) in known else ""


def _is_entry(key) -> bool:
    return not any(isinstance(one, ast.Slice) for one in ast.walk(key)) or ast.unparse(key) == ":"


def _place(node, entry, mark) -> str:
    """A place that an assignment writes, as a text; "" where it cannot be told."""
    if not isinstance(node, ast.Assign) or node.targets != [entry]:
        return ""
    if isinstance(entry, ast.Attribute):
        return f".{entry.attr}"
    if isinstance(entry.slice, ast.Constant):
        return f"[{entry.slice.value!r}]"
    if isinstance(entry.slice, ast.Name):
        return f"{entry.slice.id} {mark(entry.slice.id)}"
    return ":" if ast.unparse(entry.slice) == ":" else ""


def _mentions(node, name) -> int:
    return sum(isinstance(one, ast.Name) and one.id == name for one in ast.walk(node))


def _is(node, name) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def inputs(names: Iterable[str], mark) -> str:
    """A mark of what a statement has read."""
    return digest([(name, mark(name)) for name in sorted(names)])
