"""Monthly archives of fiscal documents: a ZIP that proves itself, and can be read in ten years without this software.

What is in it: each document's XML byte for byte in ``modelo-55/serie-001/autorizadas/``, its events beside it,
the proofs of voided numbers in ``inutilizadas/``,
``resumo.xlsx`` for people, ``manifesto.json`` for programs, and ``SHA256SUMS`` (``sha256sum -c``) over all of them.
:mod:`.writer` makes one, :mod:`.check` judges one, :mod:`.facts` reads what a summary needs from an XML.

``python -m fiscal.archive a.zip`` judges archives, anybody's, without a database.
"""
