"""What surrounds every page: header, style, tour, pickers for network and picture."""
