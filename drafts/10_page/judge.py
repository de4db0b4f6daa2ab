import pandas as pd, json
from helpers.kit.tables import from_csv, unpacked
from pathlib import Path
note=json.load(open("/tmp/keep/values_10.json")); file=[f for f in note["tables"]][0]
import hashlib
raw=Path("/tmp/keep/values_10.csv.gz").read_bytes(); data=unpacked(raw)
f=from_csv(data,note["tables"][file]["columns"])
f.to_pickle("/tmp/l10dx/real.pkl"); print(len(f), f.method.unique(), f.seed.nunique())
from helpers.kit import rule
from helpers.lessons.lesson10 import experiment,must_hold,readings,attacks
from helpers.kit import Interval
g=must_hold.gates(f)
for n,m in experiment.MEASURES.items():
    v=m(f); print(n, Interval.of(v), "sd",round(v.std(),3), "nets above .05:",int((v>.05).sum()), "below -.05:", int((v<-.05).sum()))
    for one in g[n]: print("   ",one.name, one.holds if hasattr(one,"holds") else "", str(one)[:400])
pd.set_option("display.width",200); pd.set_option("display.max_columns",20)
arms=["plain","filtered","tags","SFT","RL","DPO"]
print(readings.by_arm(f,experiment.PULLED,arms+["clean","tags by lot"]).agg(["mean","std"]).round(3))
print(readings.costs(f,arms+["clean"]).round(3))
for k in attacks.LATER:
    print(k); print(readings.later_by_arm(f,arms+["clean","filtered, then SFT","tags, then SFT","tags, then RL"],k).agg(["mean","std"]).round(3).T.T)
    print(readings.by_label(f,kind=k).agg(["mean","std"]).round(3)); print("lot",readings.by_label(f,"tags by lot",k).mean().round(3).to_dict())
