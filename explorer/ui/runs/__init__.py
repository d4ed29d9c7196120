"""Parts of the page Runs: the table and charts of several runs, and what can be done with one."""
