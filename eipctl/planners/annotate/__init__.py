"""`annotate`: what is written on which workload, and what can't work about it."""
