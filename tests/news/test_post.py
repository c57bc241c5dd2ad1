"""Where is posted to, and where never."""

import socket
from ipaddress import ip_address

import pytest

from news.clients.post import Guard, post
from news.errors import AddressRefused, ReceiverSilent

pytestmark = pytest.mark.unit
OUTSIDE, LOCAL = Guard(), Guard(is_local=True)

PRIVATE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("0.0.0.1", "255.255.255.255", "224.0.0.1", "::1", "::", "fe80::1", "fd00::1", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1", "2001::1"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_of_a_private_network_is_refused(address):
    with pytest.raises(AddressRefused):
        OUTSIDE.check_address(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111"])
def test_an_address_of_the_world_is_not(address):
    OUTSIDE.check_address(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://user:password@example.com/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::1/",
        "https://example.com:99999/",
        "https://example.com/a b",
        "https://example.com/\r\nHost: other",
        "https://пример.рф/",
        "example.com",
        "",
    ],
)
def test_a_url_that_leads_nowhere_good_is_refused(url):
    with pytest.raises(AddressRefused):
        OUTSIDE.check_url(url)


@pytest.mark.parametrize("url", ["https://example.com/hook?x=1", "https://example.com:8443/"])
def test_an_address_by_https_is_taken(url):
    OUTSIDE.check_url(url)


def test_a_name_that_means_a_private_address_is_not_connected_to():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        server.settimeout(0.0)

        with pytest.raises(AddressRefused):
            post(f"https://localhost:{port}/", body=b"{}", headers={}, guard=OUTSIDE)

        with pytest.raises(BlockingIOError):
            server.accept()


def test_what_is_posted_arrives_as_it_was(receiver):
    status = post(receiver.url + "hook", body=b'{"a":1}', headers={"X-Said": "so"}, guard=LOCAL)

    headers, body = receiver.received[0]
    assert (status, body, headers["X-Said"]) == (200, b'{"a":1}', "so")
    assert headers["Host"] == receiver.url.removeprefix("http://").rstrip("/")


def test_nobody_is_sent_on(receiver):
    receiver.status = 307

    status = post(receiver.url, body=b"{}", headers={}, guard=LOCAL)

    assert (status, len(receiver.received)) == (307, 1)


def test_who_hangs_up_is_silent(receiver):
    receiver.status = None

    with pytest.raises(ReceiverSilent):
        post(receiver.url, body=b"{}", headers={}, guard=LOCAL)


def test_who_never_answers_is_silent_after_a_while():
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"

        with pytest.raises(ReceiverSilent):
            post(url, body=b"{}", headers={}, guard=LOCAL, patience_s=0.05)


def test_where_nobody_listens_nobody_answers():
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"

    with pytest.raises(ReceiverSilent):
        post(url, body=b"{}", headers={}, guard=LOCAL)
