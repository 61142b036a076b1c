"""Encryption of what is kept in the database, by a key that is not in it (AES-256-GCM)."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..fiscal.problems import FiscalError, Problem, _
from .instance import KEY

_VERSION = b"\x01"
_NONCE = 12  # bytes, drawn at random for each encryption (NIST SP 800-38D)


def encrypt(plain: bytes, purpose: str) -> bytes:
    """``plain`` encrypted for ``purpose``: a value moved to where another purpose is asked for does not decrypt.

    :raises FiscalError: the installation's key cannot be read or made.
    """
    nonce = os.urandom(_NONCE)
    return _VERSION + nonce + _cipher(KEY.obtain()).encrypt(nonce, plain, _VERSION + purpose.encode())


def decrypt(token: bytes, purpose: str) -> bytes:
    """What :func:`encrypt` was given.

    :raises FiscalError: this installation has not the key that encrypted it, or the value was changed.
    """
    secret = KEY.find()
    if secret is None:
        raise _lost()
    nonce, content = token[1 : 1 + _NONCE], token[1 + _NONCE :]
    try:
        return _cipher(secret).decrypt(nonce, content, token[:1] + purpose.encode())
    except InvalidTag as error:
        raise _lost() from error


def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=b"faturamento_br").derive(secret))


def _lost() -> FiscalError:
    message = _("This server cannot open the stored certificate: its encryption key is missing or is another one.")
    cure = _(
        "Upload the certificate file and its password again, or give the server back its key (faturamento_br_key)."
    )
    return FiscalError([Problem("certificate_key_lost", "certificate", message, cure)])
