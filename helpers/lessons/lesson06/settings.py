"""The settings of lesson 06's multiverse: what each turns, and for which rules. All were written down before they ran.

A setting names the rules that it can touch: how seldom arm 1 is the worse one changes nothing in even tasks.
"""

SKEWED = ("06.C5", "06.shown")


def _setting(setting, *rules, **turned):
    return {"setting": setting, "turned": turned, **({"rules": list(rules)} if rules else {})}


SETTINGS = [
    {"setting": "as in the lesson"},
    _setting("a third of the batches", steps=100),
    _setting("twice the batches", steps=600),
    _setting("learning rate / 3", rate=1 / 3),
    _setting("learning rate x 3", rate=3.0),
    _setting("8 numbers of memory", hidden=8),
    _setting("128 episodes a batch", episodes=128),
    _setting("PPO, 4 steps a batch", updates=4),
    _setting("an entropy bonus of 0.3", bonus=0.3),
    _setting("6 pulls", horizon=6),
    _setting("24 pulls", horizon=24),
    _setting("never two rich arms", left_out="rich"),
    _setting("arm 1 better in 80 of 100", *SKEWED, skew=0.8),
    _setting("arm 1 better in 65 of 100", *SKEWED, skew=0.65),
    _setting("RL from an inner learner, twice the batches", *SKEWED, inner=True, steps=600),
]
