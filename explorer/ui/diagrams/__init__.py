"""Parts of the page Diagrams: browse one network, compare networks, paths."""
