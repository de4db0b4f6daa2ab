import sys, matplotlib; matplotlib.use("Agg")
import warnings
cells=[]
def md(*a,**k): pass
def code(id,text,**k): cells.append((id,text))
exec(open("/tmp/keep/10_page/texts.py").read())
ns={}
SKIP=("l10-011","l10-012","l10-013","l10-041","l10-042","l10-043","l10-044","l10-045","l10-051","l10-052","l10-053","l10-054","l10-061","l10-063","l10-026","l10-034")
small={"l10-004":"SEEDS = range(1000, 1004)\nUPDATES = 4"}
for id,text in cells:
    if id in SKIP: continue
    text=small.get(id,text).replace(', guessed="10.c"',"").replace('beside("10.b", ','print(').replace(".round(2)","")
    try: exec(text,ns); print(id,"ok",flush=True)
    except Exception as e: print(id,"FAILED",type(e).__name__,str(e)[:300],flush=True)
print(ns["solemn"].round(3).to_dict()); print(ns["now"].round(2))
