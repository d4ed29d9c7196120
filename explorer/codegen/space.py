"""The program for feature space: features by hooks, PCA and linear probes by scikit-learn."""

import textwrap

from explorer.analysis.feature_space import folds, names, places
from explorer.analysis.picture_set import PictureSet
from explorer.codegen.views import built, images, is_written_out, program
from explorer.models.network import Network

_IMPORTS = "from sklearn import decomposition, linear_model, model_selection, pipeline, preprocessing"


def space(network: Network, pictures: PictureSet, folder: str) -> str:
    """A program that computes `features`, `points` (PCA, (N, 2)) and `probes` by place for the pictures of `folder`; it
    prints the explained variance of two axes and each probe's mean accuracy."""
    probe = [
        "steps = preprocessing.StandardScaler(), linear_model.LogisticRegression(max_iter=1000)",
        f"folds = model_selection.StratifiedKFold({folds(pictures.labels)}, shuffle=True, random_state=0)",
        "line = pipeline.make_pipeline(*steps)",
        "probes[place] = model_selection.cross_val_score(line, found, labels.numpy(), cv=folds)",
        "print(place, probes[place].mean())",
    ]
    lines = [
        "axes = decomposition.PCA(2, svd_solver='full').fit(found)",
        "points[place], shares = axes.transform(found), axes.explained_variance_ratio_",
        "print(place, shares)",
        *(probe if folds(pictures.labels) else ()),
    ]
    return program(
        _IMPORTS,
        built(network),
        images(network.preprocess, folder),
        f"{_hooked(network) if is_written_out(network) else _traced(network)}\n"
        "features = {place: torch.cat(found).numpy() for place, found in features.items()}",
        "points, probes = {}, {}\nfor place, found in features.items():\n" + textwrap.indent("\n".join(lines), "    "),
    )


def _hooked(network: Network) -> str:
    return (
        f"features = {{place: [] for place in {places(network)}}}\n"
        "for place, found in features.items():\n"
        "    hook = lambda module, given, out, found=found: found.append(out.mean((2, 3)))\n"
        "    model.get_submodule(place).register_forward_hook(hook)\n"
        "with torch.no_grad():\n    for batch in images.split(50):\n        model(batch)"
    )


def _traced(network: Network) -> str:
    return (
        f"names = {names(network)}\n"
        "features = {place: [] for place in names}\n"
        "for batch in images.split(50):\n"
        "    run = trace(network, batch, keep=names.values())\n"
        "    for place, name in names.items():\n"
        "        features[place].append(maps_of(network, batch, name, run[name]).mean((2, 3)))"
    )
