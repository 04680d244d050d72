"""eipctl gives Kubernetes Pods in Alibaba Cloud ACK clusters their own public IP (EIP)."""

__version__ = "0.1.0"
