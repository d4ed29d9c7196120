"""Parts of the page Diagrams."""
