"""The layers of the helpers: imports only point down."""

import ast
from pathlib import Path

import pytest

HELPERS = Path(__file__).parent.parent / "helpers"
LAYERS = [
    {"types", "adam", "corpora", "weights", "rewards", "show", "predictions", "progress", "gaps"},
    {"envs", "losses", "policy", "results", "bandits"},
    {"language", "advantages", "plots", "mazes", "fast"},
    {"experience", "pretrained", "arm_plots", "pictures"},
    {"train", "probes"},
    {"drift", "goals", "explorers"},
]


def imported(source: str) -> set[str]:
    """Names of all modules that a source imports, ours without the `helpers.` in front."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return {name.removeprefix("helpers.") for name in names}


@pytest.mark.parametrize("path", sorted(HELPERS.glob("[!_]*.py")), ids=lambda path: path.stem)
def test_imports_only_point_down(path):
    level = next((number for number, layer in enumerate(LAYERS) if path.stem in layer), None)
    assert level is not None, f"{path.name} belongs to no layer: add it to LAYERS"
    above = set().union(*LAYERS[level:]) - {path.stem}
    assert not imported(path.read_text(encoding="utf-8")) & above


@pytest.mark.parametrize(
    "module, never",
    [
        ("results", "torch"),
        ("plots", "torch"),
        ("losses", "envs"),
        ("train", "losses"),
        ("train", "envs"),
        ("train", "ipywidgets"),
        ("plots", "ipywidgets"),
    ],
)
def test_layers_keep_apart(module, never):
    assert never not in imported((HELPERS / f"{module}.py").read_text(encoding="utf-8"))


def test_the_reader_of_imports_sees_every_form():
    assert {"envs", "losses.sft_loss"} <= imported(
        "import helpers.worlds.grids\nfrom helpers.core.losses import sft_loss"
    )


def test_every_public_thing_has_a_docstring():
    for path in HELPERS.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        public = [
            n
            for n in ast.walk(tree)
            if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_")
        ]
        inner = {
            child
            for n in ast.walk(tree)
            if isinstance(n, ast.FunctionDef)
            for child in ast.walk(n)
            if child is not n
        }
        assert ast.get_docstring(tree), path.name
        missing = [n.name for n in public if n not in inner and not ast.get_docstring(n)]
        assert not missing, f"{path.name}: {missing}"


def test_every_module_can_be_read_in_one_sitting():
    long = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in HELPERS.glob("*.py")}
    assert not {name: lines for name, lines in long.items() if lines > 400}
