import pandas as pd
from helpers.kit import Interval, final, rule
from helpers.lessons.lesson10 import experiment as e, readings as r, attacks as a, must_hold
f=pd.read_pickle("/tmp/l10dx/real.pkl")
print(final(f,e.ELSEWHERE).mean().round(3).to_dict())
L={k:r.later_by_arm(f,list(f.method.unique()),k) for k in a.LATER}
n=L[a.NARROW]; B=final(f,e.ELSEWHERE)
for x,y in (("RL","clean"),("RL","SFT"),("SFT","filtered"),("DPO","filtered"),("tags","filtered"),("filtered","clean"),("filtered, then SFT","filtered"),("filtered, then SFT","SFT"),("tags, then SFT","tags"),("tags, then RL","tags"),("tags, then RL","RL")):
    print(x,"less",y,Interval.of(n[x]-n[y]))
for k in a.LATER:
    t=L[k]-B; print(k,"rise",{c:round(t[c].mean(),3) for c in t})
g=r.by_label(f,kind=a.BENIGN); print("benign bad-good",Interval.of(g["behind bad"]-g["behind good"]), Interval.of(g["behind good"]-g["before"]))
m=r.by_label(f); print("mill bad-before",Interval.of(m["behind bad"]-m["before"]),"blank-before",Interval.of(m["behind blank"]-m["before"]),"good",Interval.of(m["behind good"]-m["before"]))
for c in ("outside","remarks","right"):
    v=final(f,c); print(c,"RL-filtered",Interval.of(v["RL"]-v["filtered"]))
for name in ("10.now","10.C15","10.tag"):
    v=rule(name).judge(e.MEASURES[name](f),gates=must_hold.gates(f)[name]); print(name,v.word)
