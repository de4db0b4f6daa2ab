"""Registered rules: what measures each, and whether a rule is older than the stored runs that it judges.

    python -m helpers.kit.claims register 00                     after a rule of lesson 00 is written, before its runs
    python -m helpers.kit.claims register 00.C8 --because "..."  after it was changed; its old form stays beside it

A rule's hash is that of the function that measures it, with all that this function uses of its own lesson, and of what
decides the word: what matters, the neutral value, the scale. Comments, docstrings and line ends do not count. Commit a
registered rule before its long runs: their note keeps the hashes that were committed then.
"""

import ast
import contextlib
import functools
import hashlib
import json
import subprocess
from datetime import date
from pathlib import Path

from helpers.checked import one_of
from helpers.files import write
from helpers.kit.tables import RUNS, provenance, stored

ROOT = Path(__file__).resolve().parents[2]
RULES = "data/rules.json"
DECIDES = {"matters": None, "neutral": 0.0, "scale": "unbounded"}  # and what they are if nothing is said
SILENT = (
    "ctx",
    "kind",
    "type_comment",
    "type_params",
    "annotation",
    "returns",
)  # parts of code that do nothing


def hash_of(entry: dict, measured_by: str, *, root: Path = ROOT) -> str:
    """The hash of a rule, an entry of the rules' file, that is measured by a function, "helpers.lessons. ... .gap"."""
    module, _, name = measured_by.rpartition(".")
    decides = {key: entry.get(key, value) for key, value in DECIDES.items()}
    numbers = {key: value if isinstance(value, str) else float(value) for key, value in decides.items()}
    facts = [sorted(source(module, name, root=root).items()), numbers]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:12]


def source(module: str, name: str, found: dict | None = None, *, root: Path = ROOT) -> dict:
    """What a function is made of: itself and all that it uses of its own lesson, by full name, normalised.

    Raises ValueError where there is no such thing.
    """
    found = {} if found is None else found
    names = _names(root / f"{module.replace('.', '/')}.py")
    if name not in names:
        raise ValueError(f"{module} has no {name!r} of its own")
    node, lesson = names[name], module.rpartition(".")[0]
    if isinstance(node, tuple):  # imported, from its lesson or from elsewhere
        if node[0].startswith(f"{lesson}."):
            source(*node, found, root=root)
        return found
    if f"{module}.{name}" in found:
        return found
    found[f"{module}.{name}"] = _plain(node)
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id in names and part.id != name:
            source(module, part.id, found, root=root)
        of = isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and names.get(part.value.id)
        if (
            isinstance(of, tuple) and of[0] == lesson
        ):  # `goals.at_score` after `from ... import experiment as goals`
            source(f"{lesson}.{of[1]}", part.attr, found, root=root)
    return found


def code_of(module: str, *, root: Path = ROOT) -> dict:
    """All that a module defines at its top, by full name, normalised; what it imports is not followed."""
    names = _names(root / f"{module.replace('.', '/')}.py")
    return {f"{module}.{name}": _plain(node) for name, node in names.items() if isinstance(node, ast.AST)}


@functools.cache
def _names(path: Path) -> dict:
    """What a module defines at its top, as code, and what it imports, as (module, name)."""
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.ImportFrom):
            found |= {one.asname or one.name: (node.module, one.name) for one in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            inside = [part for target in targets for part in ast.walk(target)]
            found |= {part.id: node for part in inside if isinstance(part, ast.Name)}
    return found


def _plain(node):
    """Code as lists and texts that are the same in every version of Python, without docstrings and types."""
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, ast.AST):
        return repr(node)
    if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
        node = type(node)(**{**dict(ast.iter_fields(node)), "body": node.body[1:]})
    parts = [(key, value) for key, value in ast.iter_fields(node) if key not in SILENT]
    kept = [[key, _plain(value)] for key, value in parts if isinstance(node, ast.Constant) or value]
    return [type(node).__name__, kept]


def measures(lesson: str, *, root: Path = ROOT) -> dict[str, str]:
    """The rules of a lesson and the function that measures each, as its `experiment.MEASURES` says."""
    module = f"helpers.lessons.lesson{lesson}.experiment"
    names = _names(root / f"{module.replace('.', '/')}.py")
    table = getattr(names.get("MEASURES"), "value", None)
    if not isinstance(table, ast.Dict) or not all(isinstance(one, ast.Name) for one in table.values):
        raise ValueError(f"{module} has a table MEASURES, 'NN.C1': a_function, with functions by their names")
    keys = [ast.literal_eval(key) for key in table.keys]
    home = lambda name: names[name] if isinstance(names.get(name), tuple) else (module, name)
    return {key: ".".join(home(one.id)) for key, one in zip(keys, table.values, strict=True)}


def register(what: str, *, because: str = "", root: Path = ROOT) -> list[str]:
    """Fill in what measures the rules of a lesson ("00"), or one rule ("00.C8"); returns what was done, in lines.

    A rule that was committed and has changed since keeps its old form in `was`, with the reason.
    Raises ValueError for a rule without a measure, and for a change without a reason.
    """
    path = root / RULES
    entries, done = json.loads(path.read_text(encoding="utf-8")), []
    committed = at_commit("HEAD", root=root) or {}
    names = [what] if "." in what else [name for name in entries if name.startswith(f"{what}.")]
    names = [name for name in names if not entries.get(name, {}).get("withdrawn")]
    found = measures(what.partition(".")[0], root=root)
    for name in names:
        entry = entries[one_of(name, entries, "rule")]
        by = found[one_of(name, found, "a rule with a measure")]
        now, old = hash_of(entry, by, root=root), committed.get(name, {})
        if old.get("hash", now) != now and len(entry.get("was", [])) <= len(old.get("was", [])):
            if not because.strip():
                raise ValueError(f"{name} has changed since it was committed: say why with --because")
            entry["was"] = [*entry.get("was", []), _was(old, because)]
        done.append(f"{name}: {'as it was' if entry.get('hash') == now else 'registered'}, {by}, {now}")
        entry |= {"measured_by": by, "hash": now}
    write(path, json.dumps(entries, indent=2, ensure_ascii=False) + "\n")
    return [*done, "commit it before the long runs that it judges"]


def _was(old, because):
    limits = f"{old.get('neutral', 0):g} and {old['matters']:g} to either side"
    return (
        f"Until {date.today():%d %B %Y} (hash {old['hash']}): {old['measure']}; limits {limits}. "
        f"Changed because {because.strip().removesuffix('.')}."
    )


def at_commit(commit: str, *, root: Path = ROOT) -> dict | None:
    """The rules as a commit has them; None where git is not there or does not know the commit."""
    try:
        said = subprocess.run(["git", "show", f"{commit}:{RULES}"], cwd=root, capture_output=True, check=True)
        return json.loads(said.stdout)
    except (OSError, subprocess.CalledProcessError, ValueError):
        return None


def hashes(commit: str = "HEAD", *, root: Path = ROOT) -> dict[str, str]:
    """The hash of every rule that was registered at a commit; none where git is not there."""
    rules = at_commit(commit, root=root) or {}
    return {name: entry["hash"] for name, entry in rules.items() if "hash" in entry}


def tables_of(name: str, judges: tuple[str, ...] = (), *, folder: Path = RUNS) -> list[str]:
    """The stored tables whose runs a rule judges: those that it names, its fresh seeds and its multiverse.

    A table that is not there, or cannot be read, judges nothing: `stored` says so to whoever reads it.
    """
    found, lesson = [], name.partition(".")[0]
    for table in (*judges, f"fresh_{lesson}", f"multiverse_{lesson}"):
        with contextlib.suppress(ValueError):
            if table in judges:
                provenance(table, folder=folder)
                found.append(table)
            elif (folder / f"{table}.json").exists() and name in set(stored(table, folder=folder).rule):
                found.append(table)
    return found


@functools.cache
def younger(name: str, hash: str, judges: tuple[str, ...] = (), *, folder: Path = RUNS) -> tuple[str, ...]:
    """The stored tables that were made before a rule was registered as it is now.

    Each part of a table tells, in its note, which rules were committed when it was run.
    """
    found = []
    for table in tables_of(name, judges, folder=folder) if hash else ():
        told = [
            group["by"].get("registered", {}).get(name) for group in provenance(table, folder=folder)["made"]
        ]
        if set(told) != {hash}:
            found.append(table)
    return tuple(found)
