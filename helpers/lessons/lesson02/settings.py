"""The settings of lesson 02's multiverse: what each turns, and in which world.

All were written down before they were run. Those in `LATER` were asked for by a reader of the first results.
"""

from helpers.lessons.lesson02.games import GREEDY
from helpers.lessons.lesson02.prompts import WARMER

ALL = ["prompts", "chains", "games"]


def _prompts(setting, judged=None, **turned):
    return {"setting": setting, "parts": ["prompts"], "turned": turned, "judged": judged or {}}


def _chains(setting, judged=None, **turned):
    return {"setting": setting, "parts": ["chains"], "turned": turned, "judged": judged or {}}


def _games(setting, judged=None, **turned):
    return {"setting": setting, "parts": ["games"], "turned": turned, "judged": judged or {}}


SETTINGS = [
    {"setting": "as in the lesson"},
    {"setting": "learning rate / 3", "rate": 1 / 3},
    {"setting": "learning rate x 3", "rate": 3.0},
    {"setting": "twice the steps", "longer": 2},
    _prompts("256 tries", {"tries": 256}),
    _prompts("the trained prompts", {"kind": "trained"}),
    _prompts("as undecided as before", {"kind": f"new{WARMER}"}),
    _prompts("sharpness not shared", shares="answers"),
    _prompts("nothing shared, trained prompts", {"kind": "trained"}, shares="nothing"),
    _prompts("nothing shared, rarer answers, trained", {"kind": "trained"}, shares="nothing", flatter=2.0),
    _prompts("rarer answers", flatter=2.0),
    _prompts("a leash of 0.1", beta=0.1),
    _prompts("a leash of 1", beta=1.0),
    _prompts("entropy bonus 0.1", bonus=0.1),
    _prompts("an unused skill", skill=3.0),
    _prompts("an unused skill, sharpness not shared", skill=3.0, shares="answers"),
    _chains("SFT on own right answers", sft="SFT, own, curriculum"),
    _chains("each link paid, no curriculum", rl="RL, each link"),
    _chains("warm start, no curriculum", rl="RL, warm start"),
    _chains("whole chain, no curriculum", rl="RL, whole chain"),
    _chains("six chains practised", practised=6),
    _chains("16 hidden units", hidden=16),
    _chains("a base that knows nothing", knows="nothing"),
    _chains("a base that never had a chain", knows="single functions alone"),
    _games("the likeliest move taken", {"metric": GREEDY}),
    _games("players with blind spots", blind=True),
    _games("players with blind spots, the likeliest move", {"metric": GREEDY}, blind=True),
    _games("weaker players", weak=0.2),
    _games("stronger players", weak=0.8),
    _games("winners' moves only", winners=True),
    _games("games from any position", anywhere=True),
    _games("200 games recorded", recorded=200),
    _games("heaps of 2, 3 and 4", heaps=[2, 3, 4]),
]
LATER = (
    "as undecided as before",
    "rarer answers",
    "a base that never had a chain",
    "players with blind spots",
    "players with blind spots, the likeliest move",
)
