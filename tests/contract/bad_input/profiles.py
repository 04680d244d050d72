"""Credentials and endpoints of Alibaba Cloud that are wrong."""

from __future__ import annotations

from tests.contract.bad_input.world import BIND, Case, World, dead_port, setting


def no_credentials(_world: World, environ: dict[str, str]) -> None:
    for name in ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"):
        del environ[name]
    environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true"


wrong_secret = setting(ALIBABA_CLOUD_ACCESS_KEY_SECRET="not-the-secret-at-all")
unknown_key = setting(ALIBABA_CLOUD_ACCESS_KEY_ID="LTAI5tNobodyHasThisKey00")


def cloud_unreachable(_world: World, environ: dict[str, str]) -> None:
    environ["EIPCTL_ENDPOINT_URL"] = f"http://127.0.0.1:{dead_port()}"


CASES = (
    Case("no credentials", BIND, 2, "credentials", "ALIBABA_CLOUD_ACCESS_KEY_ID", no_credentials),
    Case("wrong secret", BIND, 2, "rejects", "--profile", wrong_secret),
    Case("unknown AccessKey", BIND, 2, "rejects", "--profile", unknown_key),
    Case("profile that is not there", (*BIND, "--profile", "prod"), 2, "config.json", "--profile"),
    Case("unreachable cloud", (*BIND, "--timeout", "30s"), 1, "can't be reached", "--endpoint-url", cloud_unreachable),
)
