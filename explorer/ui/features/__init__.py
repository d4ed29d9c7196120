"""The parts of the feature maps page: each draws itself from a view, and redraws alone."""
