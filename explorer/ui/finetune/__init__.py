"""Parts of the page Fine-tune: the recipe's form with estimate and start, the run's monitor and result."""
