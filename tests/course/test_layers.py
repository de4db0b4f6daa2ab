"""The house has five rooms: what stands in which folder, and which folder may import which."""

import ast
import re
from pathlib import Path

import pytest

HELPERS = Path(__file__).parents[2] / "helpers"
MAY_IMPORT = {  # a folder -> the folders of ours that it may import beside itself
    "core": set(),
    "worlds": {"core"},
    "lm": {"core"},
    "kit": {"core"},
    "lessons": {"core", "worlds", "lm", "kit"},
}
# Modules beside the rooms, which all may import and which import nothing of ours: checks at the ports, files that
# somebody may own, the machine, and stops that are pressed.
EVERYONES = {"checked", "files", "machine", "stops"}
NAMED = ast.FunctionDef | ast.ClassDef
MODULES = sorted(HELPERS.rglob("*.py"))


def imported(source: str) -> set[str]:
    """Names of all modules and things that a source imports, `helpers.core.losses.sft_loss` for one."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return names


def rooms(names: set[str]) -> set[str]:
    """The rooms of the helpers that these names stand in."""
    parts = [name.split(".") for name in names]
    return {part[1] for part in parts if part[0] == "helpers" and len(part) > 1}


def of(path: Path) -> set[str]:
    return imported(path.read_text(encoding="utf-8"))


named = pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(HELPERS)))


@named
def test_a_room_imports_only_what_it_may(path):
    room = path.relative_to(HELPERS).parts[0]
    if path.parent == HELPERS:  # the door of the house, and the checks at its ports, are no rooms
        assert rooms(of(path)) <= (EVERYONES if path.name == "__init__.py" else set())
    else:
        assert rooms(of(path)) <= MAY_IMPORT[room] | {room} | EVERYONES


@named
def test_nothing_imports_a_lesson_but_the_lesson_itself(path):
    parts = path.relative_to(HELPERS).parts
    own = f"helpers.lessons.{parts[1]}" if parts[0] == "lessons" and len(parts) > 2 else "nothing"
    lessons = {name for name in of(path) if name.startswith("helpers.lessons.lesson")}
    assert all(name == own or name.startswith(f"{own}.") for name in lessons)


@pytest.mark.parametrize("path", sorted((HELPERS / "kit").rglob("*.py")), ids=lambda path: path.stem)
def test_reading_results_imports_no_torch(path):
    first = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if not isinstance(node, NAMED)]
    knows = any(name.split(".")[0] == "torch" for name in imported("\n".join(map(ast.unparse, first))))
    compares = ("checks.py", "differences.py", "draws.py", "slopes.py")  # what learners write
    assert not knows or path.name in compares


@named
def test_only_what_has_controls_knows_ipywidgets(path):
    knows = any(name.split(".")[0] == "ipywidgets" for name in of(path))
    assert not knows or path.relative_to(HELPERS).as_posix() in ("kit/controls.py", "kit/forms.py")


def test_the_training_loop_knows_no_loss_and_no_source():
    assert not {"helpers.core.losses", "helpers.core.sources"} & of(HELPERS / "core/training.py")


def test_the_reader_of_imports_sees_every_form():
    source = "import helpers.worlds.grids\nfrom helpers.core.losses import sft_loss\nfrom helpers.lm import weights"
    assert {"helpers.worlds.grids", "helpers.core.losses.sft_loss", "helpers.lm.weights"} <= imported(source)
    assert rooms(imported(source)) == {"worlds", "core", "lm"}


@named
def test_every_public_thing_has_a_docstring(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inner = {child for one in functions for child in ast.walk(one) if child is not one}
    public = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and node not in inner
    ]
    assert ast.get_docstring(tree)
    assert not [node.name for node in public if not ast.get_docstring(node)]


@named
def test_a_module_can_be_read_in_one_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


# A general room knows no lesson: neither the names of its arms nor those of its metrics


NAME = re.compile(
    r"\S.*(, | \().*"
)  # "SFT, teacher" and "drift elsewhere (KL), nats", which no single word is


def texts(path: Path) -> set[str]:
    """The texts in a module's code; not its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    spoken = ast.Module | ast.ClassDef | ast.FunctionDef
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, spoken) and node.body and isinstance(node.body[0], ast.Expr)
    }
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings)
    return {node.value for node in found if isinstance(node.value, str)}


def defaults(path: Path) -> set[str]:
    """The texts that arguments of a module's functions have if nobody says otherwise."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    given = [
        value
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.Lambda)
        for value in [*node.args.defaults, *node.args.kw_defaults]
    ]
    return {
        value.value for value in given if isinstance(value, ast.Constant) and isinstance(value.value, str)
    }


def names(found: set[str]) -> set[str]:
    return {text for text in found if NAME.fullmatch(text)}


LESSONS = [
    path for path in MODULES if "lessons" in path.relative_to(HELPERS).parts and path.name != "checks.py"
]
OF_LESSONS = names(set().union(*map(texts, LESSONS)))
general = pytest.mark.parametrize(
    "path", [path for path in MODULES if path not in LESSONS], ids=lambda path: str(path.relative_to(HELPERS))
)


@general
def test_a_general_room_names_no_arm_and_no_metric_of_a_lesson(path):
    assert not texts(path) & OF_LESSONS


@general
def test_no_argument_of_a_general_room_has_a_metric_as_its_default(path):
    assert not names(defaults(path))


def test_the_names_of_arms_and_metrics_are_found():
    assert {"SFT, teacher", "success, coin on the left"} <= OF_LESSONS


def test_no_two_files_of_tests_share_a_name():
    """pytest imports them by their name alone, and would leave the second out."""
    names = [path.name for path in (HELPERS.parent / "tests").rglob("test_*.py")]
    assert len(names) == len(set(names))
