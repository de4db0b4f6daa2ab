"""The settings in which the rules of lesson 10 are judged again, written down before they were run.

measured: the rules that a setting can touch, each with what turns of how it is measured; without it all are judged.
arms: what is made beside the lesson's arms. The rest is what `experiment.results` takes.
"""

from helpers.kit.multiverse import BASE
from helpers.lessons.lesson10.attacks import BENIGN, RELEARN
from helpers.lessons.lesson10.experiment import CLEAN, DPO, LATE, REPHRASED, SFT, TAGS
from helpers.lessons.lesson10.marked import BLANK
from helpers.lessons.lesson10.reward_model import REMARKED

OF_RL = {"10.now": {}, "10.C15": {}}
AFTER = {"10.C15": {}, "10.tag": {}}

SETTINGS = [
    {"setting": BASE},
    {
        "setting": "SFT in RL's place",
        "arms": [SFT],
        "measured": {"10.now": {"arm": SFT}, "10.C15": {"arm": SFT}},
    },
    {
        "setting": "DPO in RL's place",
        "arms": [DPO],
        "measured": {"10.now": {"arm": DPO}, "10.C15": {"arm": DPO}},
    },
    {"setting": "rates of RL / 3", "rate": 0.3, "measured": OF_RL},
    {"setting": "rates of RL / 10", "rate": 0.1, "measured": OF_RL},
    {"setting": "RL on a leash of 0.1", "leash": 0.1, "measured": OF_RL},
    {"setting": "RL paid by the judge's chance", "graded": True, "measured": OF_RL},
    {
        "setting": "rephrased in the filter's place",
        "arms": [REPHRASED],
        "measured": {"10.now": {"against": REPHRASED}, "10.C15": {"against": REPHRASED}},
    },
    {
        "setting": "tags in the filter's place",
        "measured": {"10.now": {"against": TAGS}, "10.C15": {"against": TAGS}},
    },
    {
        "setting": "a perfect eye in the filter's place",
        "measured": {"10.now": {"against": CLEAN}, "10.C15": {"against": CLEAN}},
    },
    {"setting": "tags from half-way", "arms": [LATE], "measured": {"10.tag": {"arm": LATE}}},
    {"setting": "blank before the later lies, not bad", "measured": {"10.tag": {"label": BLANK}}},
    {
        "setting": "later, good deeds alone",
        "measured": {"10.C15": {"kind": BENIGN}, "10.tag": {"kind": BENIGN}},
    },
    {
        "setting": "later, ordinary stories again",
        "measured": {"10.C15": {"kind": RELEARN}, "10.tag": {"kind": RELEARN}},
    },
    {"setting": "later SFT of 5 batches at 3e-4", "attack": {"batches": 5, "lr": 3e-4}, "measured": AFTER},
    {"setting": "later SFT of 20 batches at 1e-3", "attack": {"batches": 20, "lr": 1e-3}, "measured": AFTER},
    {"setting": "a judge that never slips", "judged_by": {"slips": 0.0}},
    {"setting": "a judge that slips 1 in 5", "judged_by": {"slips": 0.2}},
    {"setting": "a judge that sees the remark alone", "judged_by": {"sees": REMARKED}},
    {"setting": "width 16", "sizes": {"width": 16}},
    {"setting": "half the pretraining", "updates": 250},
]
