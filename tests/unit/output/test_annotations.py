"""`annotate --list` as people read it."""

from __future__ import annotations

from eipctl.commands.annotate.listing import Listed
from eipctl.domain.settings import K8S, NETWORK
from eipctl.domain.terway.image_version import TerwayVersion
from eipctl.output.annotations import listed_lines
from eipctl.planners.annotate.listing import listing
from eipctl.planners.annotate.surroundings import Actor, Acts
from tests.unit.planners.annotate_facts import workload

READ = """\
WORKLOAD                SETTING                   VALUE         FROM                         NOTE
deployment/default/api  pod-with-eip              true          k8s.aliyun.com/pod-with-eip  -
deployment/default/api  eip-bandwidth             5             default                      \
Terway v1.6.3 on 3 nodes ignores network.alibabacloud.com/eip-bandwidth
deployment/default/api  eip-internet-charge-type  PayByTraffic  default                      -
deployment/default/api  pod-eip-release-strategy  Follow        default                      -
deployment/default/web  -                         -             -                            asks for no EIP
EIP414 deployment/default/api: has keys with both prefixes; Terway reads only those under \
k8s.aliyun.com/; keep one prefix
EIP412 deployment/default/web: k8s.aliyun.com/pod-with-eip on its own metadata: no effect, because \
Pods get the annotations of their template; eipctl annotate deployment/web -n default --fix
2 annotated; Terway v1.6.3 on 3 nodes gives the EIPs
"""


def test_the_list_reads_as_agreed() -> None:
    """A row for each setting in force and where it is from; then what can't work, and who gives the EIPs."""
    actors = (Acts(Actor.TERWAY, frozenset("abc"), TerwayVersion(1, 6, 3)),)
    found = [
        workload(name="web", own_annotations={K8S + "pod-with-eip": "true"}).workload,
        workload(name="api", annotations={K8S + "pod-with-eip": "true", NETWORK + "eip-bandwidth": "9"}).workload,
    ]
    listed = Listed(listing(found, actors), tuple(acts.text for acts in actors))
    lines = ["".join(text for text, _ in line) for line in listed_lines(listed)]
    assert "".join(f"{line}\n" for line in lines) == READ


def test_several_who_give_eips_are_told_of_as_such() -> None:
    """Also when nothing is annotated."""
    ((text, _),) = listed_lines(Listed((), ("Terway", "eipctl bind")))[-1]
    assert text == "0 annotated; Terway and eipctl bind give the EIPs"
