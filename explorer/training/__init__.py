"""Training in memory: recipe, trainer, steps, schedules, augmentation. Independent of run folders and the user
interface."""
