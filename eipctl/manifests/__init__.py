"""Manifests as texts: what workloads they hold, and edits that leave every other byte as it is."""
