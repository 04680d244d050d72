"""No secret survives, in whatever form it comes."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from eipctl.aliyun.redact import mask, redact

TOKEN = "CAISabc/def+ghi=="
KEY = "LTAI5tABCDEFGHIJKLMNOPQR"
URL = (
    f"https://vpc.aliyuncs.com/?AccessKeyId={KEY}&SecurityToken={quote(TOKEN, safe='')}&Signature=abc%3D&Action=Release"
)


@pytest.mark.parametrize("text", [URL, quote(URL, safe=""), quote(quote(URL, safe=""), safe="")])
def test_urls_lose_their_secrets_in_every_encoding(text: str) -> None:
    """A URL, plain or encoded once or twice as in a string to sign, keeps its harmless parameters only."""
    clean = redact(text)
    for secret in ("CAIS", "ghi", "abc", "ABCDEFGH"):
        assert secret not in clean
    assert "LTAI****OPQR" in clean
    assert "Action" in clean
    assert "Release" in clean


@pytest.mark.parametrize(
    "text",
    [
        f'{{"AccessKeySecret": "s3cret", "SecurityToken": "{TOKEN}"}}',
        f'{{\\"AccessKeySecret\\":\\"s3cret\\",\\"SecurityToken\\":\\"{TOKEN}\\"}}',
        f"x-acs-security-token: {TOKEN}, Authorization: acs {KEY}:s3cret",
    ],
)
def test_fields_and_headers_lose_their_values(text: str) -> None:
    """JSON fields and headers that hold secrets are emptied, quoted or not."""
    assert "s3cret" not in redact(text)
    assert "CAIS" not in redact(text)


def test_known_secrets_vanish_wherever_they_are() -> None:
    """Secrets that the caller knows are removed even where nothing announces them."""
    text = f"oh {TOKEN} and {quote(TOKEN, safe='')} and {quote(quote(TOKEN, safe=''), safe='')}"
    assert redact(text, [TOKEN]) == "oh **** and **** and ****"


def test_prose_stays_as_it_is() -> None:
    """A sentence that only speaks of a secret is not mangled."""
    text = "InvalidAccessKeySecret: The AccessKeySecret is incorrect; Specified SecurityToken is expired."
    assert redact(text) == text


@pytest.mark.parametrize(
    ("key_id", "shown"), [(KEY, "LTAI****OPQR"), ("STS.NTabcdef12", "STS.****ef12"), ("abc", "ab****")]
)
def test_masks_tell_keys_apart(key_id: str, shown: str) -> None:
    """A mask shows the kind and the last four characters of an id, less of a short one."""
    assert mask(key_id) == shown
