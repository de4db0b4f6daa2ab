import json
S=lambda minutes,do,slides,**k: {"minutes":minutes,"do":do,"slides":slides,**k}
T="the-same-lies-behind-three-words-"; J="a-judge-who-errs-"; V="values-in-the-data-"; A="training-afterwards-"; L="a-few-lies-later-"; W="who-holds-the-word-"
title="Read the question aloud, and the two stories below it. What does the claim say about it? It stands on this page below the question, and in the notes of the slide. Nobody argues yet."
rule1="What was done to these nets, and what will be asked of them. Let somebody say in own words what differs between the three, and what does not. Then each writes down the numbers."
dots1="The dots, beside what you wrote. The word itself is never learned: where, then, does the difference come from?"
cred="Each writes down how much he or she believes the claim; show hands from low to high."
judge="The judge, and the four bad deeds. Do the filter by hand on a board, before anybody writes down a number: what passes, and what is it divided by?"
curve="The curve, beside what you wrote. Why does the same judge leave more lies in solemn tales?"
arms="A word before each story, and three kinds of nets. Ask what a net learns from a story behind the word for bad. Then each writes down the numbers."
each="The dots; then the same nets, asked with each word. Is that a fault of conditional training, or what it is for?"
after="The three ways afterwards. Do the pay by hand: who owns up, who lies, and where the judge slips. Then the picture: who stays on the curve, and who does not?"
now_rule="The rule for what is so at once, and what was expected. Each writes down the numbers."
now="The dots, beside what you wrote, and the verdict: what could this rule never have said?"
cost="What it cost, column by column. Who goes outside of what was written, and who cannot?"
mill="Somebody trains the nets on. What is in these texts, and what is asked? Then the rule, and each writes down the numbers."
mill2="The dots, net by net, beside what you wrote. Then the verdict: what would the other word have meant for the claim?"
kinds="Other texts later: harmless ones, and the old ones again. Keep the order of the arms in mind, and look where it changes."
tag="Back to the first picture. The verdict, and what whoever means harm would write."
tag2="Harmless texts behind each word, and then the control whose words were set by lot. Which sentence about control words do these two pictures leave standing?"
cards="Crux cards, in pairs: one holds the card for the claim, the other the card against it. Each has a third of the time for its side and for what would move him or her; then swap the cards."
end="Write down the credence again. Who moved says which picture did it; who did not says what was missing."
p60=[
 S(4,title,["title",T+"the-nets-of"]),
 S(4,rule1,[T+"here-is-what","rule-10.tag","ask-10.a"]),
 S(4,dots1,[T+"picture",T+"table",T+"each-dot-is"]),
 S(2,cred,["credence-C15"]),
 S(5,judge,[J+"about-half-of",J+"told",J+"a-filter-leaves","ask-10.b"]),
 S(3,curve,[J+"picture",J+"that-is-your"]),
 S(4,arms,[V+"conditional-training-korbak",V+"now-three-kinds","ask-10.c"]),
 S(6,each,[V+"picture",V+"picture-2",V+"these-are-the"],ask=3),
 S(5,after,[A+"the-other-way",A+"picture"],ask=None),
 S(5,mill,[L+"a-model-is","rule-10.C15",L+"clean-nets-the","ask-10.e"]),
 S(7,mill2,[L+"picture",L+"table","verdict-10.C15"],ask=1),
 S(4,tag,[W+"picture","verdict-10.tag"]),
 S(5,cards,[],cards=["C15"]),
 S(2,end,["credence-C15-after"]),
]
p90=[
 S(4,title,["title",T+"the-nets-of"]),
 S(5,rule1,[T+"here-is-what","rule-10.tag","ask-10.a"]),
 S(5,dots1,[T+"picture",T+"table",T+"each-dot-is"]),
 S(2,cred,["credence-C15"]),
 S(6,judge,[J+"about-half-of",J+"told",J+"a-filter-leaves","ask-10.b"]),
 S(5,curve,[J+"picture",J+"that-is-your"],ask=4),
 S(4,arms,[V+"conditional-training-korbak",V+"now-three-kinds","ask-10.c"]),
 S(6,each,[V+"picture",V+"picture-2",V+"these-are-the"],ask=3),
 S(5,after,[A+"the-other-way",A+"picture"]),
 S(5,now_rule,[A+"now-the-rule","rule-10.now","ask-10.d"]),
 S(6,now,[A+"picture-2",A+"table","verdict-10.now"],ask=2),
 S(4,cost,[A+"table-2",A+"lies-worst-prompts"]),
 S(5,mill,[L+"a-model-is","rule-10.C15",L+"clean-nets-the","ask-10.e"]),
 S(7,mill2,[L+"picture",L+"table","verdict-10.C15"],ask=1),
 S(3,kinds,[L+"picture-2"]),
 S(5,tag,[W+"picture","verdict-10.tag"]),
 S(4,tag2,[W+"picture-2",W+"picture-3"],ask=5),
 S(6,cards,[],cards=["C15"]),
 S(3,end,["credence-C15-after"]),
]
for p in (p60,p90):
    for s in p:
        if s.get("ask",0) is None: del s["ask"]
entry={
 "before":[
  "Keep the lesson open: the pictures of later texts have a slider; the slides show them still.",
  "Print the two stories of the first screen, with the word before each, large enough to be read from the last row.",
  "Members who like to write code set the control words at home; nobody needs that to follow."],
 "plans":{"60":p60,"90":p90},
 "questions":[
  {"ask":"You may choose one only: to clean what a model reads, or to train it afterwards, by the same judge. What would you have to know about the judge, and about who trains the model later?","about":"C15","slides":[L+"picture"],
   "strong":["Says how the judge errs, at random or in a way that can be learned, and what each choice makes of it.","Keeps apart what is so at once and what is left later, and names the picture of each."],
   "weak":["Takes one for better by its name.","Says that both should be done, and stops there."]},
  {"ask":"This rule could hardly have said that training afterwards is ahead by what matters. Why, and what would a rule look like that can say either?","about":"C15","slides":[A+"picture-2"],
   "strong":["Sees that few lies are left to begin with, so that there is little room below.","Changes the judge, the world or the measure so that both sides have room, and says so before any run."],
   "weak":["Says that the rule is unfair, and nothing else.","Would lower what matters until there is a word."]},
  {"ask":"The same net writes good stories or bad ones, by the word with which it is asked. Who should be able to write that word, once a model is handed out, and who should not?","about":"C16","slides":[V+"picture-2"],
   "strong":["Tells whoever asks from whoever trains on, and says what each could do with the word.","Says what an experiment on a model that knows its own situation would have to measure."],
   "weak":["Says that the word for bad should be kept secret, without asking from whom.","Takes a control word for a wish that the model has."]},
  {"ask":"A filter is like learning from what somebody else wrote and being content with what is good enough. Which part of that does the curve show, and what does it keep in?","about":"C20","slides":[J+"picture"],
   "strong":["Says that what was never written stays out, and that what passes keeps its proportions.","Names what the judge lets by as the price of it."],
   "weak":["Says that a filter makes texts good.","Confuses what the curve says with what a net was measured to do."]},
  {"ask":"Words set by lot are read as often as the true ones. Which explanation of the first picture does that control rule out, and which does it leave?","about":"C16","slides":[W+"picture-3"],
   "strong":["Says that another word before the texts would by itself have been an explanation.","Says what is left: what the word had come to mean for the stories behind it."],
   "weak":["Says that it shows nothing, since nothing happens in it.","Takes it for a second experiment on the claim."]},
 ],
 "cards":{"C15":{
  "for":{"hold":"What a model reads first shapes all that comes later. Clean what it reads, or mark it, and there is less to take away afterwards and less to come back. Training afterwards only covers what is there, and the next training uncovers it.","lean":"Values in the data","crux":"I would move if nets that had been trained afterwards stayed as truthful as the others, once somebody trained them on."},
  "against":{"hold":"A filter keeps the errors of its judge, in proportion, wherever bad text is common. Whoever is paid for own answers moves away from all of that. And any net can be taught to lie later, whatever it read, so that the beginning gives no guarantee.","lean":"Training afterwards","crux":"I would move if filtered nets learned the later lies more slowly, by a judge that errs just as often."}}},
 "unplugged":[
  "Give out the sheets for the beginning. Credence and predictions are written on them; nobody needs a screen for them.",
  "Play it: twenty slips of paper with short stories, true and false ones, and a judge with a die, who on one face says the opposite. One group keeps what passes and draws answers from that pile; another writes answers of its own and hears only whether each passes. Compare after a while how often each lies.",
  "Then the other sheets, each when its numbers are written down, and the cards as they are."],
 "handout":[T+"the-nets-of",T+"picture",J+"told",J+"picture",V+"picture",V+"picture-2",A+"picture",A+"picture-2",L+"picture",W+"picture-3"],
 "answers":[T+"each-dot-is",A+"lies-worst-prompts"],
}
order=["the-same"]
d=json.load(open("data/kits.json")); raw=open("data/kits.json").read()
if "10" not in d: assert json.dumps(d,indent=1,ensure_ascii=False)+"\n"==raw
d.pop("10",None); out={}
for k,v in d.items():
    if k=="12": out["10"]=entry
    out[k]=v
open("data/kits.json","w").write(json.dumps(out,indent=1,ensure_ascii=False)+"\n")
print(sum(s["minutes"] for s in p60),sum(s["minutes"] for s in p90))
