"""What happens by itself in the simulated cluster: controllers, scheduler, kubelets and Terway."""
