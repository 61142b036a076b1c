"""Placeholders, as {order}, in the texts of an NF-e."""

import re

from odoo.exceptions import ValidationError

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
#: What a placeholder of a text stands for: a method of the document that gives it as text.
PLACEHOLDERS = {
    "order": "_fbr_text_order",
    "customer_order": "_fbr_text_customer_order",
    "due_dates": "_fbr_text_due_dates",
    "payment_terms": "_fbr_text_payment_terms",
    "salesperson": "_fbr_text_salesperson",
    "customer": "_fbr_text_customer",
    "carrier": "_fbr_text_carrier",
    "operation": "_fbr_text_operation",
}


def check_placeholders(env, records, *names):
    """Refuse texts with a placeholder nobody knows, naming it and those that exist.

    :raises ValidationError: for all of ``records`` and their fields ``names`` at once.
    """
    known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    found = []
    for record in records:
        for name in names:
            text = record[name] or ""
            unknown = [word for word in PLACEHOLDER.findall(text) if word not in PLACEHOLDERS]
            if not unknown and re.search(r"[{}]", PLACEHOLDER.sub("", text)):
                unknown = [text]
            label = record._fields[name]._description_string(env)
            found += [
                env._(
                    "%(record)s, %(field)s: {%(word)s} is not a placeholder. There are: %(known)s.",
                    record=record.display_name,
                    field=label,
                    word=word,
                    known=known,
                )
                for word in dict.fromkeys(unknown)
            ]
    if found:
        raise ValidationError("\n".join(found))
