"""The course as a book: a folder of pages for whoever reads in a browser, without Jupyter and without a network.

Everything is made from what the notebooks store and from the ledger, with the Markdown and the formulas of
`helpers.kit.groups.markup`. `page.html` is the one template, `book.css` and `book.js` are copied as they are.
"""
