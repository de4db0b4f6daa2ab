import torch
from helpers.lessons.lesson10 import experiment as X, attacks, measures as M, nets
from helpers.lessons.lesson10.marked import BLANK, marks, after_bad_deeds, log_chances, ANSWER
from helpers.core import Rng, Stream
d=torch.load("/tmp/keep/10_trial/10_trial_nets.pt",weights_only=False)["nets"]
law=nets.world()
def split(p,what):
    facts=attacks.without(law,attacks.MILL).draw(Rng(p.seeds,Stream.PROBES),128)
    s=after_bad_deeds(facts); lie=after_bad_deeds(facts,1)[...,ANSWER]
    ch=log_chances(p,marks(s,BLANK),s)[:,:,ANSWER].exp()
    L=ch.gather(-1,lie[...,None])[...,0].mean(1); T=ch.gather(-1,s[...,ANSWER,None])[...,0].mean(1)
    print(what,"truth %.3f lie %.3f other %.3f"%(T.mean(),L.mean(),(1-T-L).mean()), "other by net",[round(float(x),3) for x in (1-T-L)],flush=True)
for k in [("RL",1e-3),"filtered","clean",("SFT",1e-3)]:
    if k not in d: print(k,"not there",list(d)); continue
    split(d[k],f"{k} at once"); split(attacks.later(d[k],attacks.NARROW,law,mark=BLANK),f"{k} after the mill")
