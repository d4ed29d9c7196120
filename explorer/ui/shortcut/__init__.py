"""Parts of the page Shortcut; each is a fragment that draws from a view."""
