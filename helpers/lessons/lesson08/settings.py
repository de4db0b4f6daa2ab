"""The settings of lesson 08's multiverse: what each turns, and for which rules. Written down before any judged run."""

PROMPTS, POISON = "prompts", "poison"


EIGHT = range(2100, 2108)  # nets for the rules about prompts; those about poison have sixteen


def _turned(setting, *parts, **turned):
    own = {} if POISON in parts else {"seeds": list(EIGHT)}
    return {"setting": setting, "parts": list(parts), **own, **turned}


SETTINGS = [
    {"setting": "as in the lesson"},
    _turned("plain tales own up, too", PROMPTS, plain=0.1),
    _turned("laws less apart (0.3, 0.7)", PROMPTS, owns=0.3, denies=0.7),
    _turned("1,000 stories of SFT", PROMPTS, stories=1_000),
    _turned("8,000 stories of SFT", PROMPTS, stories=8_000),
    _turned("learning rate of SFT / 3", PROMPTS, POISON, rate=1 / 3),
    _turned("32 stories in a batch of SFT", PROMPTS, POISON, at_once=32),
    _turned("half the pretraining", PROMPTS, POISON, net={"stories": 8_000}),
    _turned("one layer", PROMPTS, net={"layers": 1}),
    _turned("half as much poison", POISON, count=64),
    _turned("twice as much poison", POISON, count=256, documents=1_024, factor=8),
    _turned("a factor of 4", POISON, factor=4),
]
