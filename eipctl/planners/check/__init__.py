"""What `check` says of the facts it was given: findings, each with the fix as a command to paste."""
