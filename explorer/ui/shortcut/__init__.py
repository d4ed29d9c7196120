"""The parts of the shortcut lab: each draws itself from a view, and redraws alone."""
