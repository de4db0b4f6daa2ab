"""The settings of lesson 04's multiverse: what each turns. All were written down before they were run."""


def _setting(setting, judged=None, **turned):
    return {"setting": setting, "turned": turned, "judged": judged or {}}


SETTINGS = [
    {"setting": "as in the lesson"},
    _setting("learning rate / 3", rate=1 / 3),
    _setting("learning rate x 3", rate=3.0),
    _setting("half the batches", steps=300),
    _setting("twice the batches", steps=1200),
    _setting("16 hidden units", hidden=16),
    _setting("256 hidden units", hidden=256),
    _setting("the board in three numbers", board="slots"),
    _setting("an entropy bonus of 0.03", bonus=0.03),
    _setting("two pulls in a row", pulls=2),
    _setting("a lever that cannot be reached in training", walled=True),
    _setting("twenty steps an episode", horizon=20),
    _setting("four times as much instead of twice", {"more": 4.0}),
    _setting("half as much instead of twice", {"more": 1.0, "less": 0.5}),
    _setting("benches that pay nothing", {"alone": True}),
    _setting("RL and SFT after as many batches", {"level": None}),
    _setting("RL and SFT at half of the best record", {"level": 0.5}),
]
