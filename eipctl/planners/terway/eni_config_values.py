"""Values in eni_conf, or in the override of some nodes, because of which Terway would not start, or give no EIPs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Refused, UsageError
from eipctl.domain.terway.eni_conf import FLAGS
from eipctl.domain.terway.eni_conf_types import mistyped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.domain.terway.eni_conf_types import Mistyped
    from eipctl.domain.terway.installation import ConfText, EniConfig, TerwayPod


def none_would_stop(text: str, config: EniConfig, pods: Iterable[TerwayPod]) -> None:
    """Refused when a Terway that is restarted with `text` in eni_conf would not start again."""
    for each in replace(config, text=text).texts(pods):
        for wrong in mistyped(each.text, (pod.version for pod in each.readers)):
            raise _stops(each, wrong)


def no_migration(config: EniConfig, pods: Iterable[TerwayPod]) -> None:
    """Refused where Terway hands its EIPs over, for then it gives none."""
    for each in config.texts(pods):
        if each.migrates:
            name = each.config_map
            raise Refused(
                Code.MIGRATION_FLAG,
                f"enable_eip_migrate is on in ConfigMap {name}: Terway hands its EIPs over and gives no new ones",
                hint=f"finish the migration, then take the flag out: kubectl -n kube-system edit configmap {name}",
                obj=each.object,
            )


def _stops(text: ConfText, wrong: Mistyped) -> UsageError | Refused:
    name = text.config_map
    what = f"{wrong.key} is {wrong.raw} in ConfigMap {name}, expected {wrong.expected}: Terway can't start with it"
    hint = f"correct it with: kubectl -n kube-system edit configmap {name}"
    if wrong.key.lower() in FLAGS:
        return Refused(Code.FLAG_TYPE, what, hint=hint, obj=text.object)
    return UsageError(Code.ENI_CONF_MALFORMED, what, hint=hint, obj=text.object)
