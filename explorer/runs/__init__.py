"""Training runs on disk: run folder, events, checkpoints, queue, sweeps, Ray, export."""
