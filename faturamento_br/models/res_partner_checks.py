from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..fiscal.digits import is_cnpj, is_cpf, normalize_tax_id
from ..fiscal.ie import is_ie, normalize_ie
from ..fiscal.tables import rows
from .res_partner import EXEMPT
from .res_partner_address import zip_digits

NO_TAX_ID = "/"  # Odoo's way to say that there is none
SHOWN = 40  # characters of a wrong value in a message


class RowByRow(Exception):
    """Makes Odoo's import write a batch again, a row at a time, so that each row gets its own message."""


class ResPartner(models.Model):
    """What is wrong in a register, told at once when it is written, with the field and the cure.

    Only what was written is checked: who corrects a CEP is not asked for an old IE. What is merely missing is no
    mistake (``res_partner_readiness.py``).
    """

    _inherit = "res.partner"

    fbr_place_tax_id = fields.Char(
        "CNPJ/CPF of the place",
        help="Of who receives or hands over the goods at this address, when it is not the customer itself.",
    )

    def _fbr_check_written(self, names):
        """Raise one :class:`ValidationError` with all that is wrong in the fields ``names`` of these partners."""
        checks = [check for triggers, check in self._fbr_checks() if triggers & names]
        if not checks:
            return
        wrong = []
        for partner in self:
            if partner._fbr_is_checked():
                found = [text for check in checks if (text := check(partner))]
                wrong += [f"{shown(partner.name or partner.display_name)}: {text}" for text in found]
        if wrong and len(self) > 1 and self.env.context.get("import_file"):
            raise RowByRow  # a UserError of the whole batch would be told at the spreadsheet's first line
        if wrong:
            raise ValidationError("\n".join(wrong))

    @api.model
    def _fbr_checks(self):
        """Which check a written field asks for; each gives a text, or nothing where all is well."""
        Partner = type(self)
        return (
            ({"vat", "country_id", "l10n_latam_identification_type_id"}, Partner._fbr_wrong_tax_id),
            ({"fbr_place_tax_id"}, Partner._fbr_wrong_place_tax_id),
            ({"l10n_br_ie_code"}, Partner._fbr_wrong_ie),
            ({"l10n_br_isuf_code"}, Partner._fbr_wrong_suframa),
            ({"zip"}, Partner._fbr_wrong_zip),
            ({"city", "city_id", "state_id"}, Partner._fbr_wrong_city),
        )

    def _fbr_has_foreign_document(self):
        """Whether ``vat`` is a foreigner's document (idEstrangeiro): who lives abroad, or has a passport here."""
        kind = self.l10n_latam_identification_type_id
        return not self._fbr_is_brazilian() or bool(kind and not kind.is_vat and kind.country_id.code != "BR")

    # --- The checks -------------------------------------------------------------------------------------------------

    def _fbr_wrong_tax_id(self):
        if self.env.context.get("no_vat_validation") or self.vat in (False, "", NO_TAX_ID):
            return ""
        return "" if self._fbr_has_foreign_document() else self._fbr_tax_id_problem(self.vat)

    def _fbr_wrong_place_tax_id(self):
        return self._fbr_tax_id_problem(self.fbr_place_tax_id) if self.fbr_place_tax_id else ""

    @api.model
    def _fbr_tax_id_problem(self, written):
        bare = normalize_tax_id(written)
        if is_cnpj(bare) or is_cpf(bare):
            return ""
        if len(bare) in (11, 14) and bare.isascii() and bare.isalnum():
            return self.env._(
                "“%(value)s” is not a valid CNPJ or CPF: its check digits are wrong. Correct the CNPJ/CPF.",
                value=shown(written),
            )
        return self.env._(
            "“%(value)s” is not a CNPJ (14 characters) nor a CPF (11 digits). Correct the CNPJ/CPF; a foreigner's "
            "document asks for the type Passport or Foreign ID.",
            value=shown(written),
        )

    def _fbr_wrong_ie(self):
        bare = normalize_ie(self.l10n_br_ie_code or "")
        if not bare or bare == EXEMPT or not self._fbr_is_brazilian():
            return ""
        uf = self.state_id.code if self.state_id else ""
        if is_ie(bare, uf) if uf else any(is_ie(bare, row["uf"]) for row in rows("uf")):
            return ""
        return self.env._(
            "“%(value)s” is not a valid IE of %(uf)s. Correct the IE or the state; write ISENTO if the customer is "
            "exempt, and leave it empty if there is none.",
            value=shown(self.l10n_br_ie_code),
            uf=uf or self.env._("any state"),
        )

    def _fbr_wrong_suframa(self):
        bare = "".join(self.l10n_br_isuf_code.split()) if self.l10n_br_isuf_code else ""
        bare = bare.replace(".", "").replace("-", "")
        if not bare or (bare.isascii() and bare.isdigit() and len(bare) in (8, 9)):
            return ""
        return self.env._(
            "“%(value)s” is not a SUFRAMA registration: it has 8 or 9 digits. Correct the SUFRAMA code.",
            value=shown(self.l10n_br_isuf_code),
        )

    def _fbr_wrong_zip(self):
        digits = zip_digits(self.zip)
        if not digits or not self._fbr_is_brazilian() or (digits.isascii() and digits.isdigit() and len(digits) == 8):
            return ""
        return self.env._(
            "“%(value)s” is not a CEP: it has 8 digits (a spreadsheet may have dropped the zeros at its beginning). "
            "Correct the CEP.",
            value=shown(self.zip),
        )

    def _fbr_wrong_city(self):
        """A spreadsheet's city; on a screen it is chosen from the list, and the portal tells it by itself."""
        if not self.env.context.get("import_file") or not self._fbr_is_brazilian():
            return ""
        city, state = self.city_id, self.state_id
        if city and state and city.state_id != state:
            return self.env._(
                "the city %(city)s is in %(uf)s, not in %(state)s. Correct the city or the state.",
                city=city.name,
                uf=city.state_id.code,
                state=state.name,
            )
        if city or not (self.city or "").strip():
            return ""
        same = self.env["res.city"]._fbr_named(self.city, state)
        if len(same) > 1:
            return self.env._(
                "there are %(count)s cities called “%(city)s” (%(ufs)s). Give the state or the CEP too.",
                count=len(same),
                city=shown(self.city),
                ufs=", ".join(sorted(same.state_id.mapped("code"))),
            )
        return self.env._(
            "“%(city)s” is not a city of %(state)s. Write its name as IBGE does, or leave it empty and give the CEP.",
            city=shown(self.city),
            state=state.name or self.env._("any state"),
        )

    # --- Odoo's own check of the document ---------------------------------------------------------------------------

    def _inverse_vat(self):
        """What we check ourselves is only formatted here, so that it is told together with the rest."""
        ours = self.filtered(lambda partner: partner._fbr_is_checked() and partner._fbr_is_brazilian())
        ours._check_vat(validation=False)
        super(ResPartner, self - ours)._inverse_vat()

    @api.model
    def _run_vat_checks(self, country, vat, partner_name="", validation="error"):
        """One wording wherever Odoo checks a Brazilian document, the portal among others."""
        ours = country and country.code == "BR" and vat not in (False, "", NO_TAX_ID) and self.env.company._fbr_issues()
        if not ours or self.env.context.get("no_vat_validation"):
            return super()._run_vat_checks(country, vat, partner_name, validation)
        if not (problem := self._fbr_tax_id_problem(vat)):
            return normalize_tax_id(vat), "BR"
        if validation == "error":
            raise ValidationError(problem)
        return ("" if validation == "setnull" else vat), "BR"

    def _run_check_identification(self, validation="error"):
        """A CPF is no VAT number for Odoo, which leaves its check to the country's module."""
        result = super()._run_check_identification(validation=validation)
        for partner in self:
            if partner.vat and partner._fbr_is_checked() and not partner._fbr_has_foreign_document():
                self._run_vat_checks(self.env.ref("base.br"), partner.vat, partner.name or "", validation)
        return result

    # --- As it is typed ---------------------------------------------------------------------------------------------

    @api.onchange("vat", "is_company", "l10n_latam_identification_type_id")
    def _onchange_fbr_tax_id(self):
        if not self.vat or not self._fbr_is_checked():
            return None
        if problem := self._fbr_wrong_tax_id():
            return self._fbr_warning(problem)
        if self.is_company and is_cpf(normalize_tax_id(self.vat)) and not self._fbr_has_foreign_document():
            return self._fbr_warning(
                self.env._(
                    "This is a CPF, of a person. A rural producer may be registered so; otherwise fill in the "
                    "company's CNPJ, or mark the customer as a person."
                )
            )
        return None

    @api.onchange("l10n_br_ie_code", "state_id")
    def _onchange_fbr_ie(self):
        problem = self._fbr_wrong_ie() if self.l10n_br_ie_code and self._fbr_is_checked() else ""
        return self._fbr_warning(problem) if problem else None

    @api.onchange("l10n_br_isuf_code")
    def _onchange_fbr_suframa(self):
        problem = self._fbr_wrong_suframa() if self._fbr_is_checked() else ""
        return self._fbr_warning(problem) if problem else None

    @api.onchange("fbr_place_tax_id")
    def _onchange_fbr_place_tax_id(self):
        problem = self._fbr_wrong_place_tax_id() if self._fbr_is_checked() else ""
        return self._fbr_warning(problem) if problem else None


def shown(text):
    """A value as messages show it: hostile ones are long."""
    text = " ".join((text or "").split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
