import time, pickle, numpy as np, pandas as pd
t=time.time()
from helpers.lessons.lesson10 import long_runs, experiment, must_hold, attacks
from helpers.lessons.lesson10.settings import SETTINGS
f=experiment.results(range(3400,3404),arms=long_runs.STORED,attacked_by=attacks.LATER,updates=4,more=1,judged_by={"count":40},attack={"batches":1})
f.to_pickle("/tmp/l10dx/values.pkl"); print(time.time()-t, len(f))
rng=np.random.default_rng(0); rows=[]
for s in SETTINGS:
    for name in s.get("measured",("10.now","10.C15","10.tag")):
        for seed in range(2600,2616): rows.append((s["setting"],name,seed,rng.normal(0,.1),1,""))
pd.DataFrame(rows,columns=["setting","rule","seed","value","valid","why"]).to_pickle("/tmp/l10dx/multi.pkl")
