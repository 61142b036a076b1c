"""NF-e, model 55: sales of goods, layout 4.00 (package PL_010f v1.04).

``problems`` and ``amount_problems`` say what is wrong; ``build`` writes what is right; ``sign.sign`` signs it;
``enviNFe``, ``lot`` and ``proc`` surround the signed bytes.
"""

from .. import Built, DocumentType, register
from .builder import NAMESPACE, build
from .checks import amount_problems, problems
from .envelope import enviNFe, lot, proc

__all__ = ["NAMESPACE", "NFE", "Built", "amount_problems", "build", "enviNFe", "lot", "problems", "proc"]

NFE = register(
    DocumentType(
        model="55",
        name="NF-e",
        schema="nfe_v4.00.xsd",
        problems=problems,
        amount_problems=amount_problems,
        build=build,
        envelope=enviNFe,
        lot=lot,
        proc=proc,
    )
)
