"""Terway's versions, over the tags that ACK has used."""

from __future__ import annotations

import pytest

from eipctl.domain.terway.image_version import TerwayVersion, parse, supports_eip

OLD = ["208-gf3144bf", "211-gef088a4", "213", "221", "237", "247", "250", "261", "263-gdbe50a9"]
NEW = ["280-gdc2cb6c", "301-g0115576", "309", "317", "323-g778c128", "333-gfd2b7b8", "368-g2890967"]


@pytest.mark.parametrize("build", OLD + NEW)
def test_every_build_of_1_0_10_is_on_its_side_of_the_window(build: str) -> None:
    """Builds of 1.0.10 can give EIPs from 280 on."""
    version = parse(f"registry.cn-hangzhou.aliyuncs.com/acs/terway:v1.0.10.{build}-aliyun")
    assert version == TerwayVersion(1, 0, 10, int(build.partition("-")[0]))
    assert supports_eip(version) is (build in NEW)


@pytest.mark.parametrize(
    ("tag", "expected", "eip"),
    [
        ("v1.0.9.20-g35ae000-aliyun", TerwayVersion(1, 0, 9, 20), False),
        ("v1.2.3", TerwayVersion(1, 2, 3), True),
        ("v1.4.8", TerwayVersion(1, 4, 8), True),
        ("v1.4.9", TerwayVersion(1, 4, 9), True),
        ("v1.5.7", TerwayVersion(1, 5, 7), True),
        ("v1.6.1", TerwayVersion(1, 6, 1), True),
        ("v1.6.3", TerwayVersion(1, 6, 3), True),
        ("1.6.3", TerwayVersion(1, 6, 3), True),
        ("v1.6.4-policy", TerwayVersion(1, 6, 4), True),
        ("v1.7.0-rc.1", TerwayVersion(1, 7, 0), False),
        ("v1.7.0", TerwayVersion(1, 7, 0), False),
        ("v1.13.0", TerwayVersion(1, 13, 0), False),
        ("v1.0.10-280-gdc2cb6c", TerwayVersion(1, 0, 10, 280), True),
        ("v1.0.10-263-gdbe50a9-dirty", TerwayVersion(1, 0, 10, 263), False),
        ("v1.6.3-20240124", TerwayVersion(1, 6, 3), True),
        ("V1.6.3", TerwayVersion(1, 6, 3), True),
        ("v1.6.3-arm64", TerwayVersion(1, 6, 3), True),
        ("v1.6.3-dirty", TerwayVersion(1, 6, 3), True),
        ("v1.6.4_linux.amd64", TerwayVersion(1, 6, 4), True),
        ("v1.12.1-f2d6cd5", TerwayVersion(1, 12, 1), False),
        ("v1.12.1-f2d6cd5-arm64", TerwayVersion(1, 12, 1), False),
        ("v1.0.10.280-gdc2cb6c-aliyun-arm64", TerwayVersion(1, 0, 10, 280), True),
    ],
)
def test_plain_tags(tag: str, expected: TerwayVersion, eip: bool) -> None:
    """A tag with or without v, build, release candidate, commit, processor and suffix gives its numbers."""
    version = parse(tag)
    assert version == expected
    assert version is not None
    assert supports_eip(version) is eip


DIGEST = "@sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "host",
    [
        "registry.cn-hangzhou.aliyuncs.com/acs/",
        "registry-vpc.cn-hangzhou.aliyuncs.com/acs/",
        "registry.aliyuncs.com/acs/",
        "registry-cn-hangzhou.ack.aliyuncs.com/acs/",
        "registry-cn-hangzhou-vpc.ack.aliyuncs.com/acs/",
        "localhost:5000/",
        "10.0.0.1:5000/mirror/acs/",
        "",
    ],
)
@pytest.mark.parametrize("digest", ["", DIGEST])
def test_images_of_every_host(host: str, digest: str) -> None:
    """A registry's port and a digest don't hide the tag."""
    assert parse(f"{host}terway:v1.0.10.280-gdc2cb6c-aliyun{digest}") == TerwayVersion(1, 0, 10, 280)


@pytest.mark.parametrize(
    "image",
    [
        "",
        "terway",
        f"registry.aliyuncs.com/acs/terway{DIGEST}",
        "localhost:5000/acs/terway",
        "localhost:5000/v1.6.3",
        "registry.aliyuncs.com/acs/terway:latest",
        "registry.aliyuncs.com/acs/terway:v1.6",
        "v1.6.3dirty",
        ":v1.6.3",
        "v1.6.٣",
    ],
)
def test_what_names_no_version(image: str) -> None:
    """An image without a readable version tag is unknown, never guessed."""
    assert parse(image) is None


def test_order_is_by_number_and_the_text_is_the_tag() -> None:
    """Versions are ordered as numbers, not as text."""
    tags = ["v1.0.9.20", "v1.0.10", "v1.0.10.208", "v1.0.10.280", "v1.2.3", "v1.6.4", "v1.13.0"]
    versions = [version for tag in tags if (version := parse(tag))]
    assert versions == sorted(versions)
    assert [str(version) for version in versions] == tags
