"""Nothing old is shown or judged as new: numbers turned, cells stopped, and straight on; in a real kernel."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from tiny import in_small

LESSON = Path(__file__).parents[2] / "notebooks" / "solutions" / "00_start_here.ipynb"


@pytest.fixture(scope="module")
def run():
    """A kernel in which cells may fail: what each of some cells printed and showed, and how it failed."""
    options = {"allow_errors": True, "timeout": 600, "resources": {"metadata": {"path": str(LESSON.parent)}}}
    client = NotebookClient(nbformat.v4.new_notebook(), **options)
    shown = lambda out: out.get("text", "") + out.get("data", {}).get("text/plain", "") + out.get("ename", "")

    def cells(*sources):
        made = [nbformat.v4.new_code_cell(source) for source in sources]
        client.nb.cells += made
        for at, cell in enumerate(made, len(client.nb.cells) - len(made)):
            client.execute_cell(cell, at)
        return ["".join(map(shown, cell.outputs)) for cell in made]

    with client.setup_kernel():
        yield cells


SETUP = """
from helpers.kit import rule
import numpy as np
some = np.linspace(0.7, 0.9, 8)
def judged(of):
    return rule("00.C8").judge(of)
"""
FIRST, THEN = "values, verdict = some, judged(some)\nprint(verdict.word)", "print(verdict.word)"
GONE = [
    "verdict = judged(None)",
    "values, verdict = None, judged(None)",
    "for _ in range(2):\n    verdict = judged(None)",
    "raise KeyboardInterrupt\nverdict = judged(values)",
    "if (verdict := judged(None)): pass",
    "%time verdict = judged(None)",
    "%%time\nverdict = judged(None)",
]
STAYS = [
    "1 / 0",
    "x = verdict; 1 / 0",
    "verdict = judged(values)",
    "1 1",
    "verdict = judged(values)\n1 / 0",  # it was made anew, and what failed came after it
]


@pytest.fixture(scope="module")
def said(run):
    """What is said before, in and after each cell: source -> three texts."""
    found = run(SETUP, *(part for again in GONE + STAYS for part in (FIRST, again, THEN)))[1:]
    return {again: found[3 * at : 3 * at + 3] for at, again in enumerate(GONE + STAYS)}


@pytest.mark.parametrize("again", GONE)
def test_where_the_cell_of_a_verdict_does_not_end_the_old_one_is_gone(said, again):
    first, stopped, then = said[again]
    assert first.strip() and "did not end, so verdict is None" in stopped and then.endswith("AttributeError")


@pytest.mark.parametrize("again", STAYS)
def test_a_verdict_stays_where_another_cell_fails_and_where_its_own_ends(said, again):
    first, _, then = said[again]
    assert then == first.strip() + "\n"


TOY = """
from helpers.core import Policy, Rollouts, reinforce_loss, sft_loss, table, train
from helpers.kit import compare, complete, final, rule
from helpers.worlds.bandits import Bandit, probabilities
best = {"best": lambda policy: probabilities(policy)[:, 1]}
start, own = Policy(table(2), seeds=8), Rollouts(Bandit([0.0, 1.0]))
"""
RATE = "LR = 0.1"
SFT = "sft = train(start, own, sft_loss, steps=9, lr=LR, probes=best)"
RL = "rl = train(start, own, reinforce_loss, steps=9, lr=LR, probes=best)"
FRAME = "last = final(compare({'SFT': sft, 'RL': rl}), 'best')"
JUDGE = "print('word:', rule('00.C8').judge(last['SFT'] - last['RL'], gates=[]))"
PRESSED = "import _thread\nstop = {'stop': lambda policy: _thread.interrupt_main() or policy.logits}"
SFT_STOPPED = SFT.replace("probes=best", "probes=best | stop")
OTHER_WAYS = {  # how the old run might come into the new comparison
    "the same name": (),
    "another name": ("mine = sft", FRAME.replace("sft,", "mine,")),
    "a dict": ("runs = {'SFT': sft}", "runs['RL'] = rl\nlast = final(compare(runs), 'best')"),
    "a list": ("some = []\nsome.append(sft)", FRAME.replace("sft,", "some,")),
    "a frame": ("old = final(compare({'SFT': sft}), 'best')", "last = old.join(final(compare({'RL': rl}), 'best'))"),
    "a function": ("def of(): return sft", FRAME.replace("sft,", "of(),")),
    "numbers": ("old = sft.last('best')", "last = {'SFT': old, 'RL': rl.last('best')}"),
}  # fmt: skip


def test_what_was_made_with_other_numbers_is_said_and_has_no_word_whatever_way_it_comes_in(run):
    cells = [PRESSED, TOY, RATE, SFT, RL]
    for keeps in OTHER_WAYS.values():
        cells += [*keeps[:1]]
    cells += ["LR = 0.001", SFT_STOPPED, RL]
    at = len(cells)
    for ways in OTHER_WAYS.values():
        cells += [ways[1] if ways else FRAME, JUDGE]
    said = run(*cells)
    assert "Interrupted" in said[at - 2] and "sft is None now" in said[at - 2]
    for way, made, word in zip(OTHER_WAYS, said[at::2], said[at + 1 :: 2], strict=True):
        assert "Out of date" in made, way
        assert ("Error" in made and "Error" in word) or ("out of date" in word and "NOT VALID" in word), way


def test_a_turned_number_alone_is_said_where_a_result_is_read_and_all_is_well_when_it_is_made_anew(run):
    said = run(TOY, RATE, SFT, RL, FRAME, JUDGE, "LR = 0.2", JUDGE, FRAME, SFT, RL, FRAME, JUDGE)
    assert "out of date" not in said[5].lower() and "NOT VALID" in said[5]  # its gates were not looked at
    turned = "last rests on LR, which was 0.1 and is 0.2 now"
    assert f"Out of date: {turned}" in said[7] and f"NOT VALID (out of date: {turned}" in said[7]
    assert "Out of date: rl and sft rest on LR" in said[8]
    assert not any("out of date" in one.lower() for one in said[9:])


def test_lesson_00_stopped_with_another_learning_rate_says_no_word_on_old_runs(run):
    lesson = in_small(LESSON)
    wanted = (
        "helpers.core",
        "LEARNING_RATE =",
        "home, away",
        "runs = {",
        "unhinted =",
        "hinted = None",
        "still =",
    )
    code = [cell.source for cell in lesson.cells if cell.cell_type == "code"]
    code = [next(source for source in code if one in source) for one in wanted]
    code[4] = "unhinted = compare(runs)"
    stopped = "import _thread\n" + code[3].replace("maps[name, 0.0])", "[_thread.interrupt_main()])")
    turned = code[1].replace("3e-3", "1e-5")
    assert turned != code[1] and "interrupt_main" in stopped
    said = run(*code, turned, stopped, *code[4:], *code[3:])
    first, again, anew = said[6], said[len(code) + 4], said[-1]
    assert "00.C8" in first and "Error" not in first
    assert "compare takes names and runs" not in first and "TypeError" in said[len(code) + 2]
    assert "00.C8:" not in again and "Error" in again
    assert "00.C8" in anew and "Error" not in anew and "out of date" not in anew.lower()
