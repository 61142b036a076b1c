"""What the browser tests need before the part they are about: confirmed invoices, made by the user's own rights."""

from typing import Any

from .screen import Screen

HOTEL = "12345678000195"  # in São Paulo, as the company
CHAIR, TABLE = "CAD-IPE", "MES-8L"


def invoice(screen: Screen, *codes: str, customer: str = HOTEL, post: bool = True, **values: Any) -> int:
    """An invoice of one of each product, by their internal references; confirmed unless told otherwise."""
    lines = [
        (0, 0, {"product_id": screen.find("product.product", "default_code", code), "quantity": 1}) for code in codes
    ]
    move = screen.call(
        "account.move",
        "create",
        [
            {
                "move_type": "out_invoice",
                "partner_id": screen.find("res.partner", "vat", customer),
                "invoice_line_ids": lines,
                **values,
            }
        ],
    )[0]
    if post:
        screen.call("account.move", "action_post", [move])
    return move


def document_of(screen: Screen, move: int) -> dict[str, Any]:
    """The invoice's fiscal document."""
    [found] = screen.call(
        "faturamento_br.document",
        "search_read",
        [("move_id", "=", move)],
        ["display_name", "state", "number", "cStat", "access_key", "attempt_ids", "danfe_attachment_id", "problem_ids"],
    )
    return found
