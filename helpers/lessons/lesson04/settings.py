"""The settings of lesson 04's multiverse: what each turns. All were written down before they were run."""


def _setting(setting, judged=None, **turned):
    return {"setting": setting, "turned": turned, "judged": judged or {}}


SETTINGS = [
    {"setting": "as in the lesson"},
    _setting("learning rate / 3", rate=1 / 3),
    _setting("learning rate x 3", rate=3.0),
    _setting("half the batches", steps=100),
    _setting("twice the batches", steps=400),
    _setting("one room", rooms="one"),
    _setting("new rooms, twice the batches", rooms="trained", steps=400),
    _setting("the board in three numbers", board="slots"),
    _setting("an entropy bonus of 0.1", bonus=0.1),
    _setting("two pulls in a row", pulls=2),
    _setting("one step a batch", updates=1),
    _setting("16 hidden units", hidden=16),
    _setting("lever 2, bench 1 or 4", {"pairs": ((1.0, 2.0), (4.0, 2.0))}),
    _setting("at an equal record, 0.8 of the best", {"level": 0.8}, every=10),
]
