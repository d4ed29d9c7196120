"""Restrictions on recipes on a public server: allowed names, and redaction for display."""

import re
from pathlib import Path

from explorer.core import settings
from explorer.core.errors import RecipeError
from explorer.data import cifar10
from explorer.training.recipe import Recipe

_UPLOAD = re.compile(r"[0-9a-f]{64}\.zip")
_NETWORK = re.compile(r"(timm:)?[A-Za-z0-9_.-]+")  # excludes folders, which timm accepts: "timm:local-dir:…"


def check(recipe: Recipe, root: Path) -> None:
    """Raise RecipeError on a public server if a recipe's network, weights or data is a path on that server.

    Allowed are uploaded zips beside the runs in `root` and the server's data set folders.
    """
    if not settings.is_public():
        return
    from explorer.models import registry  # imports torch

    zipped, own = Path(recipe.data), {str(folder.absolute()) for folder in cifar10.search_roots()}
    is_upload = zipped.parent == (root / settings.UPLOADS).absolute() and _UPLOAD.fullmatch(zipped.name)
    allowed = {
        "network": _NETWORK.fullmatch(recipe.network),
        "weights": recipe.weights in (*registry.BUNDLED, *registry.IMAGENET, "random"),
        "data": recipe.data in ("cifar10", "digits") or recipe.data in own or is_upload,
    }
    for field, is_allowed in allowed.items():
        if not is_allowed:
            raise RecipeError("errors.public_path", field=field)


def redacted_recipe(recipe: Recipe) -> Recipe:
    """`recipe` for display: on a public server without the folders of its data and weights."""
    return recipe.changed(data=str(settings.redact(recipe.data)), weights=str(settings.redact(recipe.weights)))
