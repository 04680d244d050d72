"""EIP1xx: the cluster and the rights in it."""

from __future__ import annotations

from eipctl.base.codes import Code
from eipctl.base.explained.explanation import Explanation

EXPLAINED = {
    Code.KUBECONFIG: Explanation(
        "No usable kubeconfig",
        "There is no kubeconfig where it was looked for (--kubeconfig, KUBECONFIG, ~/.kube/config), it can't be read, "
        "or the Pod has no ServiceAccount token.",
        "Without it eipctl does not know which cluster is meant; it never guesses one.",
        "Give --kubeconfig FILE or set KUBECONFIG. In a Pod set automountServiceAccountToken: true.",
    ),
    Code.KUBE_UNREACHABLE: Explanation(
        "The API server can't be reached",
        "No connection to the API server could be made, or it broke before an answer came. Reads were tried again.",
        "What eipctl can't see it neither binds nor releases. A write that was under way may have been carried out; "
        "the next run looks first.",
        "Check network, VPN and proxy with: kubectl get --raw /readyz. Then run the same command again.",
    ),
    Code.KUBE_UNAUTHORIZED: Explanation(
        "The API server does not know who is calling",
        "It answered 401: the token or the client certificate in the kubeconfig has expired or is not its own.",
        "Nothing can be read.",
        "Log in again, or fetch a new kubeconfig from the ACK console. See: kubectl auth whoami",
    ),
    Code.KUBE_FORBIDDEN: Explanation(
        "A right is missing in Kubernetes",
        "The API server knows the caller and answered 403: RBAC does not grant the verb on the resource that is named.",
        "The command stops before it changes anything, or leaves out the part that is named.",
        "Have an administrator apply what `eipctl manifest rbac` prints: exactly the rights that the commands use.",
    ),
    Code.CONTEXT: Explanation(
        "The context is not in the kubeconfig",
        "--context names a context that the kubeconfig does not have, or none is current.",
        "Another context may be another cluster; eipctl does not pick one.",
        "Choose one of: kubectl config get-contexts",
    ),
    Code.CLUSTER_ID: Explanation(
        "The cluster's identity",
        "EIPs are owned under the ACK cluster id (eni_tags in ConfigMap eni-config) and the UID of namespace "
        "kube-system. One of the two can't be read, or EIPs tagged with them are bound in another VPC.",
        "With a wrong identity a copy of a cluster would release the EIPs of the original.",
        "Repair eni-config, or give the id with --cluster-id. The ACK console shows it.",
    ),
    Code.KUBE_CONFLICT: Explanation(
        "Somebody else wrote first",
        "The object was changed between eipctl's read and its write, and the API server answered 409.",
        "Nothing was written: the other change is not lost.",
        "Run the same command again: it reads afresh.",
    ),
    Code.KUBE_ERROR: Explanation(
        "The API server refused a request",
        "An answer other than 401, 403, 404 and 409; the sentence has its own words.",
        "That request changed nothing.",
        "Read its words; an admission webhook may be behind it: kubectl get validatingwebhookconfigurations",
    ),
    Code.PARTIAL_READ: Explanation(
        "A list could not be read in full",
        "A page failed, or the number of items does not add up to what the API says there are.",
        "An EIP whose Pod is on the missing page would look orphaned. So nothing is unbound or released in this run.",
        "Run it again. If it stays, look at the health of the API server or of the cloud's API.",
    ),
    Code.KUBE_OK: Explanation(
        "The API server answers",
        "The cluster of the context in use could be read.",
        "Every other check needs it.",
        "Nothing to do.",
    ),
    Code.SELECTOR: Explanation(
        "A selector can't be used",
        "The API server does not accept the label or field selector.",
        "Nothing was selected, so nothing was done.",
        "Try it with kubectl, which takes the same: kubectl get pods -A -l SELECTOR",
    ),
}
