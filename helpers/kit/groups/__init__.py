"""For reading groups: a facilitator's page, slides, a handout, and the members' predictions as one figure.

Everything is made from what a lesson stores (its cells and their outputs, the rules, the claims, the ledger, the
glossary), so that it cannot say anything else. What a person has to judge, such as a plan by minutes, stands in
`data/kits.json`.
"""
