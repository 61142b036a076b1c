"""The fiscal check-up: products, customers, rules and operations whose data lead to a fallback or a likely mistake.

``facts`` says what is judged, ``goods``, ``customers`` and ``rules`` judge, a function for each check, ``checks`` is
the table of them all. Nothing is read here: who has the records gives them as values.
"""
