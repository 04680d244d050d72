"""EIP2xx: RAM, credentials and the account."""

from __future__ import annotations

from eipctl.base.codes import Code
from eipctl.base.explained.explanation import Explanation

EXPLAINED = {
    Code.NO_CREDENTIALS: Explanation(
        "No Alibaba Cloud credentials",
        "None of the sources has any: --profile, the ALIBABA_CLOUD_… variables, RRSA, the aliyun CLI's current "
        "profile, the role of the ECS instance.",
        "EIPs can't even be listed.",
        "Run `aliyun configure`, or set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET; in a Pod "
        "use RRSA, as `eipctl manifest cronjob` does.",
    ),
    Code.CREDENTIALS_REJECTED: Explanation(
        "The credentials were rejected",
        "Alibaba Cloud does not know the AccessKey, its signature is wrong, or the token has expired.",
        "Every call fails the same way; eipctl stops at the first.",
        "Check with: aliyun sts GetCallerIdentity. A key may be disabled, or its secret cut when it was copied.",
    ),
    Code.CLOUD_FORBIDDEN: Explanation(
        "A right is missing in RAM",
        "The credentials are good, but no policy allows the action that is named, or one denies it.",
        "Without the right to tag nothing is bought: an EIP without tags could not be found again.",
        "Attach what `eipctl manifest ram-policy` prints to the caller that is named.",
    ),
    Code.CLOUD_UNREACHABLE: Explanation(
        "Alibaba Cloud can't be reached",
        "No connection to the API's endpoint, or it broke before an answer came. Reads were tried again.",
        "A change that was under way may have been carried out; the next run finds out by its tags.",
        "Check DNS, proxy (HTTPS_PROXY) and the way out of the VPC; inside a VPC use --endpoint-url. Run it again.",
    ),
    Code.ROLE_NOT_FOUND: Explanation(
        "Terway's RAM role was not found",
        "The role that eni_conf leads to does not exist in this account, or the role of the worker nodes is not known.",
        "setup would patch the wrong role, and Terway would still lack its rights.",
        "Name it with --role; the ECS console shows it as the RAM role of a node's instance.",
    ),
    Code.ROLE_LACKS_ACTIONS: Explanation(
        "Terway's role lacks EIP actions",
        "The policies attached to the role that Terway works under do not grant all of its six EIP actions. A "
        "statement with a Condition, or for some resources only, does not count.",
        "With the flag on, annotated Pods hang in ContainerCreating. Without it nothing happens, and bind needs none "
        "of it: it calls the cloud as its own caller.",
        "eipctl setup (or `eipctl setup ram` for this step alone)",
    ),
    Code.ROLE_DENIED: Explanation(
        "A policy denies Terway an EIP action",
        "A Deny statement of a policy attached to the role matches an EIP action of Terway: always (an error), or only "
        "under a condition or on some EIPs (a warning, because each call decides).",
        "Deny wins over every Allow: no further policy can lift it, so setup does not add one.",
        "Take the Deny out of the policy that is named, in the RAM console, or narrow it so that it spares Terway.",
    ),
    Code.REGION_UNKNOWN: Explanation(
        "The region is not known",
        "Neither --region, the environment, the profile nor the nodes' labels say it, or there is no such region.",
        "EIPs are of one region; in a wrong one every binding would look orphaned.",
        "Give --region, for example --region cn-hangzhou.",
    ),
    Code.WRONG_ACCOUNT: Explanation(
        "The cluster is not in this account or region",
        "The ECS instances of the cluster's nodes, or their ENIs, are not known to this account in this region.",
        "A wrong profile would buy EIPs that can't be bound, in somebody else's account.",
        "Choose the account with --profile and the region with --region.",
    ),
    Code.CLOUD_ERROR: Explanation(
        "Alibaba Cloud refused a call",
        "An answer that eipctl has no better word for; the sentence has the cloud's own code and request id.",
        "That call changed nothing unless the sentence says so.",
        "Run the same command again. If it stays, look the code up under https://api.alibabacloud.com/troubleshoot",
    ),
    Code.POLICY_LIMIT: Explanation(
        "A limit of RAM is reached",
        "A policy has five versions that can't be rotated, a document would exceed 6,144 characters, or a role has all "
        "the policies it may have.",
        "setup can't grant Terway its actions in this way.",
        "Leave out --edit-policy, or use it when the role is full; else detach policies that are not needed any more.",
    ),
    Code.THROTTLED: Explanation(
        "Throttled for too long",
        "The API answered Throttling more often than eipctl waits for, although it paces its calls.",
        "Others use the same account's limits. What was done is valid.",
        "Run it again later. Raised quotas are told with --api-limit.",
    ),
    Code.IDENTITY: Explanation(
        "Who calls Alibaba Cloud",
        "The account and the identity behind the credentials in use, as STS tells them.",
        "EIPs are bought in this account and on its bill.",
        "Nothing to do; --profile chooses another one.",
    ),
    Code.POLICY_NOT_FOUND: Explanation(
        "The policy is not there, or not as planned",
        "--edit-policy names a policy that does not exist, is Alibaba Cloud's own or is not attached to the role; or "
        "it was changed since the plan was made.",
        "Editing it would grant Terway nothing, or undo somebody's change.",
        "Name an attached custom policy, or leave out --edit-policy. After a change run the same command again.",
    ),
    Code.CLOCK: Explanation(
        "This host's clock",
        "The time here differs from the API server's by more than half a minute.",
        "Ages and graces are judged by it, and Alibaba Cloud refuses calls signed with a time that is 15 minutes off.",
        "Let the host keep its time: timedatectl set-ntp true",
    ),
    Code.ACCOUNT_BLOCKED: Explanation(
        "The account may not order this",
        "Alibaba Cloud refuses the order for a reason of the account: real-name verification, risk control, incomplete "
        "account data, conditions of sale, or a service that is not opened.",
        "Every purchase would be refused alike; eipctl stops buying after the first refusal and does the rest.",
        "The owner of the account signs in to the Alibaba Cloud console and follows what it asks for, then run the "
        "same command again.",
    ),
    Code.POLICY_FOREIGN: Explanation(
        "A policy of eipctl's policy name is not eipctl's",
        "The account has a custom policy eipctl-terway-eip that eipctl did not create, or whose content somebody has "
        "changed since.",
        "Attaching it would give Terway whatever that policy allows; extending or deleting it would change what others "
        "rely on. setup and teardown leave it as it is.",
        "Grant the actions with a custom policy that the role has: eipctl setup --edit-policy NAME. Or delete policy "
        "eipctl-terway-eip in the RAM console if nobody needs it, and run setup again.",
    ),
}
