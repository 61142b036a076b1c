"""Run inside Odoo by in_odoo.py: the main job on real objects, by ordinary users, committed step by step.

``main(env, [folder, url])`` writes ``summary.json`` into the folder after every step, ``nfe-proc.xml`` and
``danfe.pdf`` when they exist. ``url`` is where Odoo will be served.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ADDON = "faturamento_br"


class Job:
    """Records what was done, and how long it took."""

    def __init__(self, env: Any, folder: Path):
        self.env = env
        self.folder = folder
        self.summary: dict[str, Any] = {"steps": []}

    @contextmanager
    def step(self, name: str) -> Iterator[SimpleNamespace]:
        """Time one step and commit it; the body sets ``document`` on the object given."""
        start = time.monotonic()
        self.save(running=name)
        done = SimpleNamespace(document="")
        yield done
        self.env.cr.commit()
        seconds = round(time.monotonic() - start, 2)
        self.summary["steps"].append({"step": name, "document": done.document, "seconds": seconds})
        self.save()

    def save(self, **more: Any) -> None:
        partial = self.folder / "summary.json.partial"
        partial.write_text(json.dumps({**self.summary, **more}, indent=2, ensure_ascii=False) + "\n")
        partial.replace(self.folder / "summary.json")


def main(env: Any, arguments: list[str]) -> None:
    folder, url = Path(arguments[0]), arguments[1]
    env["ir.config_parameter"].set_param("web.base.url", url)
    job = Job(env, folder)
    order = sell(job, env(user=env.ref(f"{ADDON}.demo_user_sales")))
    invoice = bill(job, env(user=env.ref(f"{ADDON}.demo_user_billing")), order.id)
    issue(job, invoice)
    pay(job, invoice)
    contracts(job, env(user=env.ref(f"{ADDON}.demo_user_billing")))
    job.summary["addresses"] = addresses(url, order, invoice)
    job.save()


def sell(job: Job, env: Any) -> Any:
    """A salesperson turns an opportunity into a confirmed order."""
    with job.step("opportunity") as done:
        lead = env["crm.lead"].create(
            {
                "name": "Mobília do restaurante",
                "type": "opportunity",
                "partner_id": env.ref(f"{ADDON}.demo_customer_sp").id,
                "expected_revenue": 12000,
            }
        )
        done.document = lead.name
    with job.step("quotation") as done:
        context = lead.action_new_quotation()["context"]
        lines = [("demo_product_table", 2), ("demo_product_chair", 16), ("demo_product_freight", 1)]
        order = (
            env["sale.order"]
            .with_context(context)
            .create(
                {
                    "order_line": [
                        (0, 0, {"product_id": env.ref(f"{ADDON}.{name}").id, "product_uom_qty": quantity})
                        for name, quantity in lines
                    ]
                }
            )
        )
        done.document = order.name
    with job.step("order") as done:
        order.action_confirm()
        done.document = order.name
    job.summary["order"] = order.name
    return order


def bill(job: Job, env: Any, order_id: int) -> Any:
    """The billing clerk invoices the order."""
    with job.step("invoice") as done:
        wizard = env["sale.advance.payment.inv"].with_context(active_model="sale.order", active_ids=[order_id])
        wizard.create({"advance_payment_method": "delivered"}).create_invoices()
        invoice = env["sale.order"].browse(order_id).invoice_ids
        invoice.action_post()
        done.document = invoice.name
    job.summary.update(invoice=invoice.name, amount_total=f"{invoice.amount_total:.2f}")
    return invoice


def issue(job: Job, invoice: Any) -> None:
    """The billing clerk issues the NF-e and sends it; Odoo's jobs draw the DANFE and queue the mail.

    Writes access_key, cStat and protocolo into the summary, nfe-proc.xml and danfe.pdf into the folder.
    """
    with job.step("simulator") as done:
        invoice.company_id.sudo()._fbr_use_simulator()
        done.document = "its own authority, mutual TLS"
    with job.step("NF-e") as done:
        invoice.action_fbr_issue()
        job.env.cr.commit()  # what is signed is sent right after the commit
        invoice.env.invalidate_all()
        document = invoice.fbr_document_id
        if document.state != "authorized":
            problems = "; ".join(f"{problem.message} {problem.cure}" for problem in document.problem_ids)
            raise RuntimeError(f"{document.display_name} is {document.state}, not authorized: {problems}")
        done.document = f"{document.cStat}, protocolo {document.protocolo}"
    job.summary.update(access_key=document.access_key, cStat=document.cStat, protocolo=document.protocolo)
    (job.folder / "nfe-proc.xml").write_bytes(document.xml_attachment_id.raw)
    with job.step("DANFE") as done:
        job.env.cr.commit()
        job.env.ref(f"{ADDON}.cron_danfe").method_direct_trigger()
        job.env.cr.commit()  # the job worked in a transaction of its own: see what it did
        invoice.env.invalidate_all()
        (job.folder / "danfe.pdf").write_bytes(document.danfe_attachment_id.raw)
        done.document = document.danfe_attachment_id.name
    with job.step("e-mail") as done:
        wizard = invoice.env["account.move.send.wizard"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard.create({"move_id": invoice.id}).action_send_and_print()
        mails = job.env["mail.mail"].search([("model", "=", "account.move"), ("res_id", "=", invoice.id)])
        mail = mails.filtered(lambda mail: invoice.partner_id in mail.recipient_ids)
        done.document = f"{mail.state} for {invoice.partner_id.email}, {len(mail.attachment_ids)} files"


def pay(job: Job, invoice: Any) -> None:
    """The customer's payment is registered."""
    with job.step("payment") as done:
        wizard = invoice.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard.create({})._create_payments()
        done.document = ", ".join(invoice.matched_payment_ids.mapped("name"))


def contracts(job: Job, env: Any) -> None:
    """Contracts of several kinds, some months old, billed until today."""
    today = date.today()
    hotel, gerais, joana = (env.ref(f"{ADDON}.demo_customer_{name}").id for name in ("sp", "mg", "person"))
    service, goods = (env.ref(f"{ADDON}.demo_product_{name}").id for name in ("assembly", "chair"))

    def line(product: int, price: float, **values: Any) -> dict[str, Any]:
        return {"line_ids": [(0, 0, {"product_id": product, "price_unit": price, **values})]}

    def months_ago(number: int) -> date:
        month = today.year * 12 + today.month - 1 - number
        return date(month // 12, month % 12 + 1, 1)

    term = {"term_count": 12, "notice_days": 30, "minimum_count": 12, "fine": 1200.0}
    kinds = [
        {"partner_id": hotel, "date_start": months_ago(3), **term, **line(service, 850.0)},
        {"partner_id": gerais, "date_start": months_ago(6), **line(goods, 480.0, interval_unit="quarter", quantity=4)},
        {"partner_id": joana, "date_start": months_ago(2), "due_by": "working_day", "due_number": 5}
        | line(service, 90.0, billing="arrears", trial_count=1),
        {"partner_id": hotel, "date_start": months_ago(5), "look_back": 70, **line(service, 300.0)},
    ]
    with job.step("contracts") as done:
        made = env["faturamento_br.contract"].create(kinds)
        made.action_start()
        made.action_bill_now()
        draft = {"partner_id": gerais, "date_start": today, **line(service, 2400.0, interval_unit="year")}
        made += made.create(draft)
        done.document = ", ".join(made.mapped("name"))


def addresses(url: str, order: Any, invoice: Any) -> dict[str, str]:
    """The pages worth opening."""
    return {
        "order": f"{url}/odoo/sales/{order.id}",
        "invoice": f"{url}/odoo/customer-invoices/{invoice.id}",
        "NF-e": f"{url}/odoo/action-{ADDON}.document_action/{invoice.fbr_document_id.id}",
    }
