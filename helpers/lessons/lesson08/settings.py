"""The settings of lesson 08's multiverse: what each turns, and for which rules. Written down before any judged run.

A first start of them, in groups of eight nets, showed that eight are too few for controls. Those nets (2100 to 2115)
judge nothing. They also showed two settings that can say nothing, which are left out: with chances of 0.3 and 0.7 the
laws are so near to each other that SFT has less to move than the gates ask for, and 1,000 stories move too little.
"""

PROMPTS, POISON = "prompts", "poison"
GROUP = 16  # nets of a setting, trained together
NETS = range(2200, 2232)  # those of the lesson's own setting; the second half has the prompts alone


def _turned(setting, *parts, **turned):
    return {"setting": setting, "parts": list(parts), "seeds": list(NETS[:GROUP]), **turned}


SETTINGS = [
    {"setting": "as in the lesson"},
    _turned("2,000 stories of SFT", PROMPTS, stories=2_000),
    _turned("plain tales own up, too", PROMPTS, plain=0.1),
    _turned("laws less apart (0.2, 0.8)", PROMPTS, owns=0.2, denies=0.8),
    _turned("half as much poison", POISON, count=64),
    _turned("a factor of 4", POISON, factor=4),
    _turned("8,000 stories of SFT", PROMPTS, stories=8_000),
    _turned("learning rate of SFT / 3", PROMPTS, POISON, rate=1 / 3),
    _turned("twice as much poison", POISON, count=256, documents=1_024, factor=8),
    _turned("32 stories in a batch of SFT", PROMPTS, POISON, at_once=32),
    _turned("one layer", PROMPTS, net={"layers": 1}),
    _turned("half the pretraining", PROMPTS, POISON, net={"stories": 8_000}),
]
