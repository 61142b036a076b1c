"""``make i18n``: the add-on's texts, exported by Odoo itself, merged into the Portuguese translation."""

import uuid
from pathlib import Path

import polib

from .odoo_runner import Odoo
from .paths import ADDON, VAR
from .template import Templates

POT = ADDON / "i18n" / f"{ADDON.name}.pot"
PO = ADDON / "i18n" / "pt_BR.po"
# Odoo writes the moment of the export; without it, a file changes only when a text does.
DATES = ("POT-Creation-Date", "PO-Revision-Date")


def run(arguments: list[str]) -> int:
    """i18n   export the add-on's texts, merge them into pt_BR.po, and name those without a translation"""
    odoo = Odoo.ensure()
    VAR.mkdir(exist_ok=True)
    exported = export(odoo, VAR / POT.name)
    exported.save(str(POT))
    translation = polib.pofile(str(PO), wrapwidth=78)
    missing = merge(translation, exported)
    translation.save(str(PO))
    for entry in missing:
        print(f"  {entry.msgid!r}")
    print(f"{len(exported)} texts, {len(missing)} without a translation in {PO.name}")
    return 0


def export(odoo: Odoo, file: Path) -> polib.POFile:
    """The template (.pot) as Odoo exports it from a database that has nothing but the add-on."""
    templates = Templates(odoo)
    database = f"fbr_test_i18n_{uuid.uuid4().hex[:8]}"
    templates.copy(templates.addon(), database)
    try:
        odoo.run("Exporting the texts", "i18n", "i18n", "export", "-d", database, "-l", "pot", "-o", file, ADDON.name)
    finally:
        templates.drop(database)
    template = polib.pofile(str(file), wrapwidth=78)
    for name in DATES:
        template.metadata.pop(name)
    return template


def merge(translation: polib.POFile, template: polib.POFile) -> list[polib.POEntry]:
    """Bring ``translation`` up to date with ``template``: what is translated stays, what nobody uses any more goes.

    :return: the entries without a translation.
    """
    translation.merge(template)
    for entry in translation.obsolete_entries():
        translation.remove(entry)
    translation.sort(key=lambda entry: entry.msgid)
    return translation.untranslated_entries()
