"""The statements of a cell as Python reads them: which names each sets, reads, and changes in place."""

import ast
import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from helpers.kit.reads import FUNCTIONS, names_of, parts_of, read_first

GROWS = "add append clear discard extend insert pop popitem remove reverse setdefault sort update".split()
HANDED, SEEDS = "what it is handed", "a seed"
SETTERS = "manual_seed manual_seed_all seed seed_all seed_everything set_rng_state set_seed set_state setstate".split()


@dataclass(frozen=True)
class Statement:
    """A statement of a cell: the names that it sets or changes in place, and those that it reads.

    later:   names that are read only when a function which it makes is called.
    fresh:   what it sets and neither reads nor changes in place.
    perhaps: what it may end without having set, as an `if`, a loop, a `try` or a `with` may.
    ready:   what it reads, and has always set itself before.
    changed: what it changes in place itself.
    turns:   what a function which it makes changes when it is called, among it `HANDED`, and `SEEDS` if it sets one.
    decorated: whether a function or a class that it makes is handed to others at once, which may put it somewhere.
    seeds:   whether it sets a seed itself, by `torch.manual_seed(0)` or a call that is named so.
    seeded:  the names of what it sets a seed of, `torch` or a generator of one's own.
    moved:   where it only exchanges names, as `a, b = b, a` does, whose thing each has then.
    holds:   names whose things it only puts into a list, a tuple or a dict that it makes, as `{"kept": more}` does:
             what changes one of them in place later changes it there, too.
    place:   the one place that it writes, `run`, `runs["SFT"]` or `runs[arm]`: its name, the text after it, and further
             names in it. None for any other statement.
    """

    source: str
    sets: frozenset[str]
    reads: frozenset[str]
    later: frozenset[str]
    fresh: frozenset[str]
    perhaps: frozenset[str]
    ready: frozenset[str]
    changed: frozenset[str]
    turns: frozenset[str]
    place: tuple[str, str, tuple[str, ...]] | None
    defines: bool
    decorated: bool
    seeds: bool
    seeded: frozenset[str]
    moved: Mapping[str, str]
    holds: frozenset[str]

    @property
    def runs(self) -> frozenset[str]:
        """The names of what may run as it runs, and change something: of a definition, what decorates it."""
        if not self.defines:
            return self.reads | self.later
        return self.reads if self.decorated else frozenset()


def statements(source: str | ast.Module) -> list[Statement]:
    """The statements of a cell; none where it is no Python."""
    try:
        return [_statement(node) for node in (ast.parse(source) if isinstance(source, str) else source).body]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _statement(node):
    sets, reads, later = names_of(node)
    changed, walrus = (
        set(_changed(node)),
        {one.target.id for one in ast.walk(node) if isinstance(one, ast.NamedExpr)},
    )
    ready = (reads | later) - read_first([node], set())[0]
    return Statement(
        ast.unparse(_undocumented(node)),
        sets=frozenset(sets | changed),
        reads=frozenset(reads),
        later=frozenset(later),
        fresh=frozenset(sets - reads - changed),
        perhaps=frozenset((sets if parts_of(node)[1] else sets & walrus) - (changed - ready)),
        ready=frozenset(ready),
        changed=frozenset(changed),
        turns=frozenset(_turned(node, later)),
        place=_place(node),
        defines=isinstance(node, FUNCTIONS | ast.ClassDef),
        decorated=bool(getattr(node, "decorator_list", ())),
        seeds=_seeds(node),
        seeded=frozenset(_seeded(node)),
        moved=_moved(node),
        holds=frozenset(_held(node)),
    )


def _seeds(node) -> bool:
    """Whether a statement calls what sets a seed, itself."""
    if isinstance(node, FUNCTIONS):
        return False
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in SETTERS:
            return True
    return any(_seeds(one) for one in ast.iter_child_nodes(node))


def _seeded(node) -> Iterable[str]:
    """Names of what has a seed set in a statement itself: `rng` of `rng.manual_seed(0)`."""
    if isinstance(node, FUNCTIONS):
        return
    func = getattr(node, "func", None)
    if isinstance(func, ast.Attribute) and func.attr in SETTERS and isinstance(func.value, ast.Name):
        yield func.value.id
    for one in ast.iter_child_nodes(node):
        yield from _seeded(one)


def _moved(node) -> dict[str, str]:
    """For `a, b = b, a`: whose thing each name has then; nothing for any other statement."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return {}
    sides = [node.targets[0], node.value]
    if not all(isinstance(side, ast.Tuple | ast.List) for side in sides):
        return {}
    if not all(isinstance(one, ast.Name) for side in sides for one in side.elts):
        return {}
    to, of = ([one.id for one in side.elts] for side in sides)
    return dict(zip(to, of, strict=True)) if sorted({*to}) == sorted(of) == sorted(to) else {}


def _held(node) -> set[str]:
    """Names that stand whole in the list, the tuple or the dict that a statement makes, and nowhere else in it."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None or _place(node) is None:
        return set()
    found, todo = [], [node.value]
    while todo:
        one = todo.pop()
        inside = [*getattr(one, "elts", ()), *getattr(one, "values", ())]
        if isinstance(one, ast.List | ast.Tuple | ast.Dict):
            found += [part.id for part in inside if isinstance(part, ast.Name)]
            todo += inside
        elif isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "dict":
            todo.append(ast.Tuple([key.value for key in one.keywords if key.arg], ast.Load()))
    every = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
    return {name for name in found if found.count(name) == every.count(name)}


def _undocumented(node):
    """A statement without the docstrings in it, which change nothing."""
    if not any(_documented(node)):
        return node
    node = copy.deepcopy(node)
    for one in [*_documented(node)]:
        one.body = one.body[1:] or [ast.copy_location(ast.Pass(), one.body[0])]
    return node


def _documented(node):
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return (
        one
        for one in ast.walk(node)
        if isinstance(one, kinds) and ast.get_docstring(one, clean=False) is not None
    )


def _place(node):
    """The one place that a statement writes: the name that it is in, the text after that name, further names in it."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and (one := [*_seeded(node)]):
        return one[0], f".{node.value.func.attr}", ()  # a seed takes the place of the one before
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        target = node.target
    else:
        return None
    if not isinstance(target, ast.Name | ast.Subscript | ast.Attribute):
        return None
    root = root_of(target)
    if not root:
        return None
    others = sorted({one.id for one in ast.walk(target) if isinstance(one, ast.Name)} - {root})
    return root, ast.unparse(target).removeprefix(root), tuple(others)


def root_of(node) -> str:
    """The name of what a place is in, `runs` of `runs["SFT"].score`; "" where it begins with no name."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _turned(node, later) -> set[str]:
    """Names of a notebook that functions in a statement change when they are called, and `HANDED`."""
    found = set()
    for one in ast.walk(node):
        if isinstance(one, ast.Global):
            found |= {*one.names}
        if not isinstance(one, FUNCTIONS):
            continue
        body = one.body if isinstance(one.body, list) else [one.body]
        changed = {name for part in body for name in _changed(part)}
        own = {
            part.id
            for part in ast.walk(one)
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        }
        given = {part.arg for part in ast.walk(one.args) if isinstance(part, ast.arg)}
        found |= (changed & later) | ({HANDED} if changed & given - own else set())
        found |= {SEEDS} if any(_seeds(part) for part in body) else set()
    return found


def _changed(node) -> Iterable[str]:
    """Names of what a statement changes in place: `runs["SFT"] = ...`, `frame.name = ...`, `runs.append(...)`."""
    for one in getattr(node, "decorator_list", ()):  # `@show.register`
        while isinstance(one, ast.Call):
            one = one.func
        if isinstance(one, ast.Attribute) and one.attr == "register" and isinstance(one.value, ast.Name):
            yield one.value.id
    if isinstance(node, FUNCTIONS):
        return
    target = None
    if isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
        target = node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in GROWS:
        target = node.func.value
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("reload") and node.args:
        target = node.args[0]  # `importlib.reload(mine)`
    if root := root_of(target):
        yield root
    for child in ast.iter_child_nodes(node):
        yield from _changed(child)
