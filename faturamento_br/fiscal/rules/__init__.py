"""Which tax rule holds for an item: dated rules as data, the most specific wins, and why.

``criteria`` says when a rule applies, ``rule`` what it says then, ``book`` finds the one that wins, ``explain`` tells
why it won, ``check`` what is wrong with a set of rules, ``sheet`` reads and writes them as a spreadsheet.
"""
