"""Parts of the page Runs: runs side by side."""
