"""What surrounds a signed NF-e: the batch that is sent, and the document with its protocol.

The signed bytes are never parsed nor written again here, or their digest would not survive.
"""

import re
from collections.abc import Sequence

from .builder import NAMESPACE

_DECLARATION = re.compile(rb"\s*<\?xml[^>]*\?>\s*")


def enviNFe(signed: bytes, lot: int) -> bytes:
    """The batch of one NF-e, answered at once (indSinc 1: rejection 452 otherwise); ``lot`` has up to 15 digits."""
    return _enviNFe([signed], lot, "1")


def lot(signed: Sequence[bytes], number: int) -> bytes:
    """The batch of 2 to 50 NF-e, answered later (indSinc 0: rejection 764 otherwise); ``number``: up to 15 digits."""
    return _enviNFe(signed, number, "0")


def _enviNFe(signed: Sequence[bytes], number: int, indSinc: str) -> bytes:
    head = f'<enviNFe xmlns="{NAMESPACE}" versao="4.00"><idLote>{number}</idLote><indSinc>{indSinc}</indSinc>'
    return b"".join((head.encode(), *(_bare(one, b"<NFe") for one in signed), b"</enviNFe>"))


def proc(signed: bytes, protNFe: bytes) -> bytes:
    """The nfeProc 4.00: the signed NF-e and SEFAZ's protNFe, both byte for byte; the file to keep and to deliver."""
    return b"".join(
        (
            f'<?xml version="1.0" encoding="UTF-8"?><nfeProc xmlns="{NAMESPACE}" versao="4.00">'.encode(),
            _bare(signed, b"<NFe"),
            _bare(protNFe, b"<protNFe"),
            b"</nfeProc>",
        )
    )


def _bare(xml: bytes, start: bytes) -> bytes:
    """``xml`` without its declaration.

    :raises ValueError: it is not the expected element in the default namespace.
    """
    declaration = _DECLARATION.match(xml)
    bare = xml[declaration.end() :] if declaration else xml
    if not bare.startswith(start):
        raise ValueError(f"{start.decode()}> was expected, not {bare[:40]!r}.")
    return bare
