"""Networks compared on one recipe: results, answers, the table, the sentences."""
