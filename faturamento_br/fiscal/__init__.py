"""The fiscal core: Brazilian fiscal documents in pure Python, usable and testable without Odoo.

Dependencies go one way: ``documents -> taxes, xml, access_key, spec``; ``transport`` knows bytes only.
Nothing in this package imports Odoo. Money is :class:`decimal.Decimal`, in BRL, never float.
"""
