"""EIP6xx: money, limits and leaks."""

from __future__ import annotations

from eipctl.base.codes import Code
from eipctl.base.explained.explanation import Explanation

EXPLAINED = {
    Code.ORPHANS: Explanation(
        "Orphaned EIPs",
        "eipctl allocated these EIPs for Pods that no longer exist or that have another EIP.",
        "They cost money for as long as they exist.",
        "eipctl bind -A --prune",
    ),
    Code.EIP_QUOTA: Explanation(
        "The EIP quota",
        "The account has reached its EIP quota in this region (20 by default).",
        "No EIP can be allocated, so Pods stay without one.",
        "Release unneeded EIPs (`eipctl status --orphans`), or raise the quota in Quota Center.",
    ),
    Code.PURCHASE_LIMIT: Explanation(
        "Purchases are blocked",
        "Alibaba Cloud blocks accounts that buy and release EIPs in quick succession.",
        "Nothing can be allocated until the block ends, documented as 7 days.",
        "Wait, and use --reuse and a release strategy such as 10m so that restarts don't allocate new EIPs.",
    ),
    Code.BALANCE: Explanation(
        "The account's balance is too low",
        "Alibaba Cloud sells pay-as-you-go EIPs only to accounts with a positive balance and no overdue bill.",
        "Nothing can be allocated, and existing EIPs may be locked.",
        "Top up the account, then run the same command again.",
    ),
    Code.GUARD: Explanation(
        "A guard holds back a kind of action",
        "The plan exceeds the limit of a guard: allocations, releases, cost per month, or a share of all EIPs.",
        "Such plans often come from a mistake: a deleted namespace, a wrong context, a template with 1,000 replicas.",
        "Review the plan with --dry-run. If it is intended, raise the limit or add --force with the guard's name.",
    ),
    Code.EIP_HELD_BACK: Explanation(
        "An EIP is kept",
        "The release strategy keeps it, the grace period is not over, or it is locked, protected, prepaid or "
        "managed by a cloud service.",
        "It keeps costing money.",
        "Nothing to do if this is intended. Otherwise release it in the console.",
    ),
    Code.EIP_STOCK: Explanation(
        "No address is available",
        "The region, the line type (ISP) or the address pool has no free address.",
        "Pods that need it stay without an EIP; all other Pods are served.",
        "Run the same command again later, or use another line type (eip-isp) or pool.",
    ),
    Code.UNBOUND: Explanation(
        "An EIP is paid for and not bound",
        "It was allocated for a Pod that still needs it, but binding it failed or was interrupted.",
        "It costs money, and the Pod is not reachable under it.",
        "Run `eipctl bind` for the Pod. If that fails again, its error and the Pod's Events (EIPFailed) say why.",
    ),
    Code.FORGOTTEN: Explanation(
        "Terway has forgotten an EIP",
        "Terway allocated it for a Pod, and was then upgraded past v1.7.0, or restarted without enable_eip_pool.",
        "The Pod keeps the EIP, but nothing releases it when the Pod is deleted: it would be billed from then on.",
        "eipctl adopt tags the EIP as eipctl's; `eipctl bind -A --prune` releases it after the Pod.",
    ),
}
