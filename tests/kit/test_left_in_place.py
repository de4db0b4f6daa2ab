"""What cells change in place: a verdict has a remark wherever a run from top to bottom may leave something else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

RUNNER = Path(__file__).parent / "cells_in_turn.py"


KEEP = "vals = []\ndef keep(v): vals.append(v)"
LIFT = "df = frame.copy()\ndef lift(d): d.loc[d.v < .2, 'v'] = .6"
NET = "torch.manual_seed(0)\nnet = torch.nn.Linear(2, 1)\nbest = torch.optim.SGD(net.parameters(), .1, momentum=.9)"
STEPS = "for _ in range(3):\n    best.zero_grad()\n    net(torch.ones(2)).sum().backward()\n    best.step()"
OUT = "net.weight.sum().item()"
EDITED = [  # what makes it, what changes it, the same with something turned, what is judged
    ("r = some * 1.0", "r[r < .2] = .6", "r[r < -.1] = .6", "r"),
    ("r = some * 1.0", "r[r < .2] = .6", "r[r < -9] = .6", "r"),
    ("df = frame.copy()", "df.drop(df.index[some < .2], inplace=True)", "df.drop([7], inplace=True)", "df.v"),
    ("df = frame.copy()", "df.drop(columns='w', inplace=True)", "pass", "[*df]"),
    ("r = some * 1.0", "r.clip(.1, None, out=r)", "r.clip(-.5, None, out=r)", "r"),
    ("r = some * 1.0", "np.clip(r, .1, None, out=r)", "np.clip(r, -.5, None, out=r)", "r"),
    ("r = some * 1.0", "np.maximum(r, .1, r)", "np.maximum(r, -.5, r)", "r"),
    ("r = some * 1.0", "np.put(r, 0, 3)", "np.put(r, 1, 3)", "r"),
    ("r = some * 1.0", "np.copyto(r, 1, where=r < .2)", "np.copyto(r, 1, where=r < -.1)", "r"),
    ("r = some * 1.0", "r.fill(.3)", "# r.fill(.3)", "r"),
    ("r = some[::-1] * 1.0", "r.sort()", "# r.sort()", "r"),
    ("r = some * 1.0", "r[:4] = 0", "r[:3] = 0", "r"),
    ("r = some * 1.0", "r[0] = 5", "r[1] = 5", "r"),
    ("r = some * 1.0", "r *= 2", "r *= 3", "r"),
    ("r = some * 1.0\nv = r[:4]", "v[:] = 9", "v[0] = 9", "r"),
    ("r = some * 1.0\nbox = {'r': r}", "box['r'][:4] = 9", "box['r'][:3] = 9", "r"),
    ("r = some * 1.0\nbox = Box(r)", "r[:4] = 9", "r[:3] = 9", "box.of"),
    ("r = some * 1.0\nbox = Box(r)", "box.of[:4] = 9", "box.of[:3] = 9", "r"),
    ("r = some * 1.0\nnames = [r]", "for a in names: a[a < .2] = .6", "for a in names: a[a < -.1] = .6", "r"),
    ("rng = np.random.default_rng(0)\nr = some * 1.0", "rng.shuffle(r)", "# rng.shuffle(r)", "r"),
    (LIFT, "lift(df)", "# lift(df)", "df.v"),
    (LIFT, "lift(df)", "if len(df) > 99: lift(df)", "df.v"),
    (KEEP, "for v in some: keep(v)", "for v in some[:3]: keep(v)", "vals"),
    (KEEP, "for v in some: keep(v)", "", "vals"),
    (KEEP, "_ = [keep(v) for v in some]", "# gone", "vals"),
    ("df = frame.copy()", "df['v'] = df.v * .3", "df['v'] = df.v * .5", "df.v"),
    ("df = frame.copy()", "df['z'] = 1", "df['y'] = 1", "[*df]"),
    ("df = frame.copy()", "df.loc[len(df)] = [0, 1]", "df.loc[len(df)] = [0, 2]", "df.v"),
    ("df = frame.copy()", "df.insert(0, 'z', 1)", "# gone", "df.v"),
    ("df = frame.copy()", "df.rename(columns={'v': 'u'}, inplace=True)", "pass", "[*df]"),
    ("df = frame.copy()", "df.fillna(0, inplace=True); df.v.iat[0]; df.iat[0, 0] = 7", "df.iat[1, 0] = 7", "df.v"),
    ("df = frame.copy()", "df.pop('w')", "# gone", "[*df]"),
    ("d = {'a': 1}", "d['b'] = 2", "d['c'] = 2", "d"),
    ("d = {'a': 1}", "d.update(b=2)", "d.update(c=2)", "d"),
    ("d = {'a': 1}", "d.setdefault('b', 2)", "d.setdefault('c', 2)", "d"),
    ("d = {'a': [1]}", "d['a'].append(2)", "d['a'].append(3)", "d"),
    ("l = [3, 1, 2]", "l.sort()", "l.sort(reverse=True)", "l"),
    ("l = [3, 1, 2]", "l[1:2] = [4, 5]", "l[1:2] = [6, 7]", "l"),
    ("l = [3, 1, 2]", "random.Random(0).shuffle(l)", "pass", "l"),
    ("l = [3, 1, 2]", "del l[0]", "pass", "l"),
    ("l = [3, 1, 2]", "l.remove(3)", "pass", "l"),
    ("s = {1, 2}", "s.add(3)", "s.add(4)", "s"),
    ("s = {1, 2}", "s |= {3}", "s |= {4}", "s"),
    ("box = Box(1)", "box.of = 2", "box.other = 2", "box.of"),
    ("box = types.SimpleNamespace(of=1)", "box.of = 2", "pass", "box.of"),
    ("box = Box(1)\ndef turn(b): b.of = 2", "turn(box)", "pass", "box.of"),
    ("t = torch.ones(8)", "t.mul_(.3)", "t.mul_(.5)", "t"),
    ("t = torch.ones(8)", "t.clamp_(max=.3)", "t.clamp_(max=3)", "t"),
    ("t = torch.ones(8)", "t[t > .5] = 0", "t[t > 5] = 0", "t"),
    ("t = torch.ones(8)\nu = t[:4]", "u.zero_()", "pass", "t"),
    ("t = torch.ones(8)\nu = t.numpy()", "u[:] = 3", "u[0] = 3", "t"),
    ("t = torch.ones(8)", "torch.mul(t, 2, out=t)", "torch.mul(t, 3, out=t)", "t"),
    (NET, STEPS, STEPS.replace("3", "2"), OUT),
    (NET, "net.load_state_dict({k: 0 * v for k, v in net.state_dict().items()})", "pass", OUT),
    (NET, "with torch.no_grad(): net.weight.mul_(.5)", "with torch.no_grad(): net.weight.mul_(1)", OUT),
    (NET, "net.weight.data[0, 0] = 5", "net.weight.data[0, 1] = 5", OUT),
    (NET, "torch.nn.init.zeros_(net.weight)", "pass", OUT),
    (NET, "net.eval()", "pass", "net.training"),
    (NET, "best.param_groups[0]['lr'] = 2", "pass", "best.param_groups[0]['lr']"),
    (NET, "net(torch.ones(2)).sum().backward()", "pass", "net.weight.grad"),
    ("x = 1", "x = x + 1", "x = x + 2", "x"),
    ("x, y = some, 1", "x, y = x * .3, 2", "x, y = x * .5, 2", "x"),
    ("x = some", "x = 3", "z = 3", "x"),
    ("x = some\ndef f():\n    global x\n    x = x * .3", "f()", "pass", "x"),
    ("x = some * 1.0\nhow = dict(out=x)", "np.multiply(x, .3, **how)", "np.multiply(x, .5, **how)", "x"),
    ("N = 0\nr = some * 1.0\nlow = lambda: r[r < N].sum()", "r[0] = 9", "r[1] = 9", "low()"),
    ("p = (some * 1.0, 1)", "p[0][p[0] < .2] = .6", "p[0][p[0] < -.1] = .6", "p[0]"),
    ("p = (frame.copy(), 1)", "p[0]['v'] = .6", "pass", "p[0].v"),
    ("on = Course()", "on.pays[:] = 3", "on.pays[0] = 3", "on.pays"),
    ("on = Course()", "on.pays = 3", "# nothing", "on.pays"),
    ("how = dict(a=1)", "how |= dict(b=1)", "how |= dict(c=1)", "how"),
    ("r = some * 1.0", "if True:\n    r[r < .2] = .6", "if True:\n    r[r < -.1] = .6", "r"),
    ("r = some * 1.0", "%%time\nr *= 2", "%%time\nr *= 3", "r"),
    ("r = some * 1.0", "globals()['r'] = some * 3", "pass", "r"),
    ("r = some * 1.0", "(lambda d: d.__setitem__(0, 5))(r)", "pass", "r"),
    ("x = some * 1.0\nr = x", "x[x < .2] = .6", "x[x < -.1] = .6", "r"),
    ("box = Box(1)", "setattr(box, 'of', 3)", "pass", "box.of"),
    ("class K: k = 1", "K.k = 2", "pass", "K.k"),
    ("def f(): return f.k\nf.k = 1", "f.k = 2", "pass", "f()"),
    ("l = [3, 1, 2]", "import heapq; heapq.heappush(l, 0)", "pass", "l"),
    ("df = frame.copy()", "df.columns = ['a', 'b']", "pass", "[*df]"),
    ("df = frame.copy()", "df.loc[df.v < .2, 'v'] = .6", "df.loc[df.v < -.1, 'v'] = .6", "df.v"),
    ("df = frame.copy()", "df.attrs['n'] = 1", "df.attrs['m'] = 1", "df.attrs"),
    ("d = {'a': {}}", "d['a']['b'] = 1", "d['a']['c'] = 1", "d"),
    ("df = frame.copy()", "df = df[df.v < .2]", "df = df[df.v < .5]", "df.v"),
]  # fmt: skip


TWICE = [  # what makes it, what changes it once more each time, what is judged
    ("df = frame.copy()", "df['v'] = df.v * .3", "df.v"),
    ("df = frame.copy()", "df.v = df.v * .3", "df.v"),
    ("df = frame.copy()", "df.loc[:, 'v'] *= .3", "df.v"),
    ("df = frame.copy()", "df = df.assign(v=df.v * .3)", "df.v"),
    ("df = frame.copy()", "for v in some: df.loc[len(df)] = [v, v]", "df.v"),
    ("df = frame.copy()", "df = pd.concat([df, frame])", "df.v"),
    ("df = frame.copy()\ndef shrink(d): d['v'] *= .3", "shrink(df)", "df.v"),
    ("df = frame.copy()", "df.drop(df.index[0], inplace=True)", "df.v"),
    ("x = some * 1.0", "x[:] = x * .3", "x"),
    ("x = some * 1.0", "x, y = x * .3, 2", "x"),
    ("x = some * 1.0", "np.multiply(x, .3, out=x)", "x"),
    ("x = some * 1.0\nhow = dict(out=x)", "np.multiply(x, .3, **how)", "x"),
    ("x = some * 1.0\nv = x[2:]", "v *= 2", "x"),
    ("x = [1]\nbox = [x]", "box[0] += [1]", "x"),
    (KEEP, "for v in some: keep(v)", "vals"),
    (KEEP, "_ = [*map(keep, some)]", "vals"),
    ("vals = []", "vals += [*some]", "vals"),
    ("vals = []", "vals = vals + [*some]", "vals"),
    ("vals = ()", "vals = (*vals, 1)", "vals"),
    ("vals = []", "vals.extend(some)", "vals"),
    ("n = {'a': 0}", "n['a'] = n.get('a', 0) + 1", "n"),
    ("n = {'a': 0}", "n.update(a=n['a'] + 1)", "n"),
    ("n = 'a'", "n = f'{n}b'", "n"),
    ("box = Box(1)", "box.of = 2 * box.of", "box.of"),
    ("box = Box(1)", "box.of += 1", "box.of"),
    ("class Count:\n    n = 0\n    def add(self): self.n += 1\none = Count()", "one.add()", "one.n"),
    ("t = torch.ones(8)", "t.mul_(.3)", "t"),
    ("t = torch.ones(8)", "t -= .3", "t"),
    (NET, STEPS, OUT),
    (f"{NET}\ndef fit(): best.step()\nnet(torch.ones(2)).sum().backward()", "fit()", OUT),
    (NET, "net(torch.ones(2)).sum().backward()", "net.weight.grad"),
    (NET, "noise = torch.randn(8)", "noise"),
    ("np.random.seed(0)", "noise = np.random.rand(8)", "noise"),
    ("rng = np.random.default_rng(0)", "noise = rng.random(8)", "noise"),
    ("rng = np.random.default_rng(0)\ndef draw(): return rng.random(8)", "noise = draw()", "noise"),
    ("rng = {'a': np.random.RandomState(0)}", "noise = rng['a'].rand(8)", "noise"),
    ("rng = random.Random(0)", "noise = [rng.random() for _ in some]", "noise"),
    ("rng = torch.Generator().manual_seed(0)", "noise = torch.randn(8, generator=rng)", "noise"),
    ("it = iter(some)", "first = [next(it) for _ in range(3)]", "first"),
    ("it = itertools.count()", "first = next(it)", "first"),
    ("it = (v for v in some)", "first = [v for v, _ in zip(it, range(2))]", "first"),
    ("x = 1\ndef f():\n    global x\n    x *= 2", "f()", "x"),
    ("a, b = some, 1", "a, b = b, a", "a"),
    ("def f(v, kept=[]):\n    kept.append(v)\n    return len(kept)", "n = f(1)", "n"),
    ("def make():\n    n = [0]\n    return lambda: n.append(1) or len(n)\nf = make()", "m = f()", "m"),
    ("x = some * 1.0\nf = functools.partial(np.multiply, x, .5, out=x)", "f()", "x"),
    ("l = [1]\npush = l.append", "push(2)", "l"),
    ("x = some * 1.0\nt = (x, 1)", "t[0][:] = 2 * t[0]", "x"),
    ("x = some * 1.0\nt = torch.from_numpy(x)", "t.mul_(2)", "x"),
    ("d = {'a': frame.copy()}", "d['a']['v'] *= 2", "d['a'].v"),
    ("import collections\nc = collections.Counter()", "c.update('aab')", "c"),
    ("import collections\nc = collections.defaultdict(list)", "c['a'].append(1)", "c"),
    ("net = torch.nn.BatchNorm1d(2)", "out = net(torch.ones(4, 2))", "net.running_mean"),
    ("p = ([], [])", "p[0].append(1.0)", "p[0]"),
    ("p = (some * 1.0, 1)", "p[0][:] = p[0] * .3", "p[0]"),
    ("def two(): return [], []\nxs = two()", "for v in some: xs[0].append(v)", "xs[0]"),
    ("import collections\nA = collections.namedtuple('A', 'n m')\np = A([1], 2)", "p.n.append(3)", "p.n"),
    ("on = Course()", "on.pays[0] += 1", "on.pays"),
    ("on = Course()\ndef more(o): o.pays = o.pays + 1", "more(on)", "on.pays"),
    ("_n = [1]", "_n.append(2)", "_n"),
    ("x = 1", "(x := x + 1)", "x"),
    ("import argparse\nhow = argparse.Namespace(n=1)\ndef turn(how): how.n += 1", "turn(how)", "how.n"),
]  # fmt: skip


GRADIENT = f"{NET}\nnet(torch.ones(2)).sum().backward()"
HEADS = "torch.manual_seed(0)\nnet = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))"
VIEWS = [  # what makes it and a view of it, or of what is in it; what changes it by that; what is judged
    (f"{NET}\nsd = net.state_dict()", "sd['weight'].mul_(.5)", OUT),
    (f"{NET}\nsd = net.state_dict()", "for k in sd: sd[k] *= 2", OUT),
    (f"{NET}\nsd = net.state_dict()", "for v in sd.values(): v.mul_(2)", OUT),
    (f"{NET}\nps = list(net.parameters())", "with torch.no_grad(): ps[0].mul_(.5)", OUT),
    (f"{NET}\nps = tuple(net.parameters())", "ps[0].data.mul_(.5)", OUT),
    (f"{NET}\nps = dict(net.named_parameters())", "ps['weight'].data.mul_(.5)", OUT),
    (f"{NET}\nw = net.weight.data", "w.mul_(.5)", OUT),
    (f"{NET}\nw = net.weight.detach().numpy()", "w *= .5", OUT),
    (f"{NET}\ng = best.param_groups[0]", "g['lr'] *= 2", "best.param_groups[0]['lr']"),
    (f"{NET}\ng = best.param_groups[0]['params']", "g[0].data *= 2", OUT),
    (f"{GRADIENT}\ng = net.weight.grad", "g *= 2", "net.weight.grad"),
    (f"{GRADIENT}\nw = net.weight.data", "best.step()", "w"),
    (f"{HEADS}\nhead = net[1].state_dict()", "head['weight'] *= 2", "net[1].weight.sum().item()"),
    ("net = torch.nn.BatchNorm1d(2)\nm = net.running_mean", "m += 1", "net.running_mean"),
    ("df = pd.DataFrame({'v': [[1], [2]]})\nc = df.v[0]", "c.append(3)", "df.v[0]"),
    ("x = some * 1.0\ns = pd.Series(x, copy=False)", "x *= 2", "s"),
    ("x = some * 1.0\ndf = pd.DataFrame({'x': x}, copy=False)", "x *= 2", "df.x"),
    ("d = {'a': [1], 'b': [2]}\nvs = d.values()", "[v.append(3) for v in vs]", "d"),
    ("d = {'a': [1], 'b': [2]}\nvs = [*d.values()]", "vs[0].append(3)", "d"),
    ("d = {'a': [1], 'b': [2]}\nvs = [*d.values()]", "d['a'].append(3)", "vs"),
    ("d = {'a': {'b': {'c': [1]}}}\nv = d['a']['b']['c']", "v.append(3)", "d"),
    ("d = ([[1]], 2)\nv = d[0][0]", "v.append(3)", "d[0]"),
    ("d = [[1], [2]]\ne = d[:1]", "e[0].append(1)", "d"),
    ("x = [1]\nd = {'a': x}", "x.append(1)", "d"),
    ("box = Box({'a': [1]})\nv = vars(box)", "v['of']['a'].append(3)", "box.of"),
    ("box = [Box(some * 1.0)]\nv = box[0].of", "v *= 2", "box[0].of"),
    ("on = [Course()]\nv = on[0].pays", "v *= 2", "on[0].pays"),
    ("t = torch.ones(8)\nu = t.split(4)", "u[0].mul_(2)", "t"),
    ("t = torch.ones(8)\nu = t.view(2, 4)", "t.mul_(2)", "u"),
    ("x = some * 1.0\nu = memoryview(x)", "u[0] = u[0] * 2", "x"),
    ("import collections\nd = collections.defaultdict(list)\nd['a'] = [1]\nv = d['a']", "v.append(1)", "d"),
    ("class K: k = [1]\nv = K.k", "v.append(1)", "K.k"),
    ("def f(kept=[1]): return kept\nv = f()", "v.append(1)", "f()"),
    ("t = torch.ones(8)", "torch.add(t, 1, out=t)", "t"),
    ("x = some * 1.0", "np.add(x, 1, out=x)", "x"),
]  # fmt: skip
EDITED += [(made, changed, "pass", judged) for made, changed, judged in VIEWS]
TWICE += VIEWS


FILLS = "def results(n, kept): kept.update(a=of() * n); return frame * n\nresults.__module__ = 'helpers.made_here'"
HELD = {  # what makes it; what puts it beside something else, or changes it afterwards; what is judged
    "a tuple": ["x = [1]", "d = (x, 2)", "x.append(1)", "d"],
    "a list": ["x = [1]", "d = [x, 2]", "x.append(1)", "d"],
    "a list in a dict": ["x = [1]", "d = {'a': [x], 'b': 2}", "x.append(1)", "d"],
    "a tuple with what nobody can tell": ["x = [1]", "d = (x, random)", "x.append(1)", "d[0]"],
    "an array in a tuple": ["x = some * 1.0", "d = (x, 2)", "x *= 2", "d[0]"],
    "changed where it stands": ["x = [1]", "d = (x, 2)", "d[0].append(1)", "x"],
    "handed over": ["more, of = {}, lambda: frame",
                    f"how = {{'n': 2, 'kept': more}}\n{FILLS}", "r = results(**how)", "r"],
    "handed over by dict": ["more = {}", f"how = dict(n=2, kept=more)\nof = Course\n{FILLS}".replace("() * n", "()"),
                            "r = results(**how)", "r"],
}  # fmt: skip


AS_IT_WAS = [  # what makes it, what changes it and leaves the same when it runs again, what is judged
    ("r = some * 1.0", "r[r < .2] = .6", "r"),
    ("r = some * 1.0", "r.clip(.1, None, out=r)", "r"),
    ("x = some * 1.0\ny = x * 0", "np.add(x, 1, out=y)", "y"),
    ("x = some * 1.0\nv = x[:4]", "v[:] = 3", "x"),
    ("df = frame.copy()\ns = df.v", "s *= 2", "df.v"),  # pandas copies it then
    ("df = frame.copy()", "df['z'] = df.v * .3", "df.z"),
    ("df = frame.copy()", "df.drop(columns='w', inplace=True, errors='ignore')", "df.v"),
    (LIFT, "lift(df)", "df.v"),
    ("runs = {}", "runs['SFT'] = Box(1)", "runs"),
    ("runs = {}", "for arm in ('SFT', 'RL'): runs[arm] = Box(arm)", "runs"),
    ("runs = {}", "runs |= {arm: Box(arm) for arm in ('SFT', 'RL')}", "runs"),
    ("runs = {}", "runs.update(a=Box(1))", "runs"),
    ("l = [3, 1, 2]", "l.sort()", "l"),
    ("d = {'a': {}}", "d['a']['b'] = 1", "d"),
    ("df = frame.copy()", "df = df[df.v < .5]", "df.v"),
    ("n = 0", "while n < 3: n += 1", "n"),
    ("import string", "string.k = 1", "string.k"),
    ("t = torch.ones(8)", "t[:] = 3", "t"),
    (NET, "net.load_state_dict({k: 0 * v for k, v in net.state_dict().items()})", OUT),
    ("def f(x): return x", "f = f", "f(3)"),
    ("x = some", "y = x * 2", "y"),
    ("it = iter(some)", "length = len(some)", "length"),
    ("rng = np.random.default_rng(0)", "same = np.random.default_rng(0).random()", "same"),
    ("torch.manual_seed(0)\nx = torch.randn(8)", "y = x * 2", "y"),
    ("x = 1", "torch.manual_seed(0)\nx = torch.randn(8)", "x"),
    ("x = 1", "torch.manual_seed(0)", "x"),
    ("from pathlib import Path\nhere = Path('.')", "there = here.exists()", "there"),
    ("import re\nword = re.compile('a')", "found = word.findall('aa')", "found"),
    ("@functools.cache\ndef f(n): return n", "y = f(2)", "y"),
]  # fmt: skip


ALL = [0, 1, 2]
SETTINGS, FUNCTION, CHECK = "N = 8", "def double(v): return v", "done = double(some)"
RUN = "runs, log = {}, []\nfor n in range(N):\n    runs[n] = double(some[n:])\n    log.append(n)"
ARM = "runs['sum'] = np.full(3, double(1.0))\nboth = {**runs}"
LESSON = [
    SETTINGS,
    FUNCTION,
    CHECK,
    RUN,
    ARM,
    "judge(runs)",
    "best = max(log)\nruns['best'] = best",
    "log.clear()",
]
AFTERNOON = {  # what a learner does: each a list of cells that run, by their places, and some with another text
    "from top to bottom": [range(8)],
    "a verdict again": [range(6), [5]],
    "twice to the verdict": [range(6), range(6)],
    "a function edited five times": [*([(1, f"def double(v): return {n} * v"), 2] for n in "12345"), range(6)],
    "a function edited once it has run": [range(6), [(1, "def double(v): return 2 * v"), *range(2, 6)]],
    "a number turned and all below": [range(6), [(0, "N = 4"), *range(1, 6)]],
    "turned twice": [range(6), [(0, "N = 4"), *range(1, 6)], [(0, "N = 6"), *range(1, 6)]],
    "an arm trained again": [range(6), [4, 4, 5]],
    "an arm with another number": [range(6), [(4, "runs['sum'] = np.full(3, double(4.0))\nboth = {**runs}"), 5]],
    "all of a cell again": [range(6), [3, 4, 5]],
    "a look": [range(5), ["look", 5], ["look", 3, 4, 5]],
    "a comment": [range(5), [(4, f"# an arm\n{ARM}"), 5]],
}  # fmt: skip

EXERCISE = [  # as in a lesson, whose check draws other inputs each time
    "from helpers.kit import built\nfrom helpers.lessons.lesson01 import check_row\n"
    "from helpers.lessons.lesson01.builds import row as theirs",
    "def row(p, action): return p",
    "check_row(row)",
    "got = built(row, theirs)(torch.ones(2) / 2, 0)",
    "judge(got)",
]
RIGHT = "def row(p, action): return torch.eye(len(p))[action] - p"


def turns(cells, *runs):
    """Cells as they run, by their places: "b" and its text; a run: the places."""
    return [[(f"cell {at}", cells[at] or "# nothing") for at in run] for run in runs]


STOPPED = {  # what makes it; what changes it, and is stopped when it runs for the first time; what is judged
    "own": (
        "vals = []\ndef keep():\n    vals.append(1)\n    if len(vals) == 1: raise KeyboardInterrupt",
        "keep()",
        "vals",
    ),
    "the course's": ("maps = {}", "fill(maps)", "maps"),
}
DOUBLE = "def double(d): d *= "
TURNED = {  # cells; what is turned, while the line that changes something in place stays as it is
    "a number in a mask": (["N = .2", "r = some * 1.0", "r[r < N] = .6", "judge(r)"], (0, "N = -.1"), [2, 3]),
    "a number that is written": (["N = .6", "r = some * 1.0", "r[r < .2] = N", "judge(r)"], (0, "N = .1"), [2, 3]),
    "a function": ([f"{DOUBLE}2", "r = some * 1.0", "double(r)", "judge(r)"], (0, f"{DOUBLE}3"), [2, 3]),
    "the first of two": (["r = some * 1.0", "r[r < 0] = .1", "r *= 2", "judge(r)"], (1, "r[r < -.1] = .1"), [2, 3]),
    "a cell that changes and judges": (["r = some * 1.0", "q = 1", "q = 2", "r *= 2\njudge(r)"], (1, "q"), [2, 3]),
}  # fmt: skip


def scenarios():
    """What runs in turn, by the test and its row."""
    found = {}
    for made, changed, turned, judged in EDITED:
        now, then = ([made, one, f"judge({judged})"] for one in (changed, turned))
        found["edited", made, changed, turned] = [*turns(now, ALL), *turns(then, [1, 2], [2], ALL, [2])]
    for made, changed, judged in TWICE:
        cells = [made, changed, f"judge({judged})"]
        found["twice", made, changed] = turns(cells, ALL, [1, 2], [2], ALL)
        found["once less", made, changed] = turns(cells, ALL, [0, 2], [1, 2])
    for name, (*cells, judged) in HELD.items():
        cells = [*cells, f"judge({judged})"]
        found["held", name] = turns(cells, range(4), [2, 3], range(4), [0, 3])
    for made, changed, judged in AS_IT_WAS:
        found["the same", made, changed] = turns([made, changed, f"judge({judged})"], ALL, [1, 2], [1, 1, 2])
    module = ["import string", "string.k = 1", "judge(string.k)"]
    found["a module",] = [*turns(module, ALL), *turns([module[0], "pass", module[2]], [1, 2], ALL)]
    for name, (made, changed, judged) in STOPPED.items():
        found["stopped", name] = turns([made, changed, f"judge({judged})"], [0, 1, 1, 2])
    parts = ["r = some * 1.0", "r *= .5\n1 / 0", "r *= .5", "judge(r)"]
    found["a mended error",] = turns(parts, [0, 1, 2, 3])
    for name, (cells, (at, text), then) in TURNED.items():
        now = [*cells[:at], text, *cells[at + 1 :]]
        found["turned", name] = [*turns(cells, range(4)), *turns(now, [at, *then], range(4))]
    mended = [EXERCISE[0], RIGHT, *EXERCISE[2:]]
    found["an exercise",] = [*turns(EXERCISE, range(5)), *turns(mended, range(1, 5), [2, 4], [2, 2, 3, 4])]
    found |= {("afternoon", name): afternoon(runs) for name, runs in AFTERNOON.items()}
    return found


def afternoon(runs):
    """The cells that a learner runs, in turn."""
    cells, found = [*LESSON], []
    for run in runs:
        found.append([])
        for at in run:
            if isinstance(at, tuple):
                at, cells[at] = at[0], at[1]
            found[-1].append((f"cell {at}", "len(some), frame.describe()" if at == "look" else cells[at]))
    return found


@pytest.fixture(scope="module")
def said():
    """Whether each turn of each scenario ended in a remark."""
    every = scenarios()
    given = json.dumps([*every.values()])
    ran = subprocess.run([sys.executable, RUNNER], input=given, capture_output=True, text=True, check=True)
    return dict(zip(every, json.loads(ran.stdout), strict=True))


@pytest.mark.parametrize(("made", "changed", "turned", "judged"), EDITED)
def test_a_line_that_changed_something_in_place_and_was_edited_has_a_remark_until_all_is_made_anew(
    said, made, changed, turned, judged
):
    assert said["edited", made, changed, turned] == [False, True, True, False, False]


@pytest.mark.parametrize(("made", "changed", "judged"), TWICE)
def test_what_was_changed_twice_has_a_remark_until_it_is_made_anew(said, made, changed, judged):
    assert said["twice", made, changed] == [False, True, True, False]


@pytest.mark.parametrize(("made", "changed", "judged"), TWICE)
def test_what_was_made_anew_and_not_changed_again_has_a_remark(said, made, changed, judged):
    assert said["once less", made, changed] == [False, True, False]


@pytest.mark.parametrize("name", HELD)
def test_what_stands_beside_something_else_may_be_changed_there_once_and_no_more(said, name):
    again = name != "handed over"  # to what fills a dict of it with the same as before
    assert said["held", name] == [False, again, False, True]


@pytest.mark.parametrize(("made", "changed", "judged"), AS_IT_WAS)
def test_what_leaves_the_same_when_it_runs_again_needs_no_remark(said, made, changed, judged):
    assert said["the same", made, changed] == [False, False, False]


@pytest.mark.parametrize("name", AFTERNOON)
def test_what_a_learner_does_on_an_afternoon_needs_no_remark(said, name):
    assert not any(said["afternoon", name])


def test_an_exercise_that_is_mended_or_checked_again_needs_no_remark(said):
    assert said["an exercise",] == [False] * 4


@pytest.mark.parametrize("name", TURNED)
def test_what_a_line_that_changes_something_goes_by_was_turned_and_has_a_remark(said, name):
    assert said["turned", name] == [False, True, False]


def test_what_a_cell_has_set_in_a_module_and_sets_no_more_has_a_remark_until_the_kernel_is_another(said):
    assert said["a module",] == [False, True, True]


@pytest.mark.parametrize(("name", "remark"), [("own", True), ("the course's", False)])
def test_what_was_stopped_and_run_again_has_a_remark_but_where_the_course_fills_a_dict_anew(
    said, name, remark
):
    assert said["stopped", name] == [remark]


def test_what_a_cell_changed_before_its_error_is_too_much_once_it_was_mended_under_another_name(said):
    assert said["a mended error",] == [True]
