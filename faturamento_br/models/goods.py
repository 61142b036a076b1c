from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from .official_code import printable

ORIGINS = [
    ("0", "0 - National, except codes 3, 4, 5 and 8"),
    ("1", "1 - Foreign, imported directly, except code 6"),
    ("2", "2 - Foreign, bought in Brazil, except code 7"),
    ("3", "3 - National, import content above 40% up to 70%"),
    ("4", "4 - National, basic productive process"),
    ("5", "5 - National, import content up to 40%"),
    ("6", "6 - Foreign, imported directly, no national equivalent (CAMEX)"),
    ("7", "7 - Foreign, bought in Brazil, no national equivalent (CAMEX)"),
    ("8", "8 - National, import content above 70%"),
]
IPI_CSTS = [
    ("50", "50 - Taxed"),
    ("51", "51 - Taxed at zero"),
    ("52", "52 - Exempt"),
    ("53", "53 - Not taxed"),
    ("54", "54 - Immune"),
    ("55", "55 - Suspended"),
    ("99", "99 - Other"),
    ("none", "No IPI"),
]
#: What goods are when neither they nor their category say it.
NATIONAL = "0"
OTHER_FRAME = "999"
#: Code fields, with the table each is looked up in.
CODES = {"fbr_ncm": "faturamento_br.ncm", "fbr_cest": "faturamento_br.cest"}
IN_FORCE = "['|', ('date_end', '=', False), ('date_end', '>=', 'today')]"


class Goods(models.AbstractModel):
    """What the law asks of goods, on products and on their categories.

    A product's own value wins; an empty one is its category's, or that of the nearest category above. The codes are
    stored as text, as the law writes them: a table that is older than a code takes nothing away. Many2one fields
    beside them look codes up by words.
    """

    _name = "faturamento_br.goods"
    _description = "What the law asks of goods"

    fbr_ncm = fields.Char("NCM", help="Mercosur code of the goods, 8 digits.", index="btree_not_null")
    fbr_ncm_id = fields.Many2one(
        "faturamento_br.ncm",
        "NCM by name",
        compute="_compute_fbr_ncm_id",
        inverse="_inverse_fbr_ncm_id",
        search="_search_fbr_ncm_id",
        domain=IN_FORCE,
        help="Mercosur code of the goods: write the beginning of the code, or words of its description.",
    )
    fbr_effective_ncm = fields.Char(
        "NCM in use",
        compute="_compute_fbr_effective_ncm",
        store=True,
        precompute=True,
        recursive=True,
        index="btree_not_null",
        help="The NCM that documents get: the product's own, or its category's.",
    )
    fbr_cest = fields.Char("CEST", help="Code of goods under tax substitution, 7 digits.")
    fbr_cest_id = fields.Many2one(
        "faturamento_br.cest",
        "CEST by name",
        compute="_compute_fbr_cest_id",
        inverse="_inverse_fbr_cest_id",
        search="_search_fbr_cest_id",
        domain=IN_FORCE,
        help="Code of goods that may be under tax substitution. The list begins with those of the NCM.",
    )
    fbr_origin = fields.Selection(
        ORIGINS, "Origin of the goods", help="Empty: the category's; when that is empty too, 0 - National."
    )
    fbr_ipi_cst = fields.Selection(
        IPI_CSTS, "IPI CST", help="Empty: the category's; when that is empty too, documents have no IPI."
    )
    fbr_shows_ipi = fields.Boolean("Has a company that is an IPI taxpayer", compute="_compute_fbr_shows_ipi")
    fbr_ipi_rate = fields.Float("IPI %", digits=(7, 4))
    fbr_ipi_frame = fields.Char("IPI frame", help="cEnq: legal frame of the IPI situation, 3 digits. Empty is 999.")
    fbr_taxable_uom_id = fields.Many2one(
        "uom.uom",
        "Taxable unit",
        ondelete="restrict",
        help="uTrib, when the law taxes another unit than the one sold, as in foreign trade. Empty: the unit sold.",
    )
    fbr_ncm_hint = fields.Char("NCM of the category", compute="_compute_fbr_hints")
    fbr_cest_hint = fields.Char("CEST of the category", compute="_compute_fbr_hints")
    fbr_origin_hint = fields.Char("Origin of the category", compute="_compute_fbr_hints")
    fbr_ipi_hint = fields.Char("IPI of the category", compute="_compute_fbr_hints")
    fbr_taxable_uom_hint = fields.Char("Taxable unit of the category", compute="_compute_fbr_hints")

    # --- Inheritance --------------------------------------------------------------------------------------------

    def _fbr_category(self):
        """The category whose values this record takes for those it lacks."""
        raise NotImplementedError

    def _fbr_holder(self, name):
        """The nearest record that has a value of field ``name``: itself, its category or one above; or empty."""
        self.ensure_one()
        holder = self
        while holder and not holder[name]:
            holder = holder._fbr_category()
        return holder

    def _fbr_holder_above(self, name):
        category = self._fbr_category()
        return category and category._fbr_holder(name)

    def _compute_fbr_effective_ncm(self):
        for goods in self:
            goods.fbr_effective_ncm = goods.fbr_ncm or goods._fbr_category().fbr_effective_ncm

    @api.depends_context("allowed_company_ids")
    def _compute_fbr_shows_ipi(self):
        """The law taxes goods alike everywhere, but in the hands of a shop that resells them they have no IPI."""
        self.fbr_shows_ipi = any(self.env.companies.sudo().mapped("fbr_pays_ipi"))

    def _compute_fbr_hints(self):
        """Where an empty field's value comes from: shown in it, in grey."""
        search = self.env._("Code or words, such as 9401 or wooden chair")
        rarely = self.env._("Only goods that may be under tax substitution")
        same = self.env._("The unit sold")
        lines = (
            ("fbr_ncm_hint", "fbr_ncm_id", search),
            ("fbr_cest_hint", "fbr_cest_id", rarely),
            ("fbr_origin_hint", "fbr_origin", self._fbr_label("fbr_origin", NATIONAL)),
            ("fbr_ipi_hint", "fbr_ipi_cst", self._fbr_label("fbr_ipi_cst", "none")),
            ("fbr_taxable_uom_hint", "fbr_taxable_uom_id", same),
        )
        for goods in self:
            for hint, name, nothing in lines:
                holder = goods._fbr_holder_above(name)
                goods[hint] = nothing
                if holder:
                    value = holder[name]
                    shown = holder._fbr_label(name, value) if isinstance(value, str) else value.display_name
                    goods[hint] = self.env._("%(value)s (from %(category)s)", value=shown, category=holder.display_name)

    def _fbr_label(self, name, value):
        return dict(self._fields[name]._description_selection(self.env)).get(value, value)

    # --- Codes by name ------------------------------------------------------------------------------------------

    @api.depends("fbr_ncm")
    def _compute_fbr_ncm_id(self):
        self._fbr_set_code_ids("fbr_ncm")

    @api.depends("fbr_cest")
    def _compute_fbr_cest_id(self):
        self._fbr_set_code_ids("fbr_cest")

    def _fbr_set_code_ids(self, name):
        codes = self.env[CODES[name]]._fbr_codes()
        for goods in self:
            goods[f"{name}_id"] = codes.get(goods[name], (False,))[0]

    def _inverse_fbr_ncm_id(self):
        self._fbr_take_code_ids("fbr_ncm")
        # While a record is created, a precomputed field is protected from what depends on it.
        self.env.add_to_compute(self._fields["fbr_effective_ncm"], self)

    def _inverse_fbr_cest_id(self):
        self._fbr_take_code_ids("fbr_cest")

    def _fbr_take_code_ids(self, name):
        for code, goods in self.grouped(lambda one: one[f"{name}_id"].code).items():
            goods.write({name: code})

    @api.onchange("fbr_ncm_id")
    def _onchange_fbr_ncm_id(self):
        """The text follows at once, so that what depends on it does."""
        self.fbr_ncm = self.fbr_ncm_id.code

    @api.onchange("fbr_cest_id")
    def _onchange_fbr_cest_id(self):
        self.fbr_cest = self.fbr_cest_id.code

    def _search_fbr_ncm_id(self, operator, value):
        return self._fbr_search_code_ids("fbr_ncm", operator, value)

    def _search_fbr_cest_id(self, operator, value):
        return self._fbr_search_code_ids("fbr_cest", operator, value)

    def _fbr_search_code_ids(self, name, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        domain = [("id", "in", list(value))] if operator == "in" else value
        codes = self.env[CODES[name]].search(domain).mapped("code")
        if operator == "in" and False in value:
            codes.append(False)
        return [(name, "in", codes)]

    # --- What is written ----------------------------------------------------------------------------------------

    @api.model
    def load(self, fields, data):
        """Import rows; each wrong one is told once, with its own line."""
        return told_once(super().load(fields, data))

    @api.model_create_multi
    def create(self, vals_list):
        found = []
        vals_list = [self._fbr_clean(vals, vals.get("name") or self.env._("New"), found) for vals in vals_list]
        raise_all(found)
        return super().create(vals_list)

    def write(self, vals):
        found = []
        vals = self._fbr_clean(vals, ", ".join(self[:3].mapped("display_name")) if vals.keys() & CHECKED else "", found)
        raise_all(found)
        return super().write(vals)

    def _fbr_clean(self, vals, owner, found):
        """``vals`` with its codes as bare digits; what is wrong with them is added to ``found``, in words.

        A code that all of ``self`` have already is not judged again: it may have been in force when it was chosen.
        """
        clean = {name: vals[name] for name in CHECKED if vals.get(name)}
        owner = printable(owner, 80)
        for name, value in clean.items():
            if name in CODES and not (self and all(goods[name] == value for goods in self)):
                clean[name], problem = self._fbr_judged(name, value, owner)
                found += filter(None, [problem])
            elif name == "fbr_ipi_frame" and not is_digits(str(value), 3):
                found.append(
                    self.env._(
                        '%(owner)s: the IPI frame "%(code)s" is not right: it has 3 digits, such as 999.',
                        owner=owner,
                        code=printable(value),
                    )
                )
            elif name == "fbr_ipi_rate" and not 0 <= value < 1000:
                found.append(
                    self.env._(
                        "%(owner)s: the IPI rate %(rate)s is not right: it is a percentage from 0 to 999.",
                        owner=owner,
                        rate=value,
                    )
                )
        return {**vals, **clean}

    def _fbr_judged(self, name, value, owner):
        """A code as bare digits, and what is wrong with it in words, naming record, field and cure."""
        table = self.env[CODES[name]]
        value = str(value).strip().removesuffix(".0")  # a spreadsheet's number
        told = {
            "owner": owner,
            "field": self._fields[name]._description_string(self.env),
            "code": printable(value),
            "length": table._fbr_length(),
        }
        code = table._fbr_read(value)
        if not code or len(code) != len(value.replace(" ", "").replace(".", "")):
            return value, self._fbr_misspelt(table, value, told)
        row = table._fbr_codes().get(code)
        told["code"] = table._fbr_written(code)
        if not row:
            return code, self.env._(
                "%(owner)s: %(field)s %(code)s is not in the official table. Look the goods up by words in this field. "
                "If the code is newer than the table, the accountant adds it in Configuration > NF-e tables.",
                **told,
            )
        if row[2] and row[2] < fields.Date.context_today(self):
            return code, self.env._(
                "%(owner)s: %(field)s %(code)s ended on %(end)s. Choose the code that took its place.",
                end=format_date(self.env, row[2]),
                **told,
            )
        return code, None

    def _fbr_misspelt(self, table, text, told):
        """The words for a code that is not ``length`` digits; a spreadsheet that ate the first zero is recognised."""
        guess = f"0{text}"
        if guess in table._fbr_codes():
            return self.env._(
                '%(owner)s: %(field)s "%(code)s" lacks a digit. Spreadsheets drop a zero at the beginning: write '
                "%(guess)s, with the column formatted as text.",
                guess=guess,
                **told,
            )
        return self.env._(
            '%(owner)s: %(field)s "%(code)s" is not right: it has %(length)s digits and nothing else. '
            "The supplier's invoice or the accountant has it.",
            **told,
        )


CHECKED = {*CODES, "fbr_ipi_frame", "fbr_ipi_rate"}


def is_digits(text, length):
    return len(text) == length and text.isascii() and text.isdecimal()


def told_once(result):
    """The outcome of an import without the sum of all errors that Odoo puts before them, on the first line."""
    first, *rest = result["messages"] or [{}]
    if rest and set(first["message"].splitlines()) <= {each["message"] for each in rest}:
        return {**result, "messages": rest}
    return result


def raise_all(found):
    if found:
        raise ValidationError("\n".join(found))
