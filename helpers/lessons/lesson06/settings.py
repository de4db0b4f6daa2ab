"""The settings of lesson 06's multiverse: what each turns, and for which rules. All were written down before they ran.

A setting names the rule that it can touch: how often arm 1 is the better one changes nothing in even tasks.
"""

C6, C5 = "06.C6", "06.C5"


def _setting(setting, *rules, **turned):
    return {"setting": setting, "turned": turned, **({"rules": list(rules)} if rules else {})}


SETTINGS = [
    {"setting": "as in the lesson"},
    _setting("a third of the batches", steps=100),
    _setting("twice the batches", steps=600),
    _setting("learning rate / 3", rate=1 / 3),
    _setting("learning rate x 3", rate=3.0),
    _setting("8 numbers of memory", hidden=8),
    _setting("PPO, 4 steps a batch", updates=4),
    _setting("a bonus of entropy in the first half", bonus=0.3),
    _setting("pay without coins", coins=False),
    _setting("24 pulls", C5, horizon=24),
    _setting("never two rich arms", C6, left_out="rich"),
    _setting("arm 1 better in 95 of 100", C5, skew=0.95),
    _setting("arm 1 better in 65 of 100", C5, skew=0.65),
    _setting("arm 1 better in 50 of 100", C5, skew=0.5),
    _setting("RL from an inner learner", C5, start="RL"),
    _setting("RL from SFT", C5, start="SFT, skewed"),
]


def settings_of(rule: str) -> list[dict]:
    """The settings that can touch a rule, which is all that is judged in them."""
    return [{**one, "rules": [rule]} for one in SETTINGS if rule in one.get("rules", (C6, C5))]
