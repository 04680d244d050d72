"""What `eipctl annotate -f` makes of any number of manifests, judged without any code of the editor."""
