"""A fine-tune in memory: recipe, trainer, steps, schedules, augmentation. Knows nothing of run folders or screens."""
