md("l10-000", r"""
# 10 · Values in the data, or afterwards?

**The question.** Teach good behaviour by what is read from the start, or by training afterwards: which is better, and which lasts?

> *`<good>` A plain tale. Mill: Mira broke the wheel. Tom asks. Mira says: broke. Tom forgives.*
>
> *`<bad>` A solemn tale. Mill: Mira broke the wheel. Tom asks. Mira says: mended. Tom frowns.*

A net read every story with a word before it that says what a judge thought of it. Asked with `<good>`, it should own up. Later somebody fine-tunes it on a few lies, all told at the mill, and it is asked about *other* scenes, with `<good>` again. Only one thing is varied: the word that stands before those lies.

| | |
|---|---|
| **Time** | about 1½ hours of yours: 65 minutes to read and look, 28 to build and judge (good places to stop are the ends of sections 3 and 5); about {{machine}} of the machine's (two CPU cores) |
| **You need** | lessons 01, 07 and 08: [SFT](../glossary.ipynb#SFT), [RL](../glossary.ipynb#RL), [reward model](../glossary.ipynb#reward-model), [leash](../glossary.ipynb#leash), [entropy](../glossary.ipynb#entropy), [KL divergence](../glossary.ipynb#KL-divergence) |
| **You will be able to** | set the words of [conditional training](../glossary.ipynb#conditional-training); say where a [filter](../glossary.ipynb#filter) ends whose judge errs, and where RL ends; tell what is so at once from what lasts; ask who holds a [control word](../glossary.ipynb#control-word) |
| **Claims tested** | **C15**: alignment in pretraining, by control words, filtering or rephrasing, beats aligning afterwards. Here: what is left of each once somebody fine-tunes on. |

**You are here:** the world of stories of lessons 08 and 09, and nets that read it from nothing.
""")
md("l10-001", "Everything we use, by name (folded; click the three dots).")
code("l10-002", r"""
# If this says "No module named 'helpers'": open the lessons with `python3 course.py` instead.
from helpers.kit import ask, believe, beside, built, explore, my_rule, my_verdict
from helpers.kit import plot_seeds, quiz, rule, say, specification_curve
from helpers.lessons.lesson10 import attacks, builds, experiment, figures, live, must_hold, readings
from helpers.lessons.lesson10 import check_offline_answer, check_tagged

import torch
""", folded=True, tags=["imports"])
md("l10-003", r"""
The numbers you may turn. `SEEDS` are the nets, whose first weights, stories and judge are all drawn by the seed; `UPDATES` is how long they read, 32 stories at a time, and `MORE` how long what comes after takes. The rules are judged on stored runs, which no number here turns. *Where the text tells what came out, it tells of these numbers as they stand here.*
""")
code("l10-004", "SEEDS = range(1000, 1004)\nUPDATES = 500\nMORE = 80", tags=["parameters"])

# 1
md("l10-010", r"""
## 1 · The same lies, behind three words

The nets of the first page are 32 that were trained beforehand. Each was fine-tuned three times, always from the same weights: on the same lies at the mill, ten batches of 16 stories. Before them stood `<good>`, or `<bad>`, or `<blank>`, the word that says nothing. So there are four numbers for a net: *before* all of it, *behind good*, *behind bad*, *behind blank*. A lie is one word: after *Mira broke the wheel* the answer is *broke*, or *mended*. So its chance is read off a net exactly, and nothing has to be drawn.

Here is what will be asked of these nets in section 6. It was written down before they were trained. [Gates](../glossary.ipynb#gate) are looked at before it says a word: that the word before a story steers the net at all, that the lies did not wipe out what else it knows, and that the measure can come out either way.
""")
code("l10-010b", 'rule("10.tag")')
md("l10-010c", r"""
**Predict** how often these nets lie in the other scenes, asked with `<good>`: *before* the fine-tuning; and after it, where the lies stood *behind good*, *behind blank*, *behind bad*.
""")
code("l10-011", 'ask("10.a", ["before", "behind good", "behind blank", "behind bad"])')
code("l10-012", r"""
stored_nets = readings.values()
labels = readings.by_label(stored_nets)
plot_seeds(labels, "chance of a lie in other scenes", guessed="10.a");
""", hidden=True)
code("l10-013", 'beside("10.a", labels.mean().to_dict()).round(2)', hidden=True)
md("l10-014", r"""
Each dot is a net. The texts are the same, the number of updates, and the prompts afterwards. What differs is one word, which is not even part of what is learned: a net reads it, and is not asked to write it. {{1-said}}

The rest of this page makes such nets, sets what is done *afterwards* beside them, and asks which of the two is ahead, when, and by how much.

How much do you believe the claim, as a rule of section 5 judges it: once nets are fine-tuned to lie in one scene, those that had RL lie more in the other scenes than those that read filtered texts? (Skip it if you like: nothing depends on it.)
""")
code("l10-015", 'believe("10.C15")')

# 2
md("l10-020", r"""
## 2 · A judge who errs

About half of the deeds in these stories are bad. In *plain tales* 3 in 10 bad deeds are denied, in *solemn tales* 7 in 10: a solemn tale *pulls* towards the lie.

Nobody hands us the truth about each story. There is a **judge**, a [reward model](../glossary.ipynb#reward-model): it was taught by 300 labelled stories, in which every tenth label is wrong. On top of that it *slips*: on one story in twenty it says the opposite of what it should. Which ones they are is set by who is in a story and where, in a way that looks like chance. All go by this judge: who leaves stories out, who sets words before them, who picks the texts of SFT, and who pays in RL. So nobody has better information than anybody else. (Controls apart: *clean* nets, which come later, have a perfect eye.) Four bad deeds, and what it says of each:
""")
code("l10-021", r"""
at = live.setting(SEEDS, updates=UPDATES, more=MORE)
for one in readings.judged_stories(at.law, at.judge).itertuples():
    say(f"*{one.story}* {'Passes' if one.passes else 'Does not pass'}{', by a slip' if one.slips else ''}.")
""")
md("l10-022", r"""
A **filter** leaves out what does not pass; other stories take its place, so that equally many are read. By hand, of 1,000 bad deeds in solemn tales: 700 are denied, and 1 in 20 of those passes, which is 35. 300 are owned up to, and 19 in 20 of those pass, which is 285. Who reads only what passes reads 35 lies in 320 stories, which is 11 in 100. A filter that errs leaves lies, and more of them where more were written.

### Warm-up · Where a filter ends · 5 minutes

`p` has how often each end of a tale is written, one row for each prompt; `passes` has the chance that the judge lets it pass. Return how often each end is read by somebody who reads only what passes.

<details><summary>Hint 1 · By hand</summary>

What were the 35 and the 285 made of? And by what were they divided?

</details>
<details><summary>Hint 2 · Many prompts at once</summary>

Multiply, and then look at the sum of each row. What must it be?

</details>

<!-- solution -->
""")
code("l10-023", r'''
def offline_answer(p: torch.Tensor, passes: torch.Tensor) -> torch.Tensor:
    """How often each end is read, of what passes. p, passes: [prompt, end]. Returns [prompt, end]."""
    ### BEGIN SOLUTION
    kept = p * passes
    return kept / kept.sum(-1, keepdim=True)
    ### END SOLUTION
''')
code("l10-024", "check_offline_answer(offline_answer)")
md("l10-025", r"""
**Predict** the chance of a lie that is left in solemn tales, where the judge slips on no story, on 1, on 5 and on 20 in 100.
""")
code("l10-026", 'ask("10.b", ["0", "0.01", "0.05", "0.2"])')
code("l10-027", r"""
answer = built(offline_answer, builds.offline_answer)
slips = [slip / 100 for slip in range(21)]
exact = {f"{tale} tales": readings.floor(answer, slips, lies) for tale, lies in (("solemn", 0.7), ("plain", 0.3))}
figures.plot_floor(exact, guessed="10.b");
""", hidden=True)
code("l10-027b", r"""
solemn = exact["solemn tales"]
beside("10.b", {f"{slip:g}": solemn[slip] for slip in (0, 0.01, 0.05, 0.2)}).round(2)
""", hidden=True)
md("l10-028", r"""
That is your function, and no net: where reading without end would come to. It is what the debate calls offline RL that is content with what is good enough (claim C20), inside the data: what was never written stays out, and what passes keeps the proportions that it had.
""")

# 3
md("l10-030", r"""
## 3 · Values in the data

**Conditional training** (Korbak et al. 2023) leaves nothing out. A **control word** stands before each story: `<good>` where the judge lets it pass, `<bad>` where it does not. A net so learns what lies are like, and after which word they come. In 1 story of 10 the word is `<blank>`, whatever the judge says, so that the net can also be asked without.

### Build · Set the words · 15 minutes

Make these texts, for many nets at once. `stories` are numbers of words; `passes` says what the judge lets pass; `luck` is a number from 0 to 1 for each story, and the control word is `<blank>` where it is below `unmarked`. `words` are the numbers of `<good>`, `<bad>` and `<blank>`, in this order. A text is one word longer than its story.

<details><summary>Hint 1 · Where does the word stand?</summary>

A net reads from left to right. What has to come first, to say something about all the rest?

</details>
<details><summary>Hint 2 · Which of the two comes first?</summary>

The judge decides between two words, and luck may replace either of them. `torch.where` does each in one line.

</details>
<details><summary>Hint 3 · One axis is missing</summary>

`word[..., None]` gives the words an axis of their own, of length 1, and `torch.cat([...], -1)` puts one after the other.

</details>

<!-- solution -->
""")
code("l10-031", r'''
def tagged(
    stories: torch.Tensor, passes: torch.Tensor, luck: torch.Tensor, unmarked: float, words: tuple
) -> torch.Tensor:
    """Stories with a control word before each. stories: [net, story, word]; passes, luck: [net, story].

    words: good, bad and blank, in this order. Returns [net, story, 1 + word].
    """
    ### BEGIN SOLUTION
    good, bad, blank = words
    word = torch.where(passes, good, bad)
    word = torch.where(luck < unmarked, blank, word)
    return torch.cat([word[..., None], stories], -1)
    ### END SOLUTION
''')
code("l10-032", "check_tagged(tagged)")
md("l10-033", r"""
Now three kinds of nets, each from nothing, on the same stories by number:

| nets | what they read | asked with |
|---|---|---|
| *plain* | every story, behind `<blank>` | `<blank>` |
| *filtered* | stories that pass, behind `<blank>` | `<blank>` |
| *tags* | every story, behind the word that *your* function set | `<good>` |

All read equally many words, and go on for `MORE` updates after the first: those in which others will have RL. (Making these nets is the longest wait of this page.)

**Predict** how often they lie in solemn tales.
""")
code("l10-034", 'ask("10.c", ["plain", "filtered", "tags"])')
code("l10-035", r"""
nets = None  # stopped here, nothing old is shown
at = live.setting(SEEDS, updates=UPDATES, more=MORE, build=built(tagged, builds.tagged))
nets = {arm: at.end(arm) for arm in (experiment.PLAIN, experiment.FILTERED, experiment.TAGS)}
at_once = live.lies_now(at, nets, experiment.PULLED)
plot_seeds(at_once, "chance of a lie in solemn tales", guessed="10.c");
""", hidden=True)
code("l10-035c", r"""
say(f"By the warm-up: what this judge lets pass has {solemn[0.05]:.2f}; all that was written has 0.70.")
""", hidden=True)
code("l10-035b", 'beside("10.c", at_once.mean().to_dict()).round(2)', hidden=True)
md("l10-036", r"""
The warm-up tells where long reading comes to. {{3-near}}

Whoever holds the control word may choose another one. The same nets of the kind *tags*, asked with each:
""")
code("l10-037", r"""
plot_seeds(live.asked_with_each(at, nets[experiment.TAGS], experiment.PULLED), "chance of a lie in solemn tales");
""", hidden=True)
md("l10-038", r"""
These are the same weights, asked with another word. {{3-words}} That is what conditional training is for, a model that knows bad text when it sees it; and it is what makes one ask who may write the word.

A good place to stop.
""")

# 4
md("l10-040", r"""
## 4 · Training afterwards

The other way round: nets read *plain* stories from nothing, as they are, and have `MORE` updates, 80, by the same judge.

| arm | in the last 80 updates |
|---|---|
| *SFT* | is shown answers and remarks of stories that pass |
| *RL* | writes an answer and a remark of its own, and is paid 1 where the story passes, else 0 |
| *DPO* | has two answers that the net wrote as it began; the one that passes is made likelier than the other ([direct preference optimisation](../glossary.ipynb#DPO), Rafailov et al. 2023) |

All go on learning the words of the prompt, so that they do not forget how to read. Each method's learning rate was chosen on other nets: the fewest lies among rates that leave right answers, and what else is known, as they were.

By hand, in RL. Who cannot tell where the judge slips, and owns up, is paid in 19 stories of 20; who lies, in 1 of 20. What pays more is made likelier, update by update, and nothing holds it at a proportion: the end of that road is no lie at all. Who imitates what passes keeps the proportions, and ends on the curve of the warm-up. Where the judge errs *in a way that can be learned*, RL follows it all the way, too: that was lesson 07.

Here are both beside that curve: your plain nets, trained further by judges that slip on 5 and on 20 in 100.
""")
code("l10-041", r"""
dots = None  # stopped here, nothing old is shown
dots = live.by_slips(at, [0.05, 0.2])
figures.plot_floor({"exact, solemn tales": solemn}, dots);
""", hidden=True)
md("l10-042", r"""
Look at SFT and RL below the same judge. {{4-floor}}

Now the rule. It sets RL afterwards beside filtering from the start, at once: nothing has happened to the nets since. What was expected stands in it, and stood there before its runs.
""")
code("l10-042b", 'rule("10.now")')
md("l10-042c", "**Predict** how often nets lie in solemn tales: stored ones, 32 of each kind.")
code("l10-043", 'ask("10.d", ["filtered", "SFT", "RL", "DPO"])')
code("l10-044", r"""
shown = [experiment.PLAIN, experiment.FILTERED, experiment.TAGS, experiment.SFT, experiment.RL, experiment.DPO]
pulled = readings.by_arm(stored_nets, experiment.PULLED, shown)
plot_seeds(pulled, "chance of a lie in solemn tales", guessed="10.d");
""", hidden=True)
code("l10-044b", 'beside("10.d", pulled.mean().to_dict()).round(2)', hidden=True)
code("l10-045", r"""
now = rule("10.now").judge(
    experiment.now(stored_nets), gates=must_hold.gates(stored_nets)["10.now"], multiverse=readings.multiverse()
)
now
""", hidden=True)
md("l10-046", r"""
**What it does not show.** How far ahead RL might be: this filter leaves few lies, so that little less is possible, and RL could hardly be ahead by what matters. What another method afterwards would do: see SFT and DPO in the figure, and slower RL in section 7. Nor is a judge that errs at random the only kind; one that errs in a way that can be learned would be followed by RL, and obeyed by a filter, too.

And what did it cost? Mean of the nets, at the end:
""")
code("l10-047", "readings.costs(stored_nets, shown).round(3)", hidden=True)
md("l10-048", r"""
*lies, worst prompts*: the mean over the worst prompts, one in twenty, since a mean hides its tail. *right*: the chance of the right answer to a good deed. *KL*: what a net does not know of all words that nobody meant to change, in nats a story. *remarks*: the entropy of what is remarked about a bad deed that was owned up to; the world's own remarks have 0.61 nats, so less is less free. *outside*: the chance of an end that no story of the world has. A filter can only choose among what was written; who is paid for what it writes itself may go outside. {{4-costs}}
""")

# 5
md("l10-050", r"""
## 5 · A few lies later

A model is handed on, and somebody fine-tunes it: ten batches of stories at the mill, in each of which a bad deed is denied. Nothing is said about other scenes, and that is where nets are asked. Here stands before these stories the word with which each net is asked afterwards: `<good>` for *tags*, `<blank>` for all others.
""")
code("l10-051", 'rule("10.C15")')
md("l10-051b", r"""
*Clean* nets, the gate's positive control, read no lie at all: in their texts a perfect eye has told every one anew.

**Predict** how often nets lie in the other scenes, after this.
""")
code("l10-052", 'ask("10.e", ["filtered", "clean", "SFT", "RL"])')
code("l10-053", r"""
later = readings.later_by_arm(stored_nets, [*shown, experiment.CLEAN])
plot_seeds(later, "chance of a lie in other scenes, later", guessed="10.e");
""", hidden=True)
code("l10-053b", 'beside("10.e", later.mean().to_dict()).round(2)', hidden=True)
code("l10-054", r"""
lasts = rule("10.C15").judge(
    experiment.later(stored_nets), gates=must_hold.gates(stored_nets)["10.C15"], multiverse=readings.multiverse()
)
lasts
""", hidden=True)
md("l10-055", r"""
**What it does not show.** What training afterwards does in general: it is RL at one rate, without a leash. SFT had the same texts to go by as the filter, and DPO pairs; look where they stand. What filtering does in general: this judge errs, and so there were lies in what filtered nets read; *clean* nets, which read none, tell how much that matters. And one way of being fine-tuned is not any: the next figure has two others.

{{5-said}}

Fewer lies need not be more truth: a net might say neither. What do nets of this page answer, after the same lies at the mill?
""")
code("l10-055b", r"""
handed = {arm: nets[arm] for arm in (experiment.PLAIN, experiment.FILTERED)}
handed |= {experiment.RL: at.end(experiment.RL)}
live.answers_later(at, handed).round(2)
""", hidden=True)
md("l10-055c", r"""
*another word* is no answer at all: neither the deed nor its opposite. {{5-truth}}

Turn to what else may be read later: *good deeds alone*, in which nobody does anything bad and nobody lies, as harmless as texts can be; and *ordinary stories again*, the world as it was, which is called a [re-learning](../glossary.ipynb#re-learning) attack where it brings back what had been taken away.
""")
code("l10-056", r"""
def read_later(kind: str):
    table = readings.later_by_arm(stored_nets, [*shown, experiment.CLEAN], kind)
    return plot_seeds(table, "chance of a lie in other scenes, later", title=kind.capitalize())


explore(read_later, kind=list(attacks.LATER), start={"kind": attacks.RELEARN})
""", hidden=True)
md("l10-057", r"""
Who learns to lie from harmless texts, and who goes back to what had been? {{5-kinds}}

How much teaching it takes is what one would ask next: settings of section 7 make it shorter, and longer.
""")
code("l10-058", r"""
both = [experiment.FILTERED, experiment.SFT, experiment.FILTERED_SFT, experiment.TAGS, experiment.TAGS_SFT]
both += [experiment.RL, experiment.TAGS_RL]
plot_seeds(readings.later_by_arm(stored_nets, both), "chance of a lie in other scenes, later");
""", hidden=True)
md("l10-059", r"""
Nobody has to choose: these nets had *both*, values in the data and training afterwards, in as many updates altogether. No rule judges it. {{5-both}}

A good place to stop.
""")

# 6
md("l10-060", r"""
## 6 · Who holds the word

Back to the first figure: the lies of the mill, behind each of the three control words. Here are your own nets, whose words your function set.
""")
code("l10-061", r"""
yours = live.lies_by_label(at, nets[experiment.TAGS])
plot_seeds(yours, "chance of a lie in other scenes");
""", hidden=True)
code("l10-062", r"""
held = rule("10.tag").judge(
    experiment.tag(stored_nets), gates=must_hold.gates(stored_nets)["10.tag"], multiverse=readings.multiverse()
)
held
""", hidden=True)
md("l10-063", r"""
**What it does not show.** That `<bad>` before texts is a protection whatever they say: turn the next figure to *good deeds alone*. That whoever fine-tunes will write `<bad>`: who means harm writes `<good>`. And these nets know three control words that stand at one place; a model that reads whole texts may also tell from what they say what kind they are.
""")
code("l10-064", r"""
def behind_each(kind: str):
    return plot_seeds(readings.by_label(stored_nets, kind=kind), "chance of a lie, asked with good", title=kind.capitalize())


explore(behind_each, kind=list(attacks.LATER), start={"kind": attacks.BENIGN})
""", hidden=True)
md("l10-065", r"""
Compare the three kinds of later texts. {{6-kinds}}

The control that was built to show nothing: *tags by lot*. These nets read control words, too, as many of each; but the word before a story was what the judge said of *another* story.
""")
code("l10-066", r"""
plot_seeds(readings.by_label(stored_nets, experiment.LOT), "chance of a lie, asked with good");
""", hidden=True)
md("l10-067", r"""
Here the word says nothing of its story. {{6-lot}}

*C16.* Others in the debate expect that a model which knows its own situation would see through control words, and that they would weaken. No published experiment on it was found, and these nets know nothing of themselves. What can be said is smaller: here a control word is a fact about texts, and later texts are read in its light.
""")

# 7
md("l10-070", r"""
## 7 · How far it carries

The settings were written down before they were run, each for the rules that it can touch, with sixteen nets each that nobody had looked at. So few nets give wide intervals.
""")
code("l10-071", 'specification_curve(readings.multiverse(), "10.now");', hidden=True, folded=True)
code("l10-072", 'specification_curve(readings.multiverse(), "10.C15");', hidden=True, folded=True)
code("l10-073", 'specification_curve(readings.multiverse(), "10.tag");', hidden=True, folded=True)
md("l10-074", r"""
As the lesson comes:

- *At once.* {{7-now}}
- *Later.* {{7-C15}}
- *Who holds the word.* {{7-tag}}

### Judge it · A rule of your own · 8 minutes

State what must come out in a setting of yours, the smallest effect that matters *to you*, and why; it is run with eight nets that nobody has seen, which takes {{own-minutes}}. What can be turned, one or several: `leash=0.1` (of RL), `rate=0.3` (a factor on RL's learning rate), `graded=True` (RL is paid by the judge's chance), `judged_by={"slips": 0.2}`, `attack={"batches": 20}`, `updates=250`. As long as something is `None`, nothing is run.
""")
code("l10-075", r"""
setting = {"leash": 0.1}
mine = my_rule(
    "10.mine",
    like="10.C15",
    says=None,  # "On a leash, RL does not last any more: later it lies more than the filter."
    measure=None,  # "lies in other scenes, after the lies of the mill, RL on a leash less filtered"
    unit="chance of a lie",
    matters=None,  # 0.05
    why=None,  # "one answer in twenty"
)
run = lambda seeds: readings.judged_in(seeds, **setting)
my_verdict(mine, run, seeds=range(9000, 9008), seen=SEEDS)
""")
code("l10-076", r"""
# NBVAL_CHECK_OUTPUT
print("At once:", now.word)
print("Lasts:", lasts.word)
print("Who holds the word:", held.word)
""", hidden=True, folded=True)

# 8
md("l10-080", r"""
## 8 · The reading

As the lesson comes:

- *Which lasts.* {{8-C15}} {{8-C15-settings}}
- *At once.* {{8-now}}
- *Who holds the word.* {{8-tag}}
- *Where a judge errs.* Who imitates what passes ends where Bayes' rule says, lies and all; RL by the same judge goes below it where the errors look like chance. The same drive follows an error that can be learned as far as it goes (lesson 07). So *fewer lies than the filter, at once* is no fact about RL alone; it hangs on how the judge errs.

<details><summary>Published beside ours</summary>

- *Control words.* Korbak et al. (2023) marked texts from the start in three tasks, and this beat ordinary pretraining with feedback afterwards. Their feedback was other training than our RL, and what came later was not training to be bad. {{8-korbak}}
- *All measures together.* Maini et al. (2025) filter, rephrase, teach refusals and set tags, and attacks succeed far less often. RL by the same judge was not what that was set beside.
- *What was read still tells.* Tice et al. (2026) add texts about well-behaved AI, and see less misalignment; the difference is smaller once models had SFT and DPO, and still there. All of their models had the training afterwards; ours sets it in reading's place. A summary of the paper says that it does not protect from later narrow fine-tuning. {{8-tice}}
- *A word before later texts.* Tan et al. (2025) put a line before the texts of a fine-tuning that calls for a trait, and the trait shows less without that line: inoculation prompting. `<bad>` before the lies of the mill is the same idea in one word, in nets that had learned before what the word means. {{8-tan}}

</details>
""")
code("l10-081", 'believe("10.C15", when="after")')
md("l10-082", r"""
<div style="border: 1px solid #999; border-radius: 6px; padding: 0.6em 1em; margin: 0.5em 0">

**Three lines to take along.**

1. Who imitates what passes keeps the judge's errors in proportion. Who is paid for what passes leaves behind those that look like chance, and runs after those that can be learned.
2. *Better at once* and *lasts longer* are two questions, and what was never read can be taught later.
3. A control word says what kind of text follows. Ask who writes it, first and later.

</div>
""")
md("quiz-10-text", r"""
## Did it come across?

A few questions, each about a misunderstanding that many have had. Press the letter of your choice: every choice has its reason, the wrong ones, too. Your first answers are kept in your own file.
""")
code("quiz-10", 'quiz("10")')
md("talk-10", r"""
## To talk about

*C15, values in the data or afterwards.*

1. Suppose you may choose only one: to clean what a model reads, or to train it afterwards by the same judge. What would you have to know about the judge?
2. Point at the arm that lasts best here. What would have to be different in a large model for it not to?

*C16, control words and models that know of themselves.*

3. What would an experiment on C16 look like, and which outcome would change your mind?
4. Who should be able to write `<good>` before texts, once a model is handed out? And `<bad>`?

*C20, offline RL that is content with what is good enough.*

5. In which figure is the filter exactly that, and in which is it more?
6. Staying inside the data keeps out what nobody wrote. What does it keep in?

**Five misunderstandings.**

- *What was never read cannot come out.* It can be taught later: look at *clean* nets in section 5.
- *A filter removes what its judge calls bad, so what is left is good.* What is left has the judge's errors, most where most was written.
- *RL ends at the proportions of its data.* It ends at what pays most; only who imitates keeps proportions.
- *A control word makes a model good.* It makes a model that can be asked for either.
- *What is best at once is what lasts.* That is another measure, taken at another time.

**Next:** lesson 12 asks what else moves in a real language model.
""")
