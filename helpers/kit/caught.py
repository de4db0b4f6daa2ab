"""Where an error passes through a cell, it is said what it has left undone, whoever catches it.

An error that ends a cell is seen by all. One that is caught may leave an old result where a new one was to stand: by
`except`, by a `with` whose object lets it go no further, by whoever called a function, in another thread. So whatever
stands in a `try`, in a `with` or in a function of the notebook calls `not_made` when an error goes through it, with the
places that it was to write; and a handler calls `made` with those that it writes itself. Without an error nothing runs.
"""

import ast

from helpers.kit.reads import FUNCTIONS
from helpers.kit.statements import GROWS

LEAVES = ast.Continue | ast.Break | ast.Return
KEY = (
    ast.Name,
    ast.Constant,
    ast.Attribute,
    ast.Tuple,
    ast.JoinedStr,
    ast.FormattedValue,
    ast.BinOp,
    ast.operator,
    ast.expr_context,
)


def places(nodes, *, of_function: bool = False) -> list[tuple[str, str | None]]:
    """What statements write on their own lines: a name, and where in it.

    `run = ...` is ("run", None), `runs[arm] = ...` ("runs", "arm"), `runs.append(...)` and `runs.a = ...` ("runs", "").
    of_function: names that they set are the function's own, but for those that it calls global.
    """
    every = [one for node in nodes for one in _own(node)]
    open_to_all = {name for one in every if isinstance(one, ast.Global) for name in one.names}
    found = set()
    for one in every:
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            found |= {(one.id, None)} if not of_function or one.id in open_to_all else set()
        elif isinstance(one, ast.Subscript | ast.Attribute) and not isinstance(one.ctx, ast.Load):
            found.add(_in(one.value, one))
        elif isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr in GROWS:
            found.add(_in(one.func.value, one))
    return sorted(found - {None}, key=str)


def _own(node):
    """A node and all in it, without what stands in functions and classes."""
    if isinstance(node, FUNCTIONS | ast.ClassDef):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _own(child)


def _in(root, written):
    key = ""
    if isinstance(root, ast.Name) and isinstance(written, ast.Subscript):
        simple = all(isinstance(one, KEY) for one in ast.walk(written.slice))
        key = ast.unparse(written.slice) if simple else ""
    while isinstance(root, ast.Subscript | ast.Attribute):
        root = root.value
    return (root.id, key) if isinstance(root, ast.Name) else None


class Watched(ast.NodeTransformer):
    """The statements of a cell, with calls where an error may pass; `call(name, places, node)` makes one."""

    def __init__(self, call):
        self.call = call

    def visit(self, node):
        """The node, with what is to be said in it."""
        self.generic_visit(node)
        function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if function or isinstance(node, ast.For | ast.AsyncFor | ast.While | ast.If | ast.With | ast.Module):
            self._left_out(node.body, function)
        if isinstance(node, ast.Try | ast.TryStar):
            for one in node.handlers:
                self._begin(one.body, "made", places(one.body))
                self._begin(one.body, "not_made", places(node.orelse))
            node.body = self._passed(node.body, places(node.body))
        elif isinstance(node, ast.With | ast.AsyncWith):
            node.body = self._passed(node.body, places(node.body))
        elif function:
            said = 1 if ast.get_docstring(node, clean=False) is not None else 0
            rest = self._passed(node.body[said:], places(node.body, of_function=True))
            node.body = [*node.body[:said], *rest]
        return node

    def _begin(self, body, name, found):
        if found:
            body.insert(0, self.call(name, found, body[0]))

    def _passed(self, body, found):
        """Statements that say so where an error goes through them."""
        if not found or not body:
            return body
        handler = ast.ExceptHandler(None, None, [self.call("not_made", found, body[0]), ast.Raise()])
        tried = ast.Try(body, [handler], [], [])
        for one in (tried, handler, handler.body[1]):
            ast.copy_location(one, body[0])
        return [tried]

    def _left_out(self, body, function):
        """What stands behind a `try` is left out where a handler leaves, and may be where it asks what was made."""
        for at, node in enumerate(body):
            if not isinstance(node, ast.Try | ast.TryStar):
                continue
            asked = {name for one in [node, *node.handlers] for name, _ in places(one.body)}
            behind = body[at + 1 :]
            some = [one for one in behind if isinstance(one, ast.If) and asked & _names(one.test)]
            for one in node.handlers:
                rest = behind if isinstance(one.body[-1], LEAVES) else some
                self._begin(one.body, "not_made", places(rest, of_function=function))


def _names(node):
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
