import hashlib
from base64 import b64decode
from functools import partial
from pathlib import Path

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying

#: Ajuste SINIEF 2/2025: how long the XML is kept, from the authorisation on.
KEPT_MONTHS = 132
#: What a check may write; all else was true when the file was kept, and stays.
CHANGING = frozenset({"state", "checked_at"})
#: What is hashed into the chain, joined by CHAIN_SEPARATOR: the hash before, the place, what is kept.
CHAIN_SEPARATOR = "|"
CHAINED = ("sequence", "kind", "name", "sha256")
SEALED_AT_ONCE = 1000
#: Where the chain of a company begins.
GENESIS = "0" * 64


class KeptFile(models.Model):
    """A file that the law wants kept: its SHA-256, and its place in the company's chain.

    The row is written in the transaction that writes the file. It takes its place in the chain a little later
    (:meth:`_seal`), in a transaction of its own: two documents that are authorized at once must not wait for each
    other. Each link hashes the one before, so that no file can be changed, left out or put in between without all later
    links telling it.
    """

    _name = "faturamento_br.kept_file"
    _description = "Kept fiscal file"
    _order = "company_id, sequence desc, id desc"

    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="restrict")
    document_id = fields.Many2one("faturamento_br.document", index=True, ondelete="restrict")
    voiding_id = fields.Many2one(
        "faturamento_br.voiding", "Voided numbers", index="btree_not_null", ondelete="restrict"
    )
    kind = fields.Selection(
        [
            ("sent", "Signed XML"),
            ("authorized", "Authorized XML (nfeProc)"),
            ("event", "Event"),
            ("voiding", "Voided numbers (procInutNFe)"),
        ],
        required=True,
    )
    name = fields.Char(required=True)
    attachment_id = fields.Many2one("ir.attachment", index="btree_not_null", ondelete="restrict")
    attempt_id = fields.Many2one("faturamento_br.document.attempt", index="btree_not_null", ondelete="restrict")
    sha256 = fields.Char("SHA-256", required=True, index=True)
    size = fields.Integer("Bytes", required=True)
    kept_at = fields.Datetime("Kept since", required=True, default=fields.Datetime.now)
    keep_until = fields.Date("Keep until", required=True)
    sequence = fields.Integer("Place in the chain", aggregator=None)
    previous_hash = fields.Char("Hash before")
    chain_hash = fields.Char("Chained hash")
    checked_at = fields.Datetime("Last checked")
    state = fields.Selection(
        [("ok", "Right"), ("missing", "Missing"), ("altered", "Altered")], required=True, default="ok"
    )

    _of_one = models.Constraint(
        "CHECK((document_id IS NULL) <> (voiding_id IS NULL))", "A kept file is of a document or of voided numbers."
    )
    _one_place = models.Constraint("UNIQUE(company_id, sequence)", "Two kept files cannot have one place in the chain.")
    _one_attachment = models.UniqueIndex("(attachment_id) WHERE attachment_id IS NOT NULL", "The file is kept already.")
    _one_attempt = models.UniqueIndex("(attempt_id) WHERE attempt_id IS NOT NULL", "The file is kept already.")
    _to_check = models.Index("(company_id, checked_at NULLS FIRST, id)")
    _to_seal = models.Index("(company_id, id) WHERE sequence IS NULL")

    @api.depends("name")
    def _compute_display_name(self):
        for kept in self:
            kept.display_name = kept.name

    def write(self, vals):
        if not CHANGING.issuperset(vals):
            raise UserError(self.env._("A kept file is never changed: the law wants it as it was signed and answered."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A kept file is never deleted: the law wants it kept for %s months.", KEPT_MONTHS))

    # --- Keeping ------------------------------------------------------------------------------------------------

    @api.model
    def _keep(self, kind, sources, contents=None):
        """Keep the hash of these files.

        :param sources: attachments of fiscal documents or of voidings, or attempts, whose signed XML it is.
        :param contents: the bytes of each, where they are at hand.
        """
        link = "attempt_id" if sources._name == "faturamento_br.document.attempt" else "attachment_id"
        rows = []
        for source, raw in zip(sources, contents or map(content, sources), strict=True):
            owner = source.document_id if link == "attempt_id" else self.env[source.res_model].browse(source.res_id)
            voiding = owner._name == "faturamento_br.voiding"
            since = (owner.voided_on if voiding else owner.authorized_at) or fields.Datetime.now()
            rows.append(
                {
                    "company_id": owner.company_id.id,
                    "voiding_id" if voiding else "document_id": owner.id,
                    "kind": kind,
                    "name": source.signed_xml_name if link == "attempt_id" else source.name,
                    link: source.id,
                    "sha256": hashlib.sha256(raw).hexdigest(),
                    "size": len(raw),
                    "keep_until": fields.Date.to_date(since) + relativedelta(months=KEPT_MONTHS),
                }
            )
        return self.sudo().create(rows)

    def _content(self):
        """The bytes as they are now; empty when they are gone."""
        self.ensure_one()
        return content(self.attempt_id or self.attachment_id)

    def _verdict(self):
        """The state that the file deserves now."""
        raw = self._content()
        if not raw:
            return "missing"
        return "ok" if hashlib.sha256(raw).hexdigest() == self.sha256 else "altered"

    def _restore(self, data):
        """Give back an attachment's bytes; whatever took their place in the store stays beside them, as evidence.

        :param data: bytes with the very hash that was kept.
        """
        self.ensure_one()
        attachment = self.attachment_id
        checksum = attachment._compute_checksum(data)
        place = Path(attachment._full_path(f"{checksum[:2]}/{checksum}"))
        if place.is_file() and place.read_bytes() != data:
            place.replace(place.with_suffix(".altered"))
        attachment.write({"raw": data, "mimetype": attachment.mimetype})
        self.write({"state": self._verdict(), "checked_at": fields.Datetime.now()})

    def action_download(self):
        self.ensure_one()
        self.check_access("read")
        if self.attempt_id:
            place = f"{self.attempt_id._name}/{self.attempt_id.id}/signed_xml/{self.name}"
        else:
            place = str(self.attachment_id.id)
        return {"type": "ir.actions.act_url", "url": f"/web/content/{place}?download=true", "target": "download"}

    # --- The chain ----------------------------------------------------------------------------------------------

    @api.model
    def _seal(self, company, limit=SEALED_AT_ONCE):
        """Put files that have no place yet at the end of the company's chain, in the order in which they were kept.

        Two at once would take the same place: the lock lets one in, and whoever read too early fails by the constraint
        and is tried again by its job.

        :return: how many were put.
        """
        cr = self.env.cr
        self.flush_model()
        cr.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s), %s)", [self._table, company.id])
        if not cr.fetchone()[0]:
            return 0
        cr.execute(
            "SELECT sequence, chain_hash FROM faturamento_br_kept_file WHERE company_id = %s AND sequence IS NOT NULL"
            " ORDER BY sequence DESC LIMIT 1",
            [company.id],
        )
        place, before = cr.fetchone() or (0, GENESIS)
        cr.execute(
            "SELECT id, kind, name, sha256 FROM faturamento_br_kept_file"
            " WHERE company_id = %s AND sequence IS NULL ORDER BY id LIMIT %s",
            [company.id, limit],
        )
        rows = []
        for kept_id, kind, name, sha256 in cr.fetchall():
            place += 1
            link = chained(before, place, kind, name, sha256)
            rows.append((kept_id, place, before, link))
            before = link
        if rows:
            cr.execute_values(
                "UPDATE faturamento_br_kept_file k"
                " SET sequence = v.place, previous_hash = v.before, chain_hash = v.link"
                " FROM (VALUES %s) AS v(id, place, before, link) WHERE k.id = v.id",
                rows,
            )
            self.invalidate_model(["sequence", "previous_hash", "chain_hash"])
        return len(rows)

    @api.model
    def _seal_all(self):
        """Seal what waits, company by company, each in a transaction of its own: for background jobs only."""
        self.flush_model()
        self.env.cr.execute("SELECT DISTINCT company_id FROM faturamento_br_kept_file WHERE sequence IS NULL")
        for (company_id,) in self.env.cr.fetchall():
            company = self.env["res.company"].browse(company_id)
            while retrying(partial(self._seal, company), self.env) == SEALED_AT_ONCE:
                pass

    @api.model
    def _broken_links(self, company, limit=100):
        """Ids of rows whose link is not what it ought to be, and the chain's length and last hash.

        One query computes every link anew (SHA-256 in the database): constant memory for any number of files.
        """
        self.flush_model()
        self.env.cr.execute(
            """
            WITH links AS (
                SELECT id, sequence, previous_hash, chain_hash,
                       COALESCE(LAG(chain_hash) OVER (ORDER BY sequence), %(genesis)s) AS before,
                       COALESCE(LAG(sequence) OVER (ORDER BY sequence), 0) + 1 AS place,
                       encode(sha256(convert_to(concat_ws('|', previous_hash, sequence, kind, name, sha256), 'UTF8')),
                              'hex') AS link
                  FROM faturamento_br_kept_file
                 WHERE company_id = %(company)s AND sequence IS NOT NULL
            )
            SELECT id FROM links
             WHERE previous_hash <> before OR sequence <> place OR chain_hash <> link
             ORDER BY sequence LIMIT %(limit)s
            """,
            {"company": company.id, "genesis": GENESIS, "limit": limit},
        )
        broken = [row[0] for row in self.env.cr.fetchall()]
        self.env.cr.execute(
            "SELECT sequence, chain_hash FROM faturamento_br_kept_file"
            " WHERE company_id = %s AND sequence IS NOT NULL ORDER BY sequence DESC LIMIT 1",
            [company.id],
        )
        length, head = self.env.cr.fetchone() or (0, GENESIS)
        return broken, length, head

    @api.model
    def _link_at(self, company, sequence):
        """The chained hash at a place; ``None`` when nothing is there."""
        self.env.cr.execute(
            "SELECT chain_hash FROM faturamento_br_kept_file WHERE company_id = %s AND sequence = %s",
            [company.id, sequence],
        )
        found = self.env.cr.fetchone()
        return found and found[0]

    @api.model
    def _adopt(self, limit=500):
        """Keep the files that were made before this add-on kept hashes, oldest first; returns how many.

        Their hash is that of what is there when they are adopted.
        """
        cr = self.env.cr
        cr.execute(
            "SELECT a.id FROM faturamento_br_document_attempt a WHERE NOT EXISTS"
            " (SELECT 1 FROM faturamento_br_kept_file k WHERE k.attempt_id = a.id) ORDER BY a.id LIMIT %s",
            [limit],
        )
        attempts = self.env["faturamento_br.document.attempt"].browse(row[0] for row in cr.fetchall())
        self._keep("sent", attempts)
        cr.execute(
            "SELECT DISTINCT d.xml_attachment_id FROM faturamento_br_document d"
            " WHERE d.xml_attachment_id IS NOT NULL AND NOT EXISTS"
            " (SELECT 1 FROM faturamento_br_kept_file k WHERE k.attachment_id = d.xml_attachment_id)"
            " ORDER BY d.xml_attachment_id LIMIT %s",
            [limit],
        )
        files = self.env["ir.attachment"].browse(row[0] for row in cr.fetchall())
        self._keep("authorized", files)
        return len(attempts) + len(files)


def content(source):
    """The bytes of an attachment, or those signed in an attempt."""
    if source._name == "faturamento_br.document.attempt":
        return b64decode(source.with_context(bin_size=False).signed_xml or b"")
    return source.raw or b""


def chained(before, place, kind, name, sha256):
    """The link of a chain: SHA-256 over the link before, the place, and what is kept (hexadecimal, UTF-8)."""
    text = CHAIN_SEPARATOR.join((before, str(place), kind, name, sha256))
    return hashlib.sha256(text.encode()).hexdigest()
