"""Parts of the page Feature maps; each is a fragment that draws from a view."""
