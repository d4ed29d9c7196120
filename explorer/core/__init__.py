"""What every package needs: errors, files, hardware, settings, downloads, the words on screen."""
