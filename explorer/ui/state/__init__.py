"""What sessions keep and share: the address, uploads, cached results, long tasks, who may see which run."""
