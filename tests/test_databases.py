"""Where the databases are: on the own server, or on the one that PG* variables name."""

import pytest

from dev import postgres


@pytest.fixture
def variables(monkeypatch):
    for name in (*postgres.REACHED_BY, "PGUSER", "PGPASSWORD"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_templates_of_two_servers_have_two_names(variables, tmp_path):
    """They share the cache's folder of attachments; one server's must not take the other's place."""
    variables.setattr(postgres.OwnServer, "running_socket", lambda _server: tmp_path)
    variables.setenv("PGHOST", str(tmp_path))
    assert postgres.place() == ""
    variables.setenv("PGHOST", "db.example.com")
    assert postgres.place() == "PGHOST=db.example.com"
    variables.setenv("PGPORT", "5433")
    assert postgres.place() == "PGHOST=db.example.com PGPORT=5433"


def test_nothing_named_is_the_own_server(variables):
    assert not postgres.external()
    variables.setenv("PGSERVICE", "company")
    assert postgres.external()
