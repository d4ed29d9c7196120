"""The scene: a block's source, drawing and tensors in one view that steps without a server.

`payload` collects what the scene shows, `assets/scene` draws it: as a component of the app, in a notebook (`look`) and
in a single HTML file (`document`).
"""
