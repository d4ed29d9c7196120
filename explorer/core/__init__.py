"""Shared by all packages: errors, files and locks, hardware, settings, downloads, translations."""
