"""Questions an accountant asks of the engine with nothing sold: another day, another rule, the reform's later years.

:mod:`.assumptions` says what is taken for granted where the law is not settled; :mod:`.lines` flattens what the engine
found into rows that two situations can be compared by. No tax is computed here.
"""
