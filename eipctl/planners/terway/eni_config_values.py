"""Values in eni_conf, or in the override of some nodes, because of which Terway would not start, or give no EIPs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Refused, UsageError
from eipctl.domain.terway import eni_conf
from eipctl.domain.terway.eni_conf import ALLOW_EIP_ROB, ENABLE_EIP_MIGRATE, ENABLE_EIP_POOL, FlagState
from eipctl.domain.terway.eni_conf_types import mistyped
from eipctl.planners.terway.eni_config import OBJECT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.domain.terway.eni_conf import EniConf
    from eipctl.domain.terway.installation import EniConfig, Override, TerwayPod


def none_would_stop(text: str, config: EniConfig, pods: Iterable[TerwayPod]) -> None:
    """Refused when a Terway that is restarted with `text` in eni_conf would not start again."""
    versions = frozenset(pod.version for pod in pods)
    texts = [(OBJECT, text), *((_object(one), one.text) for one in config.overrides if one.text)]
    for obj, each in texts:
        wrong = mistyped(each, versions)
        if wrong:
            first, name = wrong[0], obj.rpartition("/")[2]
            what = f"{first.key} is {first.raw} in ConfigMap {name}, expected {first.expected}"
            raise UsageError(
                Code.ENI_CONF_MALFORMED,
                f"{what}: Terway can't start with it",
                hint=f"correct it with: kubectl -n kube-system edit configmap {name}",
                obj=obj,
            )
    _types_of_flags(eni_conf.read(text), OBJECT)
    for override in config.overrides:
        if override.conf is not None:
            _types_of_flags(override.conf, _object(override))


def no_migration(config: EniConfig) -> None:
    """Refused where Terway hands its EIPs over, for then it gives none."""
    confs = [(OBJECT, config.conf), *((_object(one), one.conf) for one in config.overrides)]
    for obj, conf in confs:
        if conf is not None and conf.enable_eip_migrate.state is FlagState.ON:
            name = obj.rpartition("/")[2]
            raise Refused(
                Code.MIGRATION_FLAG,
                f"enable_eip_migrate is on in ConfigMap {name}: Terway hands its EIPs over and gives no new ones",
                hint=f"finish the migration, then take the flag out: kubectl -n kube-system edit configmap {name}",
                obj=obj,
            )


def _object(override: Override) -> str:
    return f"configmap/kube-system/{override.config_map}"


def _types_of_flags(conf: EniConf, obj: str) -> None:
    name = obj.rpartition("/")[2]
    expected = (
        (ENABLE_EIP_POOL, conf.enable_eip_pool, 'the text "true"'),
        (ALLOW_EIP_ROB, conf.allow_eip_rob, 'the text "true" or none'),
        (ENABLE_EIP_MIGRATE, conf.enable_eip_migrate, "true or false without quotes"),
    )
    for key, flag, wanted in expected:
        if flag.state is FlagState.WRONG_TYPE:
            raise Refused(
                Code.FLAG_TYPE,
                f"{key} is {flag.raw} in ConfigMap {name}, expected {wanted}: Terway can't start with it",
                hint=f"correct it with: kubectl -n kube-system edit configmap {name}",
                obj=obj,
            )
