import sys,time,copy,nbformat,nbclient
sys.path.insert(0,"tests")
import tiny
nb=tiny.in_small("notebooks/solutions/10_alignment_in_pretraining.ipynb")
patch=nbformat.v4.new_code_cell('''import pandas as _pd
from helpers.lessons.lesson10 import readings as _r
_r.values=lambda: _pd.read_pickle("/tmp/l10dx/values.pkl")
_r.multiverse=lambda: _pd.read_pickle("/tmp/l10dx/multi.pkl")''')
nb.cells.insert(0,patch)
t0={}
def start(cell,cell_index): t0[cell_index]=time.time()
def done(cell,cell_index,execute_reply):
    d=time.time()-t0[cell_index]
    if d>1: print(cell.id,round(d,1),flush=True)
c=nbclient.NotebookClient(nb,timeout=300,allow_errors=True,resources={"metadata":{"path":"notebooks"}},on_cell_start=start,on_cell_executed=done)
c.execute()
for cell in nb.cells:
    for o in cell.get("outputs",[]):
        if o.output_type=="error": print("ERROR",cell.id,o.ename,o.evalue[:400])
nb.cells.pop(0)
for cell in nb.cells:
    cell.metadata.pop("execution",None)
nbformat.write(nb,"/tmp/l10dx/small.ipynb")
