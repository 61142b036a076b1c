"""A local SEFAZ: HTTPS with mutual TLS, SOAP 1.2, the official checks and cStat codes, and faults on demand.

It stands where the tax office stands, so it must not share the sender's mistakes: nothing here imports the rest of
``fiscal``, and it has its own reading of the access key, the digits, the signature, and the arithmetic. The one thing
both sides have in common is what SEFAZ itself publishes: the XSD files, taken from the ``nfelib`` wheel.

It cannot be taken for the real one: environment 2 only, a certificate authority of its own marked "SIMULADOR SEM
VALOR", ``verAplic`` "SIMULADOR", and a page that says so.

``control`` starts and stops it and sets faults; ``authority`` issues throwaway certificates; ``python -m
fiscal.simulator`` runs it by hand.
"""
