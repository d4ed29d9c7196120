"""Parts of the page Home: a residual block as a sum, cards of the pages, this machine."""
