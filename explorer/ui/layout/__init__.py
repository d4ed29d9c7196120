"""Around every page: navigation, header with pickers for network and picture, style, tour."""
