"""Seen in a real browser: each lesson is opened in JupyterLab, run, and used as a reader uses it, 1280 pixels wide.

The copies that are run have fewer seeds and steps. COURSE_SCREENSHOTS=folder keeps pictures of what was seen.
"""

import contextlib
import json
import math
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import psutil
import pytest
from browsers import chromium
from tiny import in_small

from helpers.kit.plots import describe, panels, picture

LESSONS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]_*.ipynb"))
WIDTH, HEIGHT = 1280, 1000
KINDS = "slider|textbox|button|spinbutton|combobox"
BEFORE = 2  # places that Tab may come by between the last control of one cell and the first of the next
IDLE = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
PATIENCE, RUN_LIMIT = 300_000, 1_800_000  # ms for one step, and to run a lesson: a busy machine is slow
SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},  # all cells are in the page
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}


# The server, the browser, and one lesson in them


def wait_for_server(address, process):
    """Return when the server answers; raise RuntimeError if it ended or takes longer than our patience."""
    until = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=20):
                return
        except (urllib.error.URLError, OSError):
            if process.poll() is not None:
                break
            time.sleep(0.25)
    raise RuntimeError("JupyterLab did not start")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A JupyterLab of its own, with files of its own: (address, token, folder, number of its process)."""
    chromium()
    home = tmp_path_factory.mktemp("jupyter")
    (folder := home / "notebooks").mkdir()
    (settings := home / "config/labconfig/default_setting_overrides.json").parent.mkdir(parents=True)
    settings.write_text(json.dumps(SETTINGS))
    places = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    places |= {f"JUPYTERLAB_{name}_DIR": str(home / name.lower()) for name in ("SETTINGS", "WORKSPACES")}
    places |= {"IPYTHONDIR": str(home), "INNER_ALIGNMENT_PREDICTIONS": str(folder / "predictions.jsonl")}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token, address = secrets.token_hex(), f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
    command += [f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={token}"]
    command += ["--ServerApp.ip=127.0.0.1", "--LabApp.expose_app_in_browser=True"]
    with (home / "log").open("w") as log:
        process = subprocess.Popen(command, env={**os.environ, **places}, stdout=log, stderr=log)
        try:
            wait_for_server(f"{address}/api?token={token}", process)
            yield address, token, folder, process.pid
        finally:
            process.terminate()
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="module")
def open_notebook(server):
    """A function that stores a notebook in the server's folder, opens it and returns the page."""
    from playwright.sync_api import sync_playwright

    address, token, folder, _ = server
    options = {
        "executable_path": chromium(),
        "args": ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    }
    with sync_playwright() as playwright, playwright.chromium.launch(**options) as browser:

        def opened(notebook, name):
            nbformat.write(notebook, folder / name)
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            page.set_default_timeout(PATIENCE)
            page.add_init_script(SCRIPT)
            with step(page, f"open {name}"):
                page.goto(f"{address}/lab/workspaces/{name[:2]}/tree/{name}?token={token}")
                page.wait_for_selector(".jp-NotebookPanel")
                asked(page, "ready()")
                page.wait_for_selector(IDLE)
            return page

        yield opened


SCRIPT = r"""
window.cells = () => jupyterapp.shell.currentWidget.content.widgets;

// The notebook stands open, its kernel answers, and the file browser is out of the way.
window.ready = async () => {
  await jupyterapp.restored;
  const panel = jupyterapp.shell.currentWidget;
  await panel.revealed;
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
  jupyterapp.shell.collapseLeft();
};

// Every complaint about every cell, each with the number of the cell.
window.complaints = async about => {
  const found = [];
  for (const [number, cell] of cells().entries())
    for (const complaint of await about(cell)) found.push(`cell ${number + 1} ${complaint}`);
  return found;
};

window.failures = cell => {
  if (cell.model.type !== "code" || !cell.model.sharedModel.source.trim()) return [];
  const ran = Number.isInteger(cell.model.executionCount);  // a folded cell shows no prompt
  const bad = cell.node.querySelectorAll("[data-mime-type$='.stderr'], [data-mime-type$='.error']");
  const found = [...bad].map(output => `shows ${output.textContent.trim().slice(-300)}`);
  return ran ? found : [...found, "was not run"];
};

window.poorImages = async cell => {
  const found = [];
  for (const image of cell.node.querySelectorAll(".jp-OutputArea-output img, .jp-MarkdownOutput img")) {
    await image.decode().catch(() => found.push("has a figure that cannot be read"));
    if (image.closest("details:not([open])")) continue;  // folded away
    if (!image.naturalWidth || !image.getBoundingClientRect().width) found.push("has a figure that is not seen");
    const said = (image.getAttribute("alt") || "").trim().length;
    if (said < 40) found.push(`has a figure with ${said} characters of alt text; 40 are needed`);
  }
  return found;
};

window.cutOff = cell => {
  const found = [], edge = cell.node.getBoundingClientRect().right;
  const parts = ".cm-scroller, .jp-OutputArea-output, .jp-MarkdownOutput, .jp-RenderedHTMLCommon, table, pre, img";
  for (const part of [cell.node, ...cell.node.querySelectorAll(parts)]) {
    const wide = Math.max(part.scrollWidth - part.clientWidth, part.getBoundingClientRect().right - edge);
    if (part.clientWidth && wide > 2)
      found.push(`is cut off by ${Math.round(wide)} pixels at ${part.tagName} ${part.className}`);
  }
  return found;
};

// What is wider than the page where one reads: the page, the notebook, words and controls. (Tables, pictures, code and
// formulas may be scrolled by themselves.)
window.sideways = () => {
  const found = [], over = part => part.scrollWidth - part.clientWidth;
  const page = [document.scrollingElement, document.querySelector(".jp-WindowedPanel-outer")];
  for (const part of page)
    if (over(part) > 2) found.push(`${part.className || "page"} is ${over(part)} pixels too wide`);
  const parts = ".jp-MarkdownOutput p, .jp-MarkdownOutput li, .course-controls, .course-said, .course-controls button";
  for (const [number, cell] of cells().entries()) {
    const edge = cell.node.getBoundingClientRect().right;
    for (const part of cell.node.querySelectorAll(parts)) {
      const wide = Math.round(part.getBoundingClientRect().right - edge);
      if (wide > 2) found.push(`cell ${number + 1}, ${part.className || part.tagName}: ${wide} pixels too wide`);
    }
  }
  return found;
};

// Formulas are written as Markdown in the source of a cell or in what it shows. MathJax may take a while.
window.patience = 120000;
window.formulas = async cell => {
  const raw = () => {
    const walker = document.createTreeWalker(cell.node, NodeFilter.SHOW_TEXT), texts = [];
    while (walker.nextNode()) {
      const {data, parentElement: around} = walker.currentNode;
      const prose = around.closest(".jp-RenderedHTMLCommon, .jp-RenderedLatex");
      if (prose && !around.closest("code, pre, mjx-container, script, style") && /\$|\\[a-zA-Z([]/.test(data))
        texts.push(data.trim().slice(0, 80));
    }
    return texts;
  };
  const source = cell.model.type === "markdown" ? cell.model.sharedModel.source : "";
  const wanted = (source.replace(/```[^]*?```|`[^`]*`/g, "").match(/\$\$[^]+?\$\$|\$[^$]+?\$/g) || []).length;
  const there = () => cell.node.querySelectorAll("mjx-container").length;
  const until = performance.now() + patience;
  while ((raw().length || there() < wanted) && performance.now() < until)
    await new Promise(done => setTimeout(done, 100));
  const found = raw().map(text => `shows a formula as it is typed: ${text}`);
  if (there() < wanted) found.push(`shows ${there()} formulas of ${wanted}`);
  for (const formula of cell.node.querySelectorAll("mjx-container")) {
    const said = formula.querySelector("math")?.textContent || "";
    if (formula.querySelector("mjx-merror, merror, [data-mjx-error]") || said.includes("\\"))
      found.push(`has a formula that MathJax does not understand: ${said}`);
    if (formula.querySelector("mspace[linebreak=newline], mjx-mspace[linebreak=newline], mjx-break"))
      found.push(`has a formula with a stray line break, two backslashes: ${said}`);
  }
  return found;
};

// Sets window.changed: the ms from the next key on this slider until its cell shows another figure; Infinity if the
// kernel has answered and it is the same figure, or after `limit` ms without an answer.
window.watch = (handle, limit) => {
  const figure = () => handle.closest(".jp-Cell").querySelector(".jp-OutputArea-output img");
  const {kernel} = jupyterapp.shell.currentWidget.sessionContext.session;
  const old = figure().src;
  window.changed = new Promise(done => handle.addEventListener("keydown", () => {
    const began = performance.now();
    let works = false, answered = Infinity;
    const follow = (_, status) => {
      if (status === "busy") works = true;
      if (status === "idle" && works) answered = performance.now();
    };
    const end = ms => { kernel.statusChanged.disconnect(follow); done(ms); };
    const look = () => {
      const now = performance.now();
      if (figure() && figure().src !== old) figure().decode().then(() => end(performance.now() - began));
      else if (now - began > limit || now - answered > 1000) end(Infinity);
      else requestAnimationFrame(look);
    };
    kernel.statusChanged.connect(follow);
    look();
  }, {once: true}));
};

// Every slider that a cell asks for has been drawn. (A bar of progress may have come and gone.)
window.slidersStand = () => cells().every(cell => {
  const outputs = cell.model.type === "code" ? cell.model.outputs.toJSON() : [];
  const asks = outputs.some(({data}) => data && /Slider/.test(JSON.stringify(data["text/plain"] || "")));
  return !asks || cell.node.querySelector(".noUi-handle");
});
"""


# Nothing waits for ever, and what waited too long says what it waited for


@contextlib.contextmanager
def step(page, what):
    """One thing that a reader does. If it takes too long, fail with its name and keep a picture, if asked to."""
    from playwright.sync_api import TimeoutError as TooLong

    try:
        yield
    except TooLong as error:
        if "COURSE_SCREENSHOTS" in os.environ:
            page.screenshot(path=pictures() / f"too_long_{re.sub(r'[^a-z0-9]+', '_', what.lower())}.png")
        running = page.locator(".jp-InputPrompt", has_text="[*]").count()
        raise AssertionError(f"Too long at “{what}”; {running} cells run or wait. {error}") from error


def asked(page, expression, limit=PATIENCE):
    """The value of a JavaScript expression, which may be promised. (`evaluate` would wait for ever.)"""
    promised = f"() => Promise.resolve({expression}).then(value => ({{value}}))"
    return page.wait_for_function(promised, timeout=limit).json_value()["value"]


def complaints(page, about):
    """What is wrong with the cells of a page: about one of failures, poorImages, cutOff, formulas."""
    with step(page, f"look for {about}"):
        return asked(page, f"complaints({about})", RUN_LIMIT)


# What a reader does


def run_all(page):
    """Run every cell, and wait until all of it is there."""
    with step(page, "run every cell"):
        asked(page, "jupyterapp.commands.execute('notebook:run-all-cells').catch(() => null)", RUN_LIMIT)
        page.wait_for_selector(IDLE)
        page.wait_for_function("slidersStand()")


def move(page, handle, key, limit=PATIENCE):
    """Press an arrow key on a slider; seconds until its cell shows another figure, infinity if it stays the same."""
    with step(page, f"press {key} on a slider"):
        handle.focus()
        handle.evaluate("(handle, limit) => watch(handle, limit)", limit)
        page.keyboard.press(key)
        return asked(page, "window.changed", limit + PATIENCE) / 1000


def way(handle):
    """The arrow key that moves a slider, and the one that moves it back."""
    at_end = handle.get_attribute("aria-valuenow") == handle.get_attribute("aria-valuemax")
    return ("ArrowLeft", "ArrowRight") if at_end else ("ArrowRight", "ArrowLeft")


def there_and_back(page, handle):
    """Move a slider until its cell shows another figure, and one step back: the seconds that each of the two took.

    Two neighbours may look the same, such as two seeds that walk alike: up to three steps are taken.
    """
    for _ in range(3):
        there, back = way(handle)
        seconds = move(page, handle, there)
        if seconds < math.inf:
            return seconds, move(page, handle, back)
    return math.inf, math.inf


def rerun(page, number):
    """Run one cell again."""
    count = f"cells()[{number}].model.executionCount"
    with step(page, f"run cell {number + 1} again"):
        before = page.evaluate(count)
        into(page, number)
        page.keyboard.press("ControlOrMeta+Enter")
        page.wait_for_function(f"before => {count} && {count} !== before", arg=before)
        page.wait_for_selector(IDLE)


def into(page, number):
    """Click into the code of a cell; where it is folded, first on its three dots."""
    cell = page.locator(".jp-Notebook .jp-Cell").nth(number)
    if page.evaluate(f"cells()[{number}].inputHidden"):
        cell.locator(".jp-InputPlaceholder").click()
    cell.locator(".cm-content").click()


def close(page):
    """Close a notebook and its kernel."""
    with step(page, "close the notebook"):
        asked(page, "jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        page.close()


def photograph(page, name):
    """Keep the whole lesson in pictures, if asked to."""
    if "COURSE_SCREENSHOTS" not in os.environ:
        return
    folder = pictures()
    window = page.locator(".jp-WindowedPanel-outer")
    total = page.evaluate(
        "cells().at(-1).node.getBoundingClientRect().bottom - cells()[0].node.getBoundingClientRect().top"
    )
    height = window.evaluate("window => window.clientHeight")
    for number, top in enumerate(range(0, math.ceil(total), height)):
        window.evaluate("(window, top) => { window.scrollTop = top }", top)
        page.wait_for_timeout(300)
        page.screenshot(path=folder / f"{name}_{number:02d}.png")


def pictures():
    """The folder for pictures that COURSE_SCREENSHOTS names."""
    folder = Path(os.environ["COURSE_SCREENSHOTS"])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


# Each lesson


@pytest.fixture(scope="module", params=LESSONS, ids=lambda path: path.stem)
def lesson(request, open_notebook):
    """A lesson that has just been run: (page, notebook)."""
    notebook = in_small(request.param)
    page = open_notebook(notebook, request.param.name)
    run_all(page)
    photograph(page, request.param.stem)
    yield page, notebook
    close(page)


def test_every_cell_runs_without_a_complaint(lesson):
    assert complaints(lesson[0], "failures") == []


def test_every_figure_is_seen_and_said_in_words(lesson):
    assert complaints(lesson[0], "poorImages") == []


def test_every_formula_is_rendered(lesson):
    assert complaints(lesson[0], "formulas") == []


def test_nothing_is_cut_off(lesson):
    assert complaints(lesson[0], "cutOff") == []


def seconds_of_work(server):
    """Seconds of a processor that the kernels of a server have used, however busy the machine is."""
    times = (process.cpu_times() for process in psutil.Process(server[3]).children(recursive=True))
    return sum(one.user + one.system for one in times)


def test_every_slider_changes_its_figure_at_once(lesson, server):
    page, notebook = lesson
    sliders = page.locator(".jp-Notebook .course-explorer .noUi-handle").all()
    assert len(sliders) >= sum("\nexplore(" in f"\n{cell.source}" for cell in notebook.cells)
    before = seconds_of_work(server)
    seconds = [there_and_back(page, slider) for slider in sliders]
    work = (seconds_of_work(server) - before) / max(1, 2 * len(sliders))
    print(
        "seconds from a key to another figure:",
        np.round(seconds, 2).tolist(),
        "of them work:",
        round(work, 2),
    )
    assert all(one < math.inf for both in seconds for one in both)
    assert work < 1  # 0.2 s on an idle machine


def test_a_prediction_comes_back_beside_the_result(lesson, server):
    page, notebook = lesson
    sources = [cell.source if cell.cell_type == "code" else "" for cell in notebook.cells]
    assert kept_and_seen_again(page, sources, server) == [{0.5}]
    assert complaints(page, "cutOff") == []


def kept_and_seen_again(page, sources, server):
    """Predict one half, run the cell that shows it again, and see it there; what is kept: a set for each time."""
    made, shown, name = prediction_of(sources)
    predict_half(page, made)
    rerun(page, shown)
    output = page.locator(".jp-Notebook .jp-Cell").nth(shown).locator(".jp-Cell-outputArea")
    with step(page, f"see the prediction {name} again below cell {shown + 1}"):
        output.get_by_text("you predicted").first.wait_for()
    kept = [json.loads(line) for line in (server[2] / "predictions.jsonl").read_text().splitlines()]
    return [set(row["guesses"].values()) for row in kept if row["name"] == name]


def predict_half(page, made):
    """Predict one half of everything, in the form below a cell."""
    rerun(page, made)
    form = page.locator(".jp-Notebook .jp-Cell").nth(made).locator(".course-form")
    said = form.locator(".course-said").last
    with step(page, f"fill in the form below cell {made + 1}"):
        form.locator("input[type=text]").first.wait_for()
        before = said.inner_text()
        for field in form.locator("input[type=text]").all():  # only a share may be written in per cent
            field.fill("50 %" if "%" in field.get_attribute("placeholder") else "0.5")
        form.get_by_role("button", name="Keep my prediction").press("Enter")
    with step(page, f"hear from the form below cell {made + 1}"):
        page.wait_for_function(
            "([form, before]) => [...form.querySelectorAll('.course-said')].at(-1).innerText !== before",
            arg=[form.element_handle(), before],
        )
    assert "Kept in predictions.jsonl" in said.inner_text()


def prediction_of(sources):
    """The first prediction that a verdict or table shows again: numbers of both cells, and its name."""
    for made, source in enumerate(sources):
        if found := re.search(r'^ask\("(\w+\.\w+)"', source, re.MULTILINE):
            ways = (f'predicted="{found[1]}"', f'beside("{found[1]}"')
            for shown, later in enumerate(sources[made:], made):
                if any(way in later for way in ways):
                    return made, shown, found[1]
    raise AssertionError("no prediction of this lesson is shown again")


# Keyboard, names, and a page twice as large


def controls_of(box):
    """The controls of a form, explorer or quiz that one sees."""
    every = box.locator("input, button, select, textarea, [role=slider], [role=spinbutton]").all()
    return [one for one in every if one.is_visible()]


def reached(page, box):
    """The controls of a box that Tab reaches, one after the other, from outside of it on."""
    controls = controls_of(box)
    for number, control in enumerate(controls):
        control.evaluate("(control, number) => { control.dataset.at = number }", number)
    controls[0].focus()
    page.keyboard.press("Shift+Tab")
    inside = "box => box.contains(document.activeElement) ? Number(document.activeElement.dataset.at) : -1"
    found = [box.evaluate(inside)]
    for _ in range(2 * len(controls) + BEFORE):  # what a slider shows is a place of its own
        page.keyboard.press("Tab")
        found.append(box.evaluate(inside))
    assert [at for at in found if at >= 0] == [*range(len(controls))], found
    return len(controls)


def without_names(box):
    """The controls that a screen reader could not call by name, and how many there are in all."""
    said = re.findall(rf"^ *- '?({KINDS})\b(.*)$", box.aria_snapshot(), re.MULTILINE)
    return [kind for kind, about in said if not re.match(r' "[^"]*\w', about)], len(said)


def test_tab_reaches_each_control_and_each_has_a_name(lesson):
    page, _ = lesson
    page.wait_for_function("[...document.querySelectorAll('.noUi-handle')].every(one => one.ariaLabel)")
    boxes = page.locator(".jp-Notebook .course-controls").all()
    assert len(boxes) >= 4  # what one believes twice, a prediction, an explorer or a quiz
    for box in boxes:
        nameless, named = without_names(box)
        assert nameless == [] and named >= reached(page, box) > 0, box.aria_snapshot()


def test_a_quiz_is_answered_with_the_keyboard_and_with_the_mouse(lesson):
    page, _ = lesson
    quiz = page.locator(".jp-Notebook .course-quiz").first
    first, second = (quiz.get_by_role("button", name="B").nth(place) for place in (0, 1))
    heard = quiz.locator("[role=alert]")
    for way in ("Space", "Enter"):
        before = heard.count()
        first.press(way)
        heard.nth(max(0, before - 1)).get_by_text(re.compile("^B(:| is)")).wait_for()
    second.click()
    heard.nth(1).get_by_text(re.compile("^B(:| is)")).wait_for()
    if "COURSE_SCREENSHOTS" in os.environ:
        quiz.screenshot(path=pictures() / f"quiz_{lesson[1].cells[0].source[2:4]}.png")


def test_at_twice_the_size_nothing_is_read_by_scrolling_sideways(lesson):
    page, _ = lesson
    page.set_viewport_size({"width": WIDTH // 2, "height": HEIGHT // 2})
    try:
        wide = asked(page, "new Promise(done => setTimeout(() => done(sideways()), 500))")
    finally:
        page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    assert wide == []


# The machinery itself, on tiny notebooks


LINE = """
from helpers.kit.explorers import explore
from helpers.kit.plots import describe, panels


def line(slope):
    (ax,) = panels(1)
    ax.plot([0, 1], [0, slope])
    return describe(ax, f"A straight line through the origin, with a slope of {slope}.")
"""
DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
ABOUT = ("failures", "poorImages", "cutOff", "formulas")
BROKEN = [  # what is wrong with it, and the cell
    ("cutOff", "# `" + "x" * 400 + "`"),
    ("", "from IPython.display import HTML"),
    ("cutOff", "HTML('<div style=\"width: 3000px\">wide</div>')"),
    ("cutOff", "'" + "x" * 200 + "';"),
    ("poorImages", f"HTML('<img alt=short width=9 src={DOT}>')"),
    ("poorImages", f"HTML('<img style=\"display: none\" alt=\"{40 * 'x'}\" '\n'src={DOT}>')"),
    ("", "# What holds: $x^2$, `$y`, and $$\\frac{1}{2}$$"),
    ("formulas", "# A loss: $-A \\\\log p$"),
    ("formulas", "# Half of a half: $\\frac{1}$"),
    ("formulas", "# A loss: $\\losss(p)$"),
    ("formulas", "# The end is missing: $x^2"),
    ("formulas", "from IPython.display import Markdown; Markdown('A loss: $\\\\losss(p)$')"),
    ("failures", "import sys; print('careful', file=sys.stderr)"),
    ("failures", "1 / 0"),
    ("failures", "'never reached'"),
]


def cell_of(source):
    new = nbformat.v4.new_markdown_cell if source.startswith("# ") else nbformat.v4.new_code_cell
    return new(source)


@pytest.fixture
def tiny(open_notebook):
    """A function that opens a notebook of these cells and returns the page."""
    pages = []

    def opened(*cells):
        kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        pages.append(open_notebook(notebook, "tiny.ipynb"))
        return pages[-1]

    yield opened
    for page in pages:
        close(page)


def test_a_good_notebook_passes(tiny):
    page = tiny(*map(cell_of, ["# A line", LINE, "explore(line, slope=[1, 2])"]))
    run_all(page)
    for about in ABOUT:
        assert complaints(page, about) == []


def test_a_slider_at_its_end_goes_back_only(tiny):
    page = tiny(*map(cell_of, [LINE, "explore(line, slope=[1, 2], start={'slope': 2})"]))
    run_all(page)
    slider = page.locator(".noUi-handle")
    assert way(slider) == ("ArrowLeft", "ArrowRight")
    assert move(page, slider, "ArrowRight", limit=500) == math.inf
    assert move(page, slider, "ArrowLeft") < math.inf


def folded(source):
    """A cell of which neither code nor result is seen, as lessons have them for verdicts."""
    cell = cell_of(source)
    cell.metadata["jupyter"] = {"source_hidden": True, "outputs_hidden": True}
    return cell


def test_a_folded_cell_is_opened_and_run_again(tiny):
    page = tiny(folded("1 + 1"))
    run_all(page)
    rerun(page, 0)
    assert page.evaluate("cells()[0].model.executionCount") == 2


@pytest.mark.parametrize("unit", ["share", "nats"])
def test_a_prediction_in_any_unit_comes_back_in_a_folded_cell(tiny, server, unit):
    name = f"00.{unit}"
    sources = [
        "from helpers.kit.forms import ask\nfrom helpers.kit.predictions import beside",
        f'ask("{name}", ["SFT", "null arm"], unit="{unit}")',
        f'beside("{name}", {{"SFT": 0.3, "null arm": 0.1}})',
    ]
    page = tiny(*map(cell_of, sources[:2]), folded(sources[2]))
    run_all(page)
    assert kept_and_seen_again(page, sources, server) == [{0.5}]


def test_what_takes_too_long_says_what_it_was(tiny):
    page = tiny(cell_of("1"))
    with pytest.raises(AssertionError, match="Too long at “wait for nothing”; 0 cells run"):
        with step(page, "wait for nothing"):
            asked(page, "new Promise(() => {})", limit=300)


def test_broken_cells_are_caught(tiny):
    page = tiny(*(cell_of(source) for _, source in BROKEN))
    run_all(page)
    page.evaluate("window.patience = 3000")
    for about in ABOUT:
        found = {int(complaint.split()[1]) for complaint in complaints(page, about)}
        assert found == {number for number, (wrong, _) in enumerate(BROKEN, 1) if wrong == about}


def test_a_stored_figure_is_seen_before_anything_is_run(tiny):
    (ax,) = panels(1)
    describe(ax, "Nothing but two axes, for a test of what a stranger's file shows.")
    data, metadata = picture(ax.figure)
    plt.close(ax.figure)
    cell = cell_of("1")
    cell.outputs = [nbformat.v4.new_output("display_data", data=data, metadata=metadata)]
    page = tiny(cell)
    assert page.evaluate("cells()[0].model.trusted") is False
    assert page.locator(".jp-OutputArea-output img").count() == 1
    assert complaints(page, "poorImages") == []
