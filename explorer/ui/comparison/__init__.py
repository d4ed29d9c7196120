"""Parts of the page Compare: the form, the plan and its start, running, results, a pair of networks."""
