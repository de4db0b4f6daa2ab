"""Names of a notebook that stand in texts: `frame.query("seed in @SEEDS")`, `eval("N")`, `globals()["N"]`."""

import ast
import re
from collections.abc import Iterable

AT = re.compile(r"@([^\W\d]\w*)")  # how a text for pandas names a thing of the notebook
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
SPACES = ("globals", "locals", "vars")


def spelled(node: ast.AST) -> tuple[set[str], set[str]]:
    """Names that texts in a statement spell: what is read at once, and what in functions that it makes."""
    now, later, todo = set(), set(), [(node, False)]
    while todo:
        one, inside = todo.pop()
        (later if inside else now).update(_names(one))
        inside = inside or isinstance(one, FUNCTIONS)
        todo += [(child, inside) for child in ast.iter_child_nodes(one)]
    return now, later


def _names(node) -> Iterable[str]:
    if _is_text(node):
        return AT.findall(node.value)
    if isinstance(node, ast.Subscript) and _is_space(node.value) and _is_text(node.slice):
        return [node.slice.value]
    if not (isinstance(node, ast.Call) and node.args and _is_text(node.args[0])):
        return []
    func, text = node.func, node.args[0].value
    if isinstance(func, ast.Attribute) and func.attr == "get" and _is_space(func.value):
        return [text]
    if ast.unparse(func) in ("eval", "pd.eval", "pandas.eval"):
        try:
            return [one.id for one in ast.walk(ast.parse(text.strip())) if isinstance(one, ast.Name)]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return []
    return []


def _is_text(node) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_space(node) -> bool:
    """Whether this is all that the notebook has, by name: `globals()`, `shell.user_ns`."""
    if isinstance(node, ast.Attribute):
        return node.attr in ("user_ns", "user_global_ns")
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in SPACES
        and not node.args
    )
