"""Certificates and installations made for tests."""

import base64
import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from odoo.tests import new_test_user
from odoo.tests.common import _super_send

from ..models import instance
from .warm_caches import WarmCase

HEAD_OFFICE = "11.222.333/0001-81"
BRANCH = "11.222.333/0002-62"
OTHER = "12.345.678/0001-95"
PASSWORD = "s3nha-Só-Daqui"
_KEY = rsa.generate_private_key(65537, 2048)


def make_pfx(cnpj=HEAD_OFFICE, name="ACME LTDA", first=-1, last=365, password=PASSWORD):
    """A self-signed PKCS#12 of a company, valid from ``first`` to ``last`` days from now, as a form uploads it."""
    digits = "".join(filter(str.isalnum, cnpj))
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"{name}:{digits}")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, _KEY.public_key(), x509.random_serial_number())
        .not_valid_before(now + timedelta(days=first))
        .not_valid_after(now + timedelta(days=last))
        .sign(_KEY, SHA256())
    )
    encryption = BestAvailableEncryption(password.encode())
    return base64.b64encode(pkcs12.serialize_key_and_certificates(b"a1", _KEY, certificate, None, encryption))


make_pfx()  # cryptography keeps the datetime it meets first: not a frozen one, which no real one is an instance of


class LoopbackCase(WarmCase):
    """May talk to a simulator on this machine: Odoo's guard of requests takes only numbers for timeouts, not pairs."""

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        if urlsplit(request.url).hostname == "127.0.0.1":
            return _super_send(session, request, **options)
        return super()._request_handler(session, request, **options)


class InstallationCase(LoopbackCase):
    """Two Brazilian companies and their users, on an installation with an empty data_dir of its own.

    A class whose ``setUpClass`` sets ``data_dir`` (by :meth:`_install`) shares it among its tests.
    """

    data_dir = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.acme = cls._found(name="Acme", vat=HEAD_OFFICE)
        cls.other = cls._found(name="Other", vat=OTHER)
        cls.biller = cls._user("fbr_biller", "account.group_account_invoice", cls.acme)
        cls.other_biller = cls._user("fbr_other_biller", "account.group_account_invoice", cls.other)
        cls.accountant = cls._user("fbr_accountant", "account.group_account_manager", cls.acme)
        cls.administrator = cls._user("fbr_administrator", "base.group_system,account.group_account_manager", cls.acme)

    @classmethod
    def _found(cls, **values):
        """A company of Brazil; without a chart of accounts."""
        brazil = cls.env.ref("base.br")
        values = {"country_id": brazil.id, "account_fiscal_country_id": brazil.id, **values}
        return cls.env["res.company"].create(values)

    @classmethod
    def _user(cls, login, groups, company):
        return new_test_user(cls.env, login, groups=groups, company_id=company.id, company_ids=[company.id])

    def setUp(self):
        super().setUp()
        if not self.data_dir:
            self.data_dir = self._install(self.enterContext)

    @staticmethod
    def _install(enter):
        """An empty data_dir and no secret from the environment, until ``enter``'s contexts end; gives the folder."""
        data_dir = Path(enter(tempfile.TemporaryDirectory()))
        enter(patch.object(instance, "config", {"data_dir": str(data_dir)}))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FATURAMENTO_BR_")}
        enter(patch.dict(os.environ, environment, clear=True))
        return data_dir

    def upload(self, company=None, password=PASSWORD, user=None, **file):
        """What the form does: a certificate created from a file and its password."""
        company = company or self.acme
        values = {"company_id": company.id, "pfx_upload": make_pfx(**file), "password_upload": password}
        model = self.env["faturamento_br.certificate"]
        return (model.with_user(user) if user else model).create(values)
