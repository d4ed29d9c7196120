"""Parts of the page Fine-tune: the recipe's form, the estimate, the running curves, the result."""
