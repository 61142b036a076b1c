"""Street lines as people write them."""

import pytest
from fiscal.street import Street, split_street
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("Rua X, 123 - Centro", ("Rua X", "123", "", "Centro")),
        ("Rua X,123", ("Rua X", "123", "", "")),
        ("Rua das Flores 100", ("Rua das Flores", "100", "", "")),
        ("Rua das Flores 100 - Jardim", ("Rua das Flores", "100", "", "Jardim")),
        ("Av. Paulista, 1000, Apto 12 - Bela Vista", ("Av. Paulista", "1000", "Apto 12", "Bela Vista")),
        ("Av. Paulista, 1000 - sala 3", ("Av. Paulista", "1000", "sala 3", "")),
        ("Av. Brasil nº 500, bloco B, apto. 4 - Centro", ("Av. Brasil", "500", "bloco B, apto. 4", "Centro")),
        ("Rua 7 de Setembro, 45-A", ("Rua 7 de Setembro", "45-A", "", "")),
        ("Rua 7 de Setembro", ("Rua 7 de Setembro", "", "", "")),
        ("Rua 15", ("Rua 15", "", "", "")),
        ("Rodovia BR-101, s/n - Zona Rural", ("Rodovia BR-101", "S/N", "", "Zona Rural")),
        ("Estrada do Sítio, S/Nº", ("Estrada do Sítio", "S/N", "", "")),
        ("Rodovia Raposo Tavares km 22", ("Rodovia Raposo Tavares km 22", "", "", "")),
        ("Praça da Sé - Centro", ("Praça da Sé", "", "", "Centro")),
        ("  Rua   A ,  10  ", ("Rua A", "10", "", "")),
        ("Rua Santa Rita, Centro", ("Rua Santa Rita, Centro", "", "", "")),
        ("", ("", "", "", "")),
    ],
)
def test_lines(line, parts):
    assert split_street(line) == Street(*parts)


@given(st.text(max_size=250))
def test_any_text_is_taken_apart_without_inventing(line):
    parts = split_street(line)
    written = "".join(line.split()).lower()
    for part in (parts.name, parts.complement, parts.district):
        assert all(word.lower() in written for word in part.replace(",", " ").split())
