"""A class from the release to the grades, with the real nbgrader and its gradebook: what students hand in, and lose.

Most of it runs on one small lesson, an extract of lesson 00 made by the same builder; lesson 00 itself runs once.
"""

import copy
import csv
import html
import json
import os
import re
import shutil
import sqlite3
import sys

import nbformat
import pytest
from nbgrader.api import Gradebook

from helpers.kit.classroom import build
from helpers.kit.classroom.hidden import PASSED
from helpers.kit.classroom.points import POINTS as POINTS_FILE
from helpers.kit.classroom.points import points_of
from helpers.kit.gaps import SOLUTION
from helpers.kit.parameters import read

LESSON = build.lessons(["00"])[0]
KEPT = ("Exercise 1 ·", "Exercise 4 ·", "Judge it yourself")
POINTS = {"towards": 3, "when_equal": 6, "judge": 10}
SECONDS = 30  # that an answer may take here
RIGHT = {
    "towards": "def towards(agent, coin):\n    return (coin > agent).long()",
    "when_equal": "def when_equal(score, value, level):\n    there = score >= level\n"
    "    return value[there.argmax()] if there.any() else float('nan')",
}
FLOOD = 50_000_000
SMALL = "00_small_class"  # as it is handed out


def extract():
    """Lesson 00 with two exercises, its rule to state, a form, an explorer, and a run of three batches."""
    whole = read(LESSON)
    kept = [
        whole.cells[0],
        *(cell for cell in whole.cells if {"imports"} & set(cell.metadata.get("tags", []))),
    ]
    for place, cell in enumerate(whole.cells):
        if cell.cell_type == "markdown" and any(name in cell.source for name in KEPT):
            kept += whole.cells[place : place + 3]
        elif cell.source.startswith(("believe(", 'ask("00.a"')):
            kept.append(cell)
    kept.append(nbformat.v4.new_code_cell("explore(lambda hint: print(hint), hint=[0.0, 0.1])"))
    kept.append(
        nbformat.v4.new_code_cell(
            "home = experiment.corridor()\n"
            "run = train(experiment.beginner(range(2)), *experiment.arms(home)['SFT'], steps=3, lr=1e-3)"
        )
    )
    return nbformat.v4.new_notebook(cells=copy.deepcopy(kept), metadata=whole.metadata)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A class of the small lesson."""
    made = tmp_path_factory.mktemp("class")
    file = made / "00_small.ipynb"
    nbformat.write(extract(), file)
    build.build(made / "it", [file])
    return made / "it"


def solved(notebook):
    """The cells of a release by their ids, both exercises solved."""
    cells = {cell.id: cell for cell in notebook.cells}
    for name, source in RIGHT.items():
        cells[name].source = source
    return cells


def new(source, **metadata):
    return nbformat.v4.new_code_cell(source, metadata=metadata)


def perfect(notebook):
    """Both right, with a warning on the way; and a rule of their own."""
    cells = solved(notebook)
    cells["towards"].source += "\n".join(
        ["", "", "import warnings", "warnings.warn('ours')", "plain = towards"]
    )
    cells[
        "towards"
    ].source += "\ndef towards(agent, coin):\n    warnings.warn('loud')\n    return plain(agent, coin)"
    cells["judge"].source = cells["judge"].source.replace("matters=None", "matters=0.1")


def empty(notebook):
    """Handed in as it was."""


def partial(notebook):
    """One right, one with a mistake that people make; and a page with an output of 50 MB, and a script, in it."""
    cells = solved(notebook)
    cells["when_equal"].source = "def when_equal(score, value, level):\n    return float(value[-1])"
    stored = nbformat.v4.new_output("stream", text="x" * FLOOD)
    script = nbformat.v4.new_output("display_data", data={"text/html": "<script>evil()</script>"})
    notebook.cells.append(nbformat.v4.new_code_cell("shown", outputs=[stored, script]))


def crashed(notebook):
    """One ends Python, the other prints 50 MB and is right."""
    cells = solved(notebook)
    cells["towards"].source = "def towards(agent, coin):\n    import os\n    os._exit(1)"
    flood = f"    print('x' * {FLOOD // 20})\n"  # a check calls it some twenty times
    cells["when_equal"].source = RIGHT["when_equal"].replace("\n", f"\n{flood}", 1)


def looping(notebook):
    """It never ends, and takes no interrupt for an answer."""
    loop = "    while True:\n        try:\n            while True:\n                pass\n"
    loop += "        except BaseException:\n            pass"
    solved(notebook)["towards"].source = f"def towards(agent, coin):\n{loop}"


def stripped(notebook):
    """No marks, ids and tags, as nbstripout leaves it; imports of their own, and the answers at the end."""
    cells = solved(notebook)
    cells["imports"].source += "\nimport operator"
    cells["towards"].source = RIGHT["towards"].replace("(coin > agent)", "operator.gt(coin, agent)")
    for name in ("towards", "when_equal"):
        notebook.cells.append(notebook.cells.pop(notebook.cells.index(cells[name])))
    notebook.cells = [c for c in notebook.cells if c.id != "check_towards"]
    for number, cell in enumerate(notebook.cells):
        cell.metadata, cell.id = nbformat.from_dict({}), f"new-{number}"


def copied(notebook):
    """Cells stand there twice, as JupyterLab copies them, and an answer uses a cell of their own with an explorer."""
    cells = solved(notebook)
    again = [copy.deepcopy(cells[name]) for name in ("towards", "check_towards", "check_at_equal_score")]
    for number, cell in enumerate(again):
        cell.id = f"again-{number}"
    again[0].source = RIGHT["towards"].replace("(coin > agent)", "bigger(coin, agent)")
    again[1].source = "1 / 0"
    own = "import seaborn\nexplore(lambda hint: seaborn.lineplot(), hint=[0.0])\nbelieve('00.C8')\n"
    own += "def bigger(a, b):\n    return a > b"
    notebook.cells[1:1] = [new("0 / 0"), again[1]]
    notebook.cells += [again[2]]
    at = notebook.cells.index(cells["towards"])
    notebook.cells[at + 1 : at + 1] = [new(own), again[0]]


def above(notebook):
    """Answers in a cell above the gaps; `exit()` and `sys.exit()` at the ends of cells that are run."""
    for name, ends in zip(RIGHT, ("exit()", "import sys; sys.exit(0)"), strict=True):
        at = next(place for place, cell in enumerate(notebook.cells) if cell.id == name)
        notebook.cells.insert(at, new(f"{RIGHT[name]}\n{ends}"))


def edited(notebook):
    """A test without its test, for a thousand points; marks dropped by an editor, and one that is nobody's."""
    cells = solved(notebook)
    cells["towards"].source = "def towards(agent, coin):\n    return input('which way?')"
    cells["check_towards"].source = "pass"
    cells["check_towards"].metadata.nbgrader |= {"points": 1000, "locked": False, "solution": True}
    for name in ("when_equal", "check_at_equal_score"):
        del cells[name].metadata["nbgrader"]
    cells["imports"].metadata.nbgrader = {"grade_id": 7}
    cells["imports"].source = "from helpers.gone import nothing"


def overwritten(notebook):
    """Checks of their own in the place of the course's, wherever they could be looked for."""
    cells = solved(notebook)
    patch = "import helpers.kit.checks, helpers.kit.classroom.hidden, helpers.lessons.lesson00 as ours\n"
    patch += "check_towards = lambda answer: 1000.0\nours.check_towards = ours.check_at_equal_score = check_towards\n"
    patch += "check_at_equal_score = ours.check_towards\n"
    patch += "helpers.kit.checks.Check.__call__ = lambda *given, **more: helpers.kit.outcomes.Outcome('passed', '')\n"
    patch += "helpers.kit.classroom.hidden.again = lambda *given, **more: None\n"
    cells["towards"].source = f"{patch}def towards(agent, coin):\n    return coin"
    cells["when_equal"].source = "def when_equal(score, value, level):\n    return 1.0"


def snooping(notebook):
    """The course's own function handed in; and whatever lies about, read."""
    cells = solved(notebook)
    cells["towards"].source = "towards = check_towards.right"
    look = "    import glob, os\n"
    look += "    raise OSError(f\"sees {glob.glob('*')} and {os.environ.get('JUPYTERHUB_API_TOKEN')}\")"
    cells["when_equal"].source = f"def when_equal(score, value, level):\n{look}"


SUBMISSIONS = (perfect, partial, crashed, looping, stripped, copied, above, edited, overwritten, snooping)
TRIALS = ("right", "empty")
ALL = (*TRIALS, *(change.__name__ for change in SUBMISSIONS))


def hand_in(folder, name, change, notebook=SMALL):
    """A release, changed as this student did, lies where nbgrader looks for what was handed in."""
    there = folder / "submitted" / name / "00"
    there.mkdir(parents=True)
    made = read(folder / "release/00" / f"{notebook}.ipynb")
    change(made)
    (there / f"{notebook}.ipynb").write_text(nbformat.writes(made), encoding="utf-8")
    return there


def run(folder, *arguments):
    """What nbgrader says, whether it fails or not."""
    try:
        return build.nbgrader(folder, *arguments)
    except ValueError as error:
        return str(error)


@pytest.fixture(scope="module")
def graded(folder):
    """All submissions handed in, graded in one batch, with feedback and grades."""
    for change in SUBMISSIONS:
        hand_in(folder, change.__name__, change)
    shutil.copytree(folder / "trial", folder / "submitted", dirs_exist_ok=True)
    odd = folder / "submitted/stripped/00" / f"{SMALL}.ipynb"
    odd.write_bytes(b"\xef\xbb\xbf" + odd.read_bytes())
    odd.rename(odd.with_name(f"{SMALL} (1).ipynb"))
    (hand_in(folder, "broken", empty) / f"{SMALL}.ipynb").write_text("{")
    os.environ["JUPYTERHUB_API_TOKEN"] = "secret-token"
    try:
        said = run(folder, "autograde", "00", f"--Run.timeout={SECONDS}")
    finally:
        del os.environ["JUPYTERHUB_API_TOKEN"]
    assert "processing assignment '00' for student 'broken'" in said, said
    assert said.count("There was an error processing assignment '00'") == 1, said
    (folder / "said").write_text(said)
    run(folder, "generate_feedback", "00")
    run(folder, "export", "--assignment", "00")
    return folder


def grades(folder):
    """student -> row of grades.csv."""
    with (folder / "grades.csv").open(newline="", encoding="utf-8") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def feedback(folder, student, notebook=SMALL):
    """The text that a student reads."""
    page = (folder / "feedback" / student / "00" / f"{notebook}.html").read_text("utf-8")
    return re.sub(
        r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"<style.*?</style>", "", page, flags=re.S)))
    )


def test_a_page_of_feedback_that_is_older_than_its_grade_is_written_anew(graded):
    page = graded / "feedback/right/00" / f"{SMALL}.html"
    made = page.read_text("utf-8")
    page.write_text("the page of an earlier hand-in", "utf-8")
    run(graded, "generate_feedback", "00", "--student=right")
    assert page.read_text("utf-8") == made


SCORES = {
    "right": 9,
    "empty": 0,
    "perfect": 9,
    "partial": 3,
    "crashed": 6,
    "looping": 6,
    "stripped": 9,
    "copied": 9,
    "above": 9,
    "edited": 6,
    "overwritten": 0,
    "snooping": 0,
    "broken": 0,
}


@pytest.mark.parametrize("student", SCORES)
def test_what_each_student_gets(graded, student):
    row = grades(graded)[student]
    assert (float(row["score"]), float(row["max_score"])) == (SCORES[student], sum(POINTS.values()))


def test_all_that_could_be_read_have_feedback(graded):
    there = {path.name for path in (graded / "feedback").iterdir()}
    assert there == set(ALL)


@pytest.mark.parametrize(
    ("student", "says"),
    [
        ("partial", "That is the value at the end, not where the score first gets there."),
        ("crashed", "KernelDied: Python was ended here"),
        ("looping", f"TooSlow: It was stopped after {SECONDS} seconds."),
        ("edited", "Your function stopped with EOFError: `input()` asks a reader"),
        ("empty", "Not attempted yet."),
        ("snooping", "That is the course's own function."),
        ("snooping", "sees [] and None"),
        ("perfect", "Passed. (On inputs drawn for grading.)"),
    ],
)
def test_feedback_says_what_it_was(graded, student, says):
    assert says in feedback(graded, student)


def test_feedback_shows_no_hidden_test_and_runs_no_script(graded):
    for student in ALL:
        text = feedback(graded, student)
        assert "HIDDEN" not in text and "seed=" not in text and "evil()" not in text


def test_a_rule_that_was_stated_waits_for_a_person_and_one_that_was_not_does_not(graded):
    with sqlite3.connect(graded / "gradebook.db") as book:
        waiting = book.execute(
            "select s.student_id from grade g join submitted_notebook n on g.notebook_id = n.id "
            "join submitted_assignment s on n.assignment_id = s.id where g.needs_manual_grade"
        ).fetchall()
    assert sorted(set(waiting)) == [("broken",), ("perfect",), ("right",)]  # and what could not be read
    assert waiting.count(("perfect",)) == 1


def test_no_output_of_fifty_megabytes_stays(graded):
    sizes = {path: path.stat().st_size for path in (graded / "autograded").rglob("*.ipynb")}
    assert len(sizes) == len(ALL) and max(sizes.values()) < 2_000_000


def test_forms_and_explorers_are_there_and_cost_nothing(graded):
    text = json.dumps(read(graded / f"autograded/perfect/00/{SMALL}.ipynb"))
    assert "explore(" in text and "believe(" in text and "train(" in text


def test_a_release_holds_neither_answers_nor_seeds(folder):
    seeds = re.findall(r"seed=(\d+)", (folder / f"source/00/{SMALL}.ipynb").read_text("utf-8"))
    solution = [SOLUTION.search(cell.source) for cell in extract().cells]
    lines = [line.strip() for one in solution if one for line in one[0].splitlines()]
    assert len(seeds) == 2 and len(lines) > 4
    for path in (path for path in (folder / "release").rglob("*") if path.is_file()):
        text = path.read_text("utf-8")
        assert not [word for word in [*seeds, *filter(None, lines)] if json.dumps(word)[1:-1] in text]


def test_what_is_built_again_has_new_seeds_and_keeps_points_settings_and_grades(graded):
    source, book = graded / f"source/00/{SMALL}.ipynb", grades(graded)
    seeds = lambda: re.findall(r"seed=(\d+)", source.read_text("utf-8"))
    before, config = seeds(), (graded / "nbgrader_config.py").read_bytes()
    points = json.loads((graded / POINTS_FILE).read_text())
    (graded / POINTS_FILE).write_text(json.dumps({"00": points["00"] | {"towards": 5}}))
    build.build(graded, [graded.parent / "00_small.ipynb"])
    assert not set(before) & set(seeds()) and (graded / "nbgrader_config.py").read_bytes() == config
    run(graded, "export")
    after = grades(graded)
    assert {row["max_score"] for row in after.values()} == {str(float(sum(POINTS.values()) + 2))}
    assert {name: row["score"] for name, row in after.items()} == {
        name: row["score"] for name, row in book.items()
    }


# Another account


NAMESPACES = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child"]
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]
HIDE = (  # where Python lies in a home that only root may enter: all of that home but Python is gone
    'mount --bind "$0" /mnt && mount -t tmpfs none /root && mkdir -p "$0" && mount --move /mnt "$0" && exec "$@"'
)
apart = pytest.mark.skipif(
    sys.platform != "linux"
    or os.geteuid() != 0
    or not all(map(shutil.which, ("unshare", "setpriv", "prlimit"))),
    reason="needs root and Linux: only root gives a program another account without a password",
)


def raiding(notebook):
    """Right, once it has tried to read the answers, to change its grade, another's work, and to phone home."""
    cells = solved(notebook)
    cells["towards"].source += """

import os, pathlib, socket
def tried(what):
    try:
        return what()
    except OSError as error:
        return type(error).__name__
root = pathlib.Path(CLASS)
said = [tried(lambda: sorted(root.iterdir())), tried(lambda: (root / "gradebook.db").read_bytes())]
said += [tried(lambda: (root / "submitted/perfect/00/00_small_class.ipynb").write_text("x"))]
said += [tried(lambda: socket.create_connection(("192.0.2.1", 80), timeout=2)), os.getuid()]
print("RAID", said)
"""


@apart
def test_with_another_account_a_submission_reads_and_changes_nothing_of_the_class(graded):
    there = hand_in(graded, "raiding", raiding)
    file = there / f"{SMALL}.ipynb"
    file.write_text(file.read_text("utf-8").replace("CLASS", f"'{graded}'"), encoding="utf-8")
    assert graded.stat().st_mode & 0o077 == 0
    before = (graded / f"submitted/perfect/00/{SMALL}.ipynb").read_bytes()
    hide = ["sh", "-c", HIDE, sys.base_prefix] if sys.base_prefix.startswith("/root/") else []
    command = [*NAMESPACES, *hide, "prlimit", "--nproc=200", *NOBODY]
    more = [f"--Apart.before={part}" for part in command]
    said = run(graded, "autograde", "00", "--student=raiding", *more)
    text = json.dumps(read(graded / f"autograded/raiding/00/{SMALL}.ipynb"))
    refused = "RAID ['PermissionError', 'PermissionError', 'PermissionError', 'OSError', 65534]"
    assert refused in text, said
    assert (graded / f"submitted/perfect/00/{SMALL}.ipynb").read_bytes() == before
    assert text.count(json.dumps(PASSED)) == 2


# A whole lesson


def test_points_that_were_given_by_hand_are_told_when_another_file_is_graded(graded):
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}") as book:
        book.find_grade("judge", SMALL, "00", "perfect").manual_score = 8
        book.db.commit()
    shutil.rmtree(graded / "submitted/perfect")
    hand_in(graded, "perfect", empty)
    said = run(graded, "autograde", "00", "--student=perfect", "--force")
    assert "8 points that were given by hand stand for `judge`" in said


def test_lesson_00_is_graded_right_and_empty_by_the_guides_commands(tmp_path):
    folder = tmp_path / "class"
    build.build(folder, [LESSON])
    shutil.copytree(folder / "trial", folder / "submitted")
    said = run(folder, "autograde", "00")
    run(folder, "export", "--assignment", "00")
    points = points_of(folder)["00"]
    by_machine = sum(points.values()) - points["judge"]
    found = {name: float(row["score"]) for name, row in grades(folder).items()}
    assert found == {"right": by_machine, "empty": 0.0}
    assert f"right: {by_machine} of {by_machine}, {points['judge']} more wait for you\n" in said
    assert (
        f"empty: 0 of {sum(points.values())}; nothing is written in it: all gaps are as they were\n" in said
    )
    assert "WARNING" not in said and "Warning" not in said
    for student in ("right", "empty"):
        run(folder, "db", "student", "remove", student, "--force")
    run(folder, "export", "--assignment", "00")
    assert not grades(folder)
