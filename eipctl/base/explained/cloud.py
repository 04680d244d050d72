"""EIP2xx: RAM, credentials and the account."""

from __future__ import annotations

from eipctl.base.codes import Code
from eipctl.base.explained.explanation import Explanation

EXPLAINED = {
    Code.NO_CREDENTIALS: Explanation(
        "No Alibaba Cloud credentials",
        "None of these sources has any: --profile, the ALIBABA_CLOUD_… variables, RRSA, the aliyun CLI's current "
        "profile, the role of the ECS instance.",
        "Without credentials EIPs can't be listed.",
        "Run `aliyun configure`, or set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET; in a Pod "
        "use RRSA, as `eipctl manifest cronjob` does.",
    ),
    Code.CREDENTIALS_REJECTED: Explanation(
        "The credentials were rejected",
        "The AccessKey is unknown to Alibaba Cloud, the signature is wrong, or the token has expired.",
        "Every call fails the same way, so eipctl stops at the first.",
        "Check with: `aliyun sts GetCallerIdentity`. The key may be disabled, or its secret copied incompletely.",
    ),
    Code.CLOUD_FORBIDDEN: Explanation(
        "A RAM permission is missing",
        "The credentials are valid, but no policy allows the named action, or a policy denies it.",
        "Without permission to tag, nothing is allocated: an EIP without tags could not be found again.",
        "Attach the policy printed by `eipctl manifest ram-policy` to the named caller.",
    ),
    Code.CLOUD_UNREACHABLE: Explanation(
        "Alibaba Cloud can't be reached",
        "The API endpoint can't be reached, or the connection broke before a reply arrived. Reads were retried.",
        "A change in progress may have been carried out; the next run finds it by its tags.",
        "Check DNS, the proxy (HTTPS_PROXY) and the route out of the VPC, or use --endpoint-type vpc. Run it again.",
    ),
    Code.ROLE_NOT_FOUND: Explanation(
        "Terway's RAM role was not found",
        "The role named by eni_conf does not exist in this account, or the worker nodes' role is unknown.",
        "setup would change the wrong role, and Terway would still lack its permissions.",
        "Name the role with --role; the ECS console shows it as the RAM role of a node's instance.",
    ),
    Code.ROLE_LACKS_ACTIONS: Explanation(
        "Terway's role lacks EIP actions",
        "The policies attached to Terway's RAM role do not grant all six EIP actions. A "
        "statement with a Condition, or for some resources only, does not count.",
        "With Terway's EIP mode on, annotated Pods hang in ContainerCreating. Otherwise nothing happens. bind is not "
        "affected: it uses its own credentials.",
        "eipctl setup (or `eipctl setup ram` for this step alone)",
    ),
    Code.ROLE_DENIED: Explanation(
        "A policy denies Terway an EIP action",
        "A Deny statement in a policy attached to the role matches an EIP action of Terway: always (an error), or only "
        "under a condition or for some EIPs (a warning, because each call decides).",
        "Deny overrides every Allow, so setup does not add a policy.",
        "Remove the Deny from the named policy in the RAM console, or narrow it so that it does not match Terway.",
    ),
    Code.REGION_UNKNOWN: Explanation(
        "The region is unknown",
        "--region, the environment, the profile and the nodes' labels name no region, or the region does not exist.",
        "EIPs are regional; in the wrong region every binding would look orphaned.",
        "Give --region, for example --region cn-hangzhou.",
    ),
    Code.WRONG_ACCOUNT: Explanation(
        "The cluster is not in this account or region",
        "This account has no ECS instance or ENI of the cluster's nodes in this region, or no node has a providerID.",
        "A wrong profile would allocate EIPs, or grant Terway's role rights, in another account.",
        "Choose the account with --profile and the region with --region. Nodes get their providerID from the cloud "
        "controller manager.",
    ),
    Code.CLOUD_ERROR: Explanation(
        "Alibaba Cloud refused a call",
        "The API returned an error without an eipctl code; the message has the cloud's own code and request ID.",
        "The call changed nothing unless the message says so.",
        "Run the same command again. If it fails again, look up the code at https://api.alibabacloud.com/troubleshoot",
    ),
    Code.POLICY_LIMIT: Explanation(
        "A RAM limit is reached",
        "A policy has five versions that can't be rotated, a document would exceed 6,144 characters, or a role already "
        "has the maximum number of policies.",
        "setup can't grant Terway its actions this way.",
        "Omit --edit-policy, or use it when the role is full; otherwise detach policies that are no longer needed.",
    ),
    Code.THROTTLED: Explanation(
        "Throttled for too long",
        "The API kept answering Throttling for longer than eipctl waits, although eipctl paces its calls.",
        "Other clients share the account's rate limits. Completed changes are valid.",
        "Run it again later. If the account has raised limits, set --api-limit.",
    ),
    Code.IDENTITY: Explanation(
        "The identity that calls Alibaba Cloud",
        "The account and the identity of the credentials in use, as reported by STS.",
        "EIPs are allocated in this account and billed to it.",
        "Nothing to do; use --profile to choose another account.",
    ),
    Code.POLICY_NOT_FOUND: Explanation(
        "The policy does not exist or has changed",
        "--edit-policy names a policy that does not exist, is a system policy or is not attached to the role; or "
        "the policy has changed since the plan was made.",
        "Editing it would grant Terway nothing, or undo someone else's change.",
        "Name an attached custom policy, or omit --edit-policy. If the policy changed, run the same command again.",
    ),
    Code.CLOCK: Explanation(
        "This host's clock",
        "This host's clock differs from the API server's or Alibaba Cloud's by more than 30 s.",
        "Timestamps in logs are off, and Alibaba Cloud refuses calls signed with a time that is 15 minutes off.",
        "Synchronise the clock: timedatectl set-ntp true",
    ),
    Code.ACCOUNT_BLOCKED: Explanation(
        "The account is not allowed to place this order",
        "Alibaba Cloud refuses the order for a reason of the account: real-name verification, risk control, incomplete "
        "account data, conditions of sale, or a service that is not opened.",
        "Every purchase would be refused, so eipctl stops allocating after the first refusal and does the rest.",
        "Sign in to the Alibaba Cloud console as the account owner and resolve what it reports, then run the "
        "same command again.",
    ),
    Code.POLICY_FOREIGN: Explanation(
        "Policy eipctl-terway-eip is not managed by eipctl",
        "The account has a custom policy eipctl-terway-eip that eipctl did not create, or whose content was changed "
        "since.",
        "Attaching it would grant Terway whatever that policy allows; extending or deleting it would change what "
        "others rely on. setup and teardown leave it unchanged.",
        "Grant the actions with a custom policy attached to the role: eipctl setup --edit-policy NAME. Or delete "
        "policy eipctl-terway-eip in the RAM console if it is not needed, and run setup again.",
    ),
}
