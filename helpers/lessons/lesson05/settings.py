"""The settings of lesson 05's multiverse: what each turns. All were written down before they were run."""


def _setting(setting, **turned):
    return {"setting": setting, **turned}


SETTINGS = [
    {"setting": "as in the lesson"},
    _setting("PPO's second fastest: learning rate 0.003", reward={"pace": 0.3, "longer": 1.5}),
    _setting("PPO's third fastest: 0.003, 8 episodes", reward={"pace": 0.3, "episodes": 8, "longer": 4}),
    _setting("learning rates / 3", pace=1 / 3, longer=2),
    _setting("learning rates x 3", pace=3.0),
    _setting("both batches 32", episodes=32),
    _setting("both batches 128", episodes=128),
    _setting("narrow eyes, first weights x 3", net="narrow eyes", scale=3.0),
    _setting("told in one maze of fifty", together=0.98),
    _setting("other mazes", layouts=2),
    _setting("both from a pretrained start", begin="pretrained"),
    _setting("PPO once a batch (REINFORCE)", reward={"arm": "REINFORCE", "longer": 2}),
]
