"""A session of the web client, without a browser."""

import json
import urllib.error
from http.cookiejar import CookieJar
from typing import Any
from urllib.request import HTTPCookieProcessor, ProxyHandler, Request, build_opener

SECONDS = 120  # the longest wait for an answer, on a machine that has other work


class Visitor:
    """Somebody at the server's address, nobody yet until ``log_in``."""

    def __init__(self, url: str):
        self.url = url
        self.opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))

    def log_in(self, database: str, login: str) -> "Visitor":
        assert self.post("/web/session/authenticate", {"db": database, "login": login, "password": login})["uid"]
        return self

    def call(self, model: str, method: str, *arguments: Any, **options: Any) -> Any:
        """Call a model's method, as the web client does."""
        params = {"model": model, "method": method, "args": arguments, "kwargs": options}
        return self.post(f"/web/dataset/call_kw/{model}/{method}", params)

    def post(self, path: str, params: dict[str, Any]) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "params": params}).encode()
        request = Request(f"{self.url}{path}", body, {"Content-Type": "application/json"})
        with self.opener.open(request, timeout=SECONDS) as found:
            answer = json.load(found)
        assert "error" not in answer, f"{path}: {answer['error']['data']['message']}"
        return answer["result"]

    def get(self, path: str) -> tuple[int, bytes]:
        try:
            with self.opener.open(f"{self.url}{path}", timeout=SECONDS) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
