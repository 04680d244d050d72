"""All field names of the types in :mod:`eipctl.sandbox.kube.types`, as the API reference of Kubernetes lists them."""

from __future__ import annotations

_NAMES = {
    "ClusterRole": "aggregationRule apiVersion kind metadata rules",
    "ClusterRoleBinding": "apiVersion kind metadata roleRef subjects",
    "ConfigMap": "apiVersion binaryData data immutable kind metadata",
    "Container": (
        "args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports readinessProbe "
        "resizePolicy resources restartPolicy restartPolicyRules securityContext startupProbe stdin stdinOnce "
        "terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir"
    ),
    "ContainerPort": "containerPort hostIP hostPort name protocol",
    "CronJob": "apiVersion kind metadata spec status",
    "CronJobSpec": (
        "concurrencyPolicy failedJobsHistoryLimit jobTemplate schedule startingDeadlineSeconds "
        "successfulJobsHistoryLimit suspend timeZone"
    ),
    "CrossVersionObjectReference": "apiVersion kind name",
    "DaemonSet": "apiVersion kind metadata spec status",
    "DaemonSetSpec": "minReadySeconds revisionHistoryLimit selector template updateStrategy",
    "Deployment": "apiVersion kind metadata spec status",
    "DeploymentSpec": (
        "minReadySeconds paused progressDeadlineSeconds replicas revisionHistoryLimit selector strategy template"
    ),
    "EnvVar": "name value valueFrom",
    "HorizontalPodAutoscaler": "apiVersion kind metadata spec status",
    "HorizontalPodAutoscalerSpec": (
        "behavior maxReplicas metrics minReplicas scaleTargetRef targetCPUUtilizationPercentage"
    ),
    "Job": "apiVersion kind metadata spec status",
    "JobSpec": (
        "activeDeadlineSeconds backoffLimit backoffLimitPerIndex completionMode completions managedBy "
        "manualSelector maxFailedIndexes parallelism podFailurePolicy podReplacementPolicy scheduling "
        "selector successPolicy suspend template ttlSecondsAfterFinished"
    ),
    "JobTemplateSpec": "metadata spec",
    "LabelSelector": "matchExpressions matchLabels",
    "LabelSelectorRequirement": "key operator values",
    "MetricSpec": "containerResource external object pods resource type",
    "MetricTarget": "averageUtilization averageValue type value",
    "Namespace": "apiVersion kind metadata spec status",
    "ObjectMeta": (
        "annotations creationTimestamp deletionGracePeriodSeconds deletionTimestamp finalizers generateName "
        "generation labels managedFields name namespace ownerReferences resourceVersion selfLink uid"
    ),
    "OwnerReference": "apiVersion blockOwnerDeletion controller kind name uid",
    "Pod": "apiVersion kind metadata spec status",
    "PodDisruptionBudget": "apiVersion kind metadata spec status",
    "PodDisruptionBudgetSpec": "maxUnavailable minAvailable selector unhealthyPodEvictionPolicy",
    "PodSpec": (
        "activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig dnsPolicy "
        "enableServiceLinks ephemeralContainers evictionResponders hostAliases hostIPC hostNetwork hostPID "
        "hostUsers hostname hostnameOverride imagePullSecrets initContainers nodeName nodeSelector os "
        "overhead preemptionPolicy priority priorityClassName readinessGates resourceClaims resources "
        "restartPolicy runtimeClassName schedulerName schedulingGates schedulingGroup securityContext "
        "serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain "
        "terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes"
    ),
    "PodTemplateSpec": "metadata spec",
    "PolicyRule": "apiGroups nonResourceURLs resourceNames resources verbs",
    "ReplicaSet": "apiVersion kind metadata spec status",
    "ReplicaSetSpec": "minReadySeconds replicas selector template",
    "ResourceMetricSource": "name target",
    "Role": "apiVersion kind metadata rules",
    "RoleBinding": "apiVersion kind metadata roleRef subjects",
    "RoleRef": "apiGroup kind name",
    "Secret": "apiVersion data immutable kind metadata stringData type",
    "Service": "apiVersion kind metadata spec status",
    "ServiceAccount": "apiVersion automountServiceAccountToken imagePullSecrets kind metadata secrets",
    "ServicePort": "appProtocol name nodePort port protocol targetPort",
    "ServiceSpec": (
        "allocateLoadBalancerNodePorts clusterIP clusterIPs externalIPs externalName externalTrafficPolicy "
        "healthCheckNodePort internalTrafficPolicy ipFamilies ipFamilyPolicy loadBalancerClass loadBalancerIP "
        "loadBalancerSourceRanges ports publishNotReadyAddresses selector sessionAffinity "
        "sessionAffinityConfig trafficDistribution type"
    ),
    "StatefulSet": "apiVersion kind metadata spec status",
    "StatefulSetSpec": (
        "minReadySeconds ordinals persistentVolumeClaimRetentionPolicy podManagementPolicy replicas "
        "revisionHistoryLimit selector serviceName template updateStrategy volumeClaimTemplates"
    ),
    "Subject": "apiGroup kind name namespace",
    "VolumeMount": "bindMountOptions mountPath mountPropagation name readOnly recursiveReadOnly subPath subPathExpr",
}
NAMES = {name: frozenset(fields.split()) for name, fields in _NAMES.items()}
