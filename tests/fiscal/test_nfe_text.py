import re

import pytest
from fiscal.text import Fitter, TextField, clean, fit
from hypothesis import given
from hypothesis import strategies as st

OFFICIAL = re.compile("[!-ÿ]{1}[ -ÿ]{0,}[!-ÿ]{1}|[!-ÿ]{1}")  # TString, tiposBasico_v4.00.xsd
NAME = TextField("xNome", "name", 2, 10)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Café  com\tleite\n", "Café com leite"),
        ("preço – “bom”…", 'preço - "bom"...'),
        ("a\u00a0b\u200bc\x00d", "a bcd"),
        ("😀", ""),
        ("e\u0301", "é"),  # decomposed letters
        ("Łódź, Kraków", "ódz, Kraków"),
        ("10 m² ½ º", "10 m² ½ º"),
        ("", ""),
    ],
)
def test_clean(typed, written):
    assert clean(typed) == written


def test_fit_cuts_without_a_space_at_the_end():
    assert fit("Comercial São João", 10) == "Comercial"


@given(st.text(max_size=60), st.integers(1, 30))
def test_whatever_is_typed_fits_the_official_pattern(typed, maximum):
    fitting = fit(typed, maximum)
    assert len(fitting) <= maximum
    assert fitting == "" or OFFICIAL.fullmatch(fitting)
    assert clean(fitting) == fitting


def test_what_fits_is_left_alone_and_nothing_is_told():
    fitter = Fitter()
    assert fitter(NAME, "São João", "name") == "São João"
    assert fitter(NAME, "  São \n João ", "name") == "São João"
    assert fitter(NAME, "“São”", "name") == '"São"'
    assert fitter.changes == []


def test_a_cut_text_is_told_with_both_texts():
    fitter = Fitter()
    assert fitter(NAME, "Comercial São João", "emitter.name") == "Comercial"
    (change,) = fitter.changes
    assert (change.code, change.path) == ("text_cut", "emitter.name")
    assert "“Comercial São João” was cut to “Comercial”" in str(change)


def test_a_lost_character_is_told():
    fitter = Fitter()
    assert fitter(NAME, "Bolo 😀", "items[0].description") == "Bolo"
    assert [change.code for change in fitter.changes] == ["text_changed"]
