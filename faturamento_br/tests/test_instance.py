import os
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

from odoo.tests import tagged

from ..fiscal.problems import FiscalError
from ..models import instance, secret_store
from .certificates import InstallationCase


@tagged("post_install", "-at_install")
class TestInstance(InstallationCase):
    """The secrets outside the database: their files, their modes, and what is encrypted by them."""

    def key_file(self):
        return self.data_dir / "faturamento_br" / "certificates.key"

    def test_key_is_made_once_for_its_owner_only(self):
        self.assertIsNone(instance.KEY.find())
        secret = instance.KEY.obtain()
        self.assertEqual(secret, instance.KEY.obtain())
        self.assertEqual(self.key_file().stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.key_file().parent.stat().st_mode & 0o777, 0o700)
        self.assertEqual([self.key_file()], list(self.key_file().parent.iterdir()), "no draft stays behind")

    def test_workers_at_once_agree(self):
        with ThreadPoolExecutor(8) as pool:
            secrets = set(pool.map(lambda _index: instance.KEY.obtain(), range(32)))
        self.assertEqual(len(secrets), 1)

    def test_key_open_to_others_is_refused(self):
        secret = instance.KEY.obtain().decode()
        for mode in (0o640, 0o604, 0o660):
            self.key_file().chmod(mode)
            with self.assertRaisesRegex(FiscalError, f"mode {mode:o}.*chmod 600") as caught:
                instance.KEY.find()
            self.assertNotIn(secret, str(caught.exception))

    def test_folder_open_to_others_is_refused(self):
        instance.KEY.obtain()
        self.key_file().parent.chmod(0o755)
        with self.assertRaisesRegex(FiscalError, "chmod 700"):
            instance.KEY.find()

    def test_configuration_beats_environment_beats_file(self):
        from_file = instance.KEY.obtain()
        with patch.dict(os.environ, {"FATURAMENTO_BR_KEY": "e" * 40}):
            self.assertEqual(instance.KEY.find(), b"e" * 40)
            with patch.dict(instance.config, {"faturamento_br_key": "c" * 40}):
                self.assertEqual(instance.KEY.find(), b"c" * 40)
        self.assertEqual(instance.KEY.find(), from_file)

    def test_short_secret_is_refused_and_not_told(self):
        with patch.dict(os.environ, {"FATURAMENTO_BR_KEY": "curta"}), self.assertRaises(FiscalError) as caught:
            instance.KEY.find()
        self.assertIn("32 characters", str(caught.exception))
        self.assertNotIn("curta", str(caught.exception))

    def test_unusable_data_dir_says_which(self):
        blocked = self.data_dir / "file"
        blocked.write_text("")
        with patch.dict(instance.config, {"data_dir": str(blocked)}), self.assertRaisesRegex(FiscalError, str(blocked)):
            instance.KEY.obtain()

    def test_encryption_round_trip_and_refusals(self):
        token = secret_store.encrypt(b"segredo", "a")
        self.assertNotIn(b"segredo", token)
        self.assertNotEqual(token, secret_store.encrypt(b"segredo", "a"), "a new nonce each time")
        self.assertEqual(secret_store.decrypt(token, "a"), b"segredo")
        for bad, purpose in ((token, "b"), (token[:-1] + bytes([token[-1] ^ 1]), "a"), (token[:20], "a")):
            with self.assertRaisesRegex(FiscalError, "Upload the certificate"):
                secret_store.decrypt(bad, purpose)
