"""Tables and tensors to Altair charts, SVG diagrams and images. Runs no network."""
