"""Shapes and types of the helpers are checked while the tests run."""

import jaxtyping

# An int may stand for a float, as everywhere in Python (beartype is stricter if it is not told).
CHECKER = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"
# Modules are checked when they are first imported, so this comes before any of them.
HOOK = jaxtyping.install_import_hook("helpers", CHECKER)
