"""Training in memory: recipe, trainer, steps, schedules, augmentation. No run folders, no user interface."""
