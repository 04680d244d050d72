"""EIP6xx: money, limits and leaks."""

from __future__ import annotations

from eipctl.base.codes import Code
from eipctl.base.explained.explanation import Explanation

EXPLAINED = {
    Code.ORPHANS: Explanation(
        "EIPs whose Pod is gone",
        "eipctl bought these EIPs for Pods that no longer exist, or that have another one.",
        "They cost money for as long as they exist.",
        "eipctl bind -A --prune",
    ),
    Code.EIP_QUOTA: Explanation(
        "The EIP quota",
        "The account has as many EIPs in this region as it may have (20 by default).",
        "No further EIP can be bought; Pods stay without one.",
        "Release what is not needed (`eipctl status --orphans`), or have the quota raised in Quota Center.",
    ),
    Code.PURCHASE_LIMIT: Explanation(
        "Too many EIPs were bought and released",
        "Alibaba Cloud blocks accounts that buy and release EIPs in quick succession.",
        "Nothing can be bought until it lifts, which is documented as 7 days.",
        "Wait, and use --reuse and a release strategy such as 10m, so that restarts don't buy anew.",
    ),
    Code.BALANCE: Explanation(
        "The account's balance is too low",
        "Alibaba Cloud sells pay-as-you-go EIPs only to accounts with some balance and no bill that is due.",
        "Nothing can be bought, and existing EIPs may be locked.",
        "Top up the account, then run the same command again.",
    ),
    Code.GUARD: Explanation(
        "A guard holds a kind of action back",
        "The plan has more of it than the guard allows: purchases, releases, money a month, or a share of all EIPs.",
        "Such plans often come from a mistake: a deleted namespace, a wrong context, a template with 1000 replicas.",
        "Look at the plan with --dry-run. If it is meant, raise the limit, or add --force and the guard's name.",
    ),
    Code.EIP_HELD_BACK: Explanation(
        "An EIP is kept on purpose",
        "Its release strategy says so, its grace is not over, it is locked or protected, prepaid or managed by a "
        "service.",
        "It goes on costing money.",
        "Nothing to do if it is meant. Release it by hand in the console if not.",
    ),
    Code.EIP_STOCK: Explanation(
        "No address is left to buy",
        "The region, the line (ISP) or the address pool that was asked for has no free address.",
        "Pods that ask for it stay without an EIP; Pods that ask for something else are served.",
        "Run the same command again later, or ask for another line (eip-isp) or pool.",
    ),
    Code.UNBOUND: Explanation(
        "An EIP is paid for and not bound",
        "It was bought for a Pod that still needs it, and binding it has failed so far, or was interrupted.",
        "It costs money, and the Pod is not reached under it.",
        "Run `eipctl bind` for the Pod. If that fails again, its error and the Pod's Events (EIPFailed) say why.",
    ),
}
