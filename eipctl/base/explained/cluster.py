"""EIP1xx: the cluster and the rights in it."""

from __future__ import annotations

from eipctl.base.codes import Code
from eipctl.base.explained.explanation import Explanation

EXPLAINED = {
    Code.KUBECONFIG: Explanation(
        "No usable kubeconfig",
        "No kubeconfig was found (--kubeconfig, KUBECONFIG, ~/.kube/config), it can't be read, "
        "or the Pod has no ServiceAccount token.",
        "eipctl does not know which cluster to use and never guesses.",
        "Use --kubeconfig FILE or set KUBECONFIG. In a Pod, set automountServiceAccountToken: true.",
    ),
    Code.KUBE_UNREACHABLE: Explanation(
        "The API server can't be reached",
        "The connection to the API server failed or broke before a reply arrived. Reads were retried.",
        "eipctl neither binds nor releases what it can't see. A write in progress may have been carried out; "
        "the next run starts with the current state.",
        "Check network, VPN and proxy with: `kubectl get --raw /readyz`. Then run the same command again.",
    ),
    Code.KUBE_UNAUTHORIZED: Explanation(
        "The API server rejects the credentials",
        "It answered 401: the token or client certificate has expired or belongs to another cluster.",
        "Nothing can be read.",
        "Log in again, or fetch a new kubeconfig from the ACK console. See: `kubectl auth whoami`",
    ),
    Code.KUBE_FORBIDDEN: Explanation(
        "A Kubernetes permission is missing",
        "The API server answered 403: RBAC does not grant the caller the named verb on the named resource.",
        "The command stops before it changes anything, or skips the named part.",
        "Ask an administrator to apply the output of `eipctl manifest rbac`: exactly the rights that the commands use.",
    ),
    Code.CONTEXT: Explanation(
        "The context is not in the kubeconfig",
        "--context names a context that does not exist, or the kubeconfig has no current context.",
        "Another context may be another cluster, so eipctl does not pick one.",
        "List the contexts: `kubectl config get-contexts`",
    ),
    Code.CLUSTER_ID: Explanation(
        "The cluster's identity",
        "eipctl identifies its EIPs by the ACK cluster ID (eni_tags in ConfigMap eni-config) and the UID of namespace "
        "kube-system. One of the two can't be read, or EIPs tagged with them are bound in another VPC.",
        "With the wrong identity, a copied cluster would release the EIPs of the original.",
        "Repair eni-config, or set the ID with --cluster-id. The ACK console shows it.",
    ),
    Code.KUBE_CONFLICT: Explanation(
        "A write conflict",
        "The object was changed between eipctl's read and its write, and the API server answered 409.",
        "Nothing was written, so the other change is not lost.",
        "Run the same command again.",
    ),
    Code.KUBE_ERROR: Explanation(
        "The API server refused a request",
        "The reply has a status other than 401, 403, 404 and 409; the message quotes it.",
        "That request changed nothing.",
        "Read the message; an admission webhook may be the cause: `kubectl get validatingwebhookconfigurations`",
    ),
    Code.PARTIAL_READ: Explanation(
        "A list could not be read in full",
        "A page failed, or the number of items does not match the total reported by the API.",
        "An EIP whose Pod is on the missing page would look orphaned, so this run unbinds and releases nothing.",
        "Run it again. If it fails again, check the health of the API server or of the cloud's API.",
    ),
    Code.KUBE_OK: Explanation(
        "The API server answers",
        "The cluster of the current context can be read.",
        "Every other check depends on it.",
        "Nothing to do.",
    ),
    Code.SELECTOR: Explanation(
        "A selector can't be used",
        "The API server does not accept the label or field selector.",
        "Nothing was selected, so nothing was done.",
        "Try the selector with kubectl: `kubectl get pods -A -l SELECTOR`",
    ),
}
