"""The settings of lesson 07's multiverse: what each turns, and for which rules. Written down before any judged run.

The last two came later, when a reader of the first results missed them; they, too, were written down before their runs.
Two have 128 worlds of their own: their effects were clear on the 32 worlds of the others, which could not tell a word.
A setting names the parts, and so the rules, that it can touch: a wrong scale leaves whatever goes by order as it was.
"""

from helpers.lessons.lesson07.taste import SEES

MORE = range(3000, 3128)  # worlds on which nobody had looked
NATS, C7, RETRAINED = "spent", "fooled", "asked"


def _turned(setting, *parts, judged=None, how=None, **turned):
    return {"setting": setting, "parts": list(parts), "turned": turned, "judged": judged or {}, **(how or {})}


SETTINGS = [
    {"setting": "as in the lesson"},
    _turned("RL from answers that it draws", NATS, C7, how={"rl": "RL"}),
    _turned("the same, learning rate x 3", NATS, how={"rl": "RL", "rate": 3.0}),
    _turned(
        "the same, learning rate / 3, three times the steps",
        NATS,
        how={"rl": "RL", "rate": 1 / 3, "longer": 3},
    ),
    _turned("RL on a leash, its exact end", NATS, how={"rl": "leash, two nats"}),
    _turned(
        "RL by the plain gradient, exact", NATS, how={"rl": "RL, plain gradient, two nats", "seeds": MORE}
    ),
    _turned("30 comparisons", NATS, C7, pairs=30),
    _turned("10,000 comparisons", NATS, C7, pairs=10_000),
    _turned("the wrong scale", NATS, scale="wrong"),
    _turned("a loophole", NATS, RETRAINED, scale="a loophole"),
    _turned("no fading", NATS, fades=0.0),
    _turned("twice the fading", NATS, C7, RETRAINED, fades=2.0),
    _turned("200 recorded answers", NATS, recorded=200, how={"seeds": MORE}),
    _turned("judges see one lie in four", C7, caught=0.25),
    _turned("judges see three lies in four", C7, caught=0.75),
    _turned("judges three times as sure", C7, sure=4.5),
    _turned("judges a third as sure", C7, RETRAINED, sure=0.5),
    _turned("the model cannot tell facts from lies", C7, sees=SEES[1]),
    _turned("one word in 100 is a lie, by odds", C7, judged={"odds": True}, lies=0.01),
    _turned("three words in ten are lies", C7, lies=0.3),
    _turned("lies four nats away", C7, judged={"nats": 4.0}),
    _turned("asked anew, two nats away", RETRAINED, far=2.0),
    _turned("100 judgements in all", RETRAINED, pairs=100),
    _turned("1,000 judgements in all", RETRAINED, pairs=1000),
    _turned("two rounds", RETRAINED, rounds=2),
    _turned("the right kind of model", RETRAINED, sees=SEES[2]),
    _turned("ridge 0.3", RETRAINED, ridge=0.3),
    _turned("ridge 3", RETRAINED, ridge=3.0),
    _turned("judges see no lie", C7, caught=0.0),
    _turned("judges see one lie in ten", C7, caught=0.1),
]
