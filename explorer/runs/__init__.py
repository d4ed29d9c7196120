"""A fine-tune on disk: its folder, events, checkpoints, the queue, sweeps, Ray, export."""
