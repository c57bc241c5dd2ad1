"""The vectors that were computed by hand, one that others published, and what must be refused."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.clients.signature import is_signed, signature

pytestmark = pytest.mark.unit

SECRET = "demo-secret-0001"
FORM = (
    b"TransactionId=900000001&Amount=9900.00&Currency=KZT&DateTime=2026-01-01+12%3a30%3a00"
    b"&InvoiceId=inv-0001&AccountId=tenant-0001&TestMode=1&Status=Completed&Name=AIGERIM+TEST"
    b"&Data=%7b%22plan%22%3a%22pro%22%7d"
)
CYRILLIC = (
    b"TransactionId=900000002&Amount=100.00&Description=%d0%9e%d0%bf%d0%bb%d0%b0%d1%82%d0%b0"
    b"+%d1%82%d0%b0%d1%80%d0%b8%d1%84%d0%b0&Rrn="
)
# Published by the Ruby client k0va1/tiptoppay (MIT), with the secret "pass": not made by us.
FOREIGN = (
    b"TransactionId=666&Amount=123.00&Currency=RUB&PaymentAmount=123.00&PaymentCurrency=RUB"
    b"&InvoiceId=1234567&AccountId=user%40example.com&SubscriptionId=&Name=VLADIMIR+KOCHNEV"
    b"&Email=user%40example.com&DateTime=2015-11-17+14%3a51%3a20&IpAddress=127.0.0.1&IpCountry=RU"
    b"&IpCity=%d0%a1%d0%b0%d0%bd%d0%ba%d1%82-%d0%9f%d0%b5%d1%82%d0%b5%d1%80%d0%b1%d1%83%d1%80%d0%b3"
    b"&IpRegion=%d0%a1%d0%b0%d0%bd%d0%ba%d1%82-%d0%9f%d0%b5%d1%82%d0%b5%d1%80%d0%b1%d1%83%d1%80"
    b"%d0%b3&IpDistrict=%d0%a1%d0%b5%d0%b2%d0%b5%d1%80%d0%be-%d0%97%d0%b0%d0%bf%d0%b0%d0%b4%d0%bd"
    b"%d1%8b%d0%b9+%d1%84%d0%b5%d0%b4%d0%b5%d1%80%d0%b0%d0%bb%d1%8c%d0%bd%d1%8b%d0%b9+%d0%be%d0%ba"
    b"%d1%80%d1%83%d0%b3&IpLatitude=59.939000&IpLongitude=30.315800&CardFirstSix=411111"
    b"&CardLastFour=1111&CardType=Visa&CardExpDate=01%2f19&Issuer=&IssuerBankCountry="
    b"&Description=%d0%9e%d0%bf%d0%bb%d0%b0%d1%82%d0%b0+%d0%b2+example.com&AuthCode=DEADBEEF"
    b"&Token=1234567890&TestMode=1&Status=Completed"
)
JSON = b'{"TransactionId":900000001,"Amount":9900.0,"Currency":"KZT","InvoiceId":"inv-0001"}'
QUERY = b"TransactionId=900000001&Amount=9900.00&Currency=KZT&InvoiceId=inv-0001"
RAW_OF_FORM = "dA0kqy0jlkv2cpz143WN61uHu2199VlmKVLDYFs0+HA="
DECODED_OF_FORM = "bGpbN27SxoTPsExf79XTZOKM6HliXDplHAzkqXm/F8A="


@pytest.mark.parametrize(
    ("message", "given"),
    [
        pytest.param(FORM, RAW_OF_FORM, id="form"),
        pytest.param(JSON, "JTX4sDqCpMQLhn0SWliBnZBPilgp/Q7s+8/mGaSkv2A=", id="json"),
        pytest.param(QUERY, "4CcfziEKuCT77A5mnmOx22MU6rgSjOUM9wknkc+vUV0=", id="query"),
        pytest.param(CYRILLIC, "WFpdTN0R8pEe2Mg27843RGIUem/TXuvE8Ts8dDX9/zs=", id="cyrillic"),
        pytest.param(b"", "CBw38Awx6psQOpX2q4pD/ffQ53y4gkocQVrFBB/AXt8=", id="empty"),
    ],
)
def test_the_message_as_sent_is_proved_by_content_hmac(message, given):
    assert is_signed(message, secret=SECRET, content_hmac=given, x_content_hmac=None)


@pytest.mark.parametrize(
    ("message", "given"),
    [
        pytest.param(FORM, DECODED_OF_FORM, id="form"),
        pytest.param(JSON, "JTX4sDqCpMQLhn0SWliBnZBPilgp/Q7s+8/mGaSkv2A=", id="json"),
        pytest.param(QUERY, "4CcfziEKuCT77A5mnmOx22MU6rgSjOUM9wknkc+vUV0=", id="query"),
        pytest.param(CYRILLIC, "2Drx2kn8MOQWEsg1TJF8yAy+H4SOf+FLZYWqJJVRwbg=", id="cyrillic"),
        pytest.param(b"", "CBw38Awx6psQOpX2q4pD/ffQ53y4gkocQVrFBB/AXt8=", id="empty"),
    ],
)
def test_the_decoded_message_is_proved_by_x_content_hmac(message, given):
    assert is_signed(message, secret=SECRET, content_hmac=None, x_content_hmac=given)


def test_a_signature_that_others_published_is_ours_too():
    made = signature(FOREIGN, secret="pass")

    assert made == "tJW02TMAce4Em8eJTNqjhOax+BYRM5K2D8mX9xsmUUc="


@pytest.mark.parametrize(
    "given",
    [
        pytest.param("mYWIXKZcYsIOpkcAro/qe6HJ2qc4NpaxfPLucxnzjPk=", id="encoded-anew"),
        pytest.param("w/sed26IuyBI/8Nvj7brzLh7F+/P1GSOYC2Pr4MFeh0=", id="pluses-left-alone"),
        pytest.param("", id="empty"),
        pytest.param(RAW_OF_FORM.lower(), id="lower-case"),
        pytest.param("подпись", id="no-latin-letters"),
        pytest.param("\ud800", id="no-text"),
    ],
)
def test_a_wrong_signature_is_refused_in_either_header(given):
    in_first = is_signed(FORM, secret=SECRET, content_hmac=given, x_content_hmac=None)
    in_second = is_signed(FORM, secret=SECRET, content_hmac=None, x_content_hmac=given)

    assert (in_first, in_second) == (False, False)


def test_the_decoded_signature_proves_nothing_as_content_hmac():
    assert not is_signed(FORM, secret=SECRET, content_hmac=DECODED_OF_FORM, x_content_hmac=None)


def test_a_body_that_was_written_anew_is_refused_though_it_decodes_to_the_same():
    rewritten = urlencode(parse_qsl(FORM.decode())).encode()

    assert rewritten != FORM
    assert not is_signed(
        rewritten, secret=SECRET, content_hmac=RAW_OF_FORM, x_content_hmac=DECODED_OF_FORM
    )


def test_a_message_without_a_signature_is_refused():
    assert not is_signed(b"", secret=SECRET, content_hmac=None, x_content_hmac=None)


@given(st.binary(max_size=200), st.text(min_size=1, max_size=40))
def test_what_is_signed_is_proved_and_under_another_secret_it_is_not(message, secret):
    made = signature(message, secret=secret)

    proved = is_signed(message, secret=secret, content_hmac=made, x_content_hmac=None)
    foreign = is_signed(message, secret=f"{secret}x", content_hmac=made, x_content_hmac=None)

    assert (proved, foreign) == (True, False)


@given(st.binary(min_size=1, max_size=60), st.data())
def test_a_message_of_which_one_byte_was_changed_is_refused(message, data):
    at = data.draw(st.integers(0, len(message) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != message[at]))
    altered = message[:at] + bytes([other]) + message[at + 1 :]

    made = signature(message, secret=SECRET)

    assert not is_signed(altered, secret=SECRET, content_hmac=made, x_content_hmac=None)
