"""Somebody else's cluster: read over its own API, so that the simulated cloud has ENIs for its nodes and Pods."""
