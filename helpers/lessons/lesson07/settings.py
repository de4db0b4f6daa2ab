"""The settings of lesson 07's multiverse: what each turns. Written down before any judged run."""

from helpers.lessons.lesson07.taste import SEES


def _turned(setting, judged=None, **turned):
    return {"setting": setting, "turned": turned, "judged": judged or {}}


SETTINGS = [
    _turned("as in the lesson"),
    _turned("learning rate / 3, three times the steps", rate=1 / 3, longer=3),
    _turned("learning rate x 3", rate=3.0),
    _turned("30 comparisons", pairs=30),
    _turned("10,000 comparisons", pairs=10_000),
    _turned("judges three times as sure", sure=4.5),
    _turned("facts and lies look alike", sees=SEES[1]),
    _turned("the right kind of model", sees=SEES[2]),
    _turned("the wrong scale", scale="wrong"),
    _turned("a loophole", scale="a loophole"),
    _turned("no fading", fades=0.0),
    _turned("twice the fading", fades=2.0),
    _turned("one word in 100 is a lie", lies=0.01),
    _turned("the best half is good enough", good=0.5),
    _turned("200 recorded answers", recorded=200),
]
