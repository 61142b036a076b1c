"""xmlsec1, the judge of signatures that shares no code with us."""

import subprocess
from pathlib import Path


def verify(xml: bytes, folder: Path) -> bool:
    """Whether xmlsec1 finds the signature of infNFe right; the certificate's issuer is not judged (--insecure)."""
    file = folder / "document.xml"
    file.write_bytes(xml)
    identifier = ("--id-attr:Id", "http://www.portalfiscal.inf.br/nfe:infNFe")
    run = subprocess.run(
        ["xmlsec1", "--verify", "--insecure", *identifier, str(file)], capture_output=True, check=False
    )
    return run.returncode == 0
