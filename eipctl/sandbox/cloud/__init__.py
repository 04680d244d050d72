"""A simulated Alibaba Cloud: the APIs of Vpc, Ecs, Ram, Sts and CS that an EIP tool calls."""
