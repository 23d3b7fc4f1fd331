"""Servers on this machine are reached directly although a proxy is set."""

import os
import urllib.request

import httpx
import pytest

from pedigree.system.loopback import LOOPBACK, NAMES, bypass_proxy
from tests.support.fake_endpoint import Endpoint
from tests.support.make_completions import ask, job_for

DEAD = "http://127.0.0.1:9"
PROXIES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


@pytest.fixture(autouse=True)
def proxy(monkeypatch):
    """Set a proxy that does not answer, and no exceptions from it."""
    for name in PROXIES:
        monkeypatch.setenv(name, DEAD)
    for name in NAMES:
        monkeypatch.setenv(name, "")  # so that it is as before after the test
        monkeypatch.delenv(name)


@pytest.mark.parametrize("own", [{}, {"no_proxy": "corp.example, 10.0.0.1"}, {"NO_PROXY": "corp.example,::1"}])
def test_the_users_entries_stay_and_this_machine_is_added_once(own, monkeypatch):
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    bypass_proxy()
    bypass_proxy()
    for name in own or NAMES:
        entries = os.environ[name].split(",")
        assert set(entries) >= {*LOOPBACK, *(["corp.example"] if own else [])} and len(entries) == len(set(entries))
    assert all(urllib.request.proxy_bypass(host) for host in LOOPBACK)
    assert not urllib.request.proxy_bypass("api.openai.com")
    assert bool(urllib.request.proxy_bypass("corp.example")) == bool(own)


def test_no_proxy_for_any_host_stays(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    bypass_proxy()
    assert os.environ["no_proxy"] == "*" and "NO_PROXY" not in os.environ


def test_clients_of_httpx_reach_this_machine():
    bypass_proxy()
    with Endpoint() as endpoint, httpx.Client() as client:
        for host in ("127.0.0.1", "localhost"):
            address = endpoint.url.replace("127.0.0.1", host)
            assert client.post(f"{address}/x", json={"model": "fake"}).status_code == 200


def test_a_model_on_this_machine_is_asked_directly(tmp_path):
    with Endpoint() as endpoint:
        assert ask(job_for(endpoint, tmp_path, structured="text"), 2).paid.calls == 2
