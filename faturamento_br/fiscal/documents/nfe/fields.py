"""The texts of a sale's NF-e: their tags and lengths in the layout (PL_010f v1.04)."""

from ...problems import _
from ...text import TextField

NATURE = TextField("natOp", _("nature of the operation"), 1, 60)
SOFTWARE = TextField("verProc", _("software"), 1, 20)
CONTINGENCY_REASON = TextField("xJust", _("reason of the contingency"), 15, 256)

NAME = TextField("xNome", _("name"), 2, 60)
TRADE_NAME = TextField("xFant", _("trade name"), 1, 60)
STREET = TextField("xLgr", _("street"), 2, 60)
NUMBER = TextField("nro", _("number of the address"), 1, 60)
COMPLEMENT = TextField("xCpl", _("complement of the address"), 1, 60)
DISTRICT = TextField("xBairro", _("district"), 2, 60)
CITY = TextField("xMun", _("city"), 2, 60)
COUNTRY = TextField("xPais", _("country"), 2, 60)
CITY_REGISTRATION = TextField("IM", _("municipal registration"), 1, 15)
EMAIL = TextField("email", _("e-mail"), 1, 60)
CARRIER_ADDRESS = TextField("xEnder", _("address"), 1, 60)

PRODUCT_CODE = TextField("cProd", _("product code"), 1, 60)
DESCRIPTION = TextField("xProd", _("product description"), 1, 120)
UNIT = TextField("uCom", _("unit"), 1, 6)
TAXABLE_UNIT = TextField("uTrib", _("taxable unit"), 1, 6)
ORDER_REF = TextField("xPed", _("customer's order"), 1, 15)
ITEM_INFO = TextField("infAdProd", _("information on the item"), 1, 500)
IPI_CLASS = TextField("cEnq", _("IPI legal class"), 1, 3)

VOLUME_KIND = TextField("esp", _("kind of the volumes"), 1, 60)
VOLUME_BRAND = TextField("marca", _("brand of the volumes"), 1, 60)
VOLUME_NUMBERING = TextField("nVol", _("numbering of the volumes"), 1, 60)
BILL_NUMBER = TextField("nFat", _("bill number"), 1, 60)
INSTALMENT_NUMBER = TextField("nDup", _("instalment number"), 1, 60)
PAYMENT_DESCRIPTION = TextField("xPag", _("description of the payment"), 2, 60)

TAX_OFFICE_INFO = TextField("infAdFisco", _("information for the tax office"), 1, 2000)
INFO = TextField("infCpl", _("additional information"), 1, 5000)
CONTACT = TextField("xContato", _("contact"), 2, 60)
CONTACT_EMAIL = TextField("email", _("e-mail"), 6, 60)
