"""What the sandbox of these tests holds."""

from __future__ import annotations

FAST = 50.0
ENI, FIRST_IP, SECOND_IP = "eni-bp1sdks0000000000001", "10.0.0.201", "10.0.0.202"
ROOT = ("LTAI5tSandboxRoot0000001", "made-up-secret-of-the-account1")
OPERATOR = ("LTAI5tSandboxOperator001", "made-up-secret-of-an-operator1")
WORKER_ROLE = "KubernetesWorkerRole-5f2b9c3e-7d41-4c0a-9b6e-1a2d3c4e5f60"
INSTANCE = "i-bp1sandbox00000000001"
