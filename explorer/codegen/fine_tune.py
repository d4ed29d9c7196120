"""A recipe as a program in plain PyTorch; CIFAR networks are imported from `cifar_resnet`."""

import re
from collections.abc import Iterator
from pathlib import Path

from explorer.codegen.views import bundled, load
from explorer.core import local_networks, settings
from explorer.data.datasets import DIGITS_PX
from explorer.data.names import source_name
from explorer.models import own_network, registry
from explorer.models.cifar_resnet import Design
from explorer.models.preprocessing import CIFAR_PREPROCESSING, TINY_PREPROCESSING, Preprocessing
from explorer.models.registry import BUNDLED, IMAGENET
from explorer.runs import public
from explorer.training.recipe import Recipe

LEFT_OUT = ("classes", "limit_per_class", "fixed_views", "best_by", "precision")


def fine_tune(recipe: Recipe) -> str:
    """A program that trains by `recipe` in plain torch and torchvision; its random numbers, and so its results, differ.

    It reads CIFAR-10 from `data`, or train and test from the recipe's folder. Its docstring lists fields that it leaves
    out (LEFT_OUT). Raises RecipeError for an unknown network.
    """
    source = Path(recipe.data)
    folder = source_name(source) if source.parent.name == settings.UPLOADS else str(settings.redact(recipe.data))
    recipe = public.redacted_recipe(recipe)
    registry.weights(recipe.network)  # raises: the name is inserted into the code
    plain = Recipe()
    left_out = [
        f"{name}={getattr(recipe, name)!r}" for name in LEFT_OUT if getattr(recipe, name) != getattr(plain, name)
    ]
    title = f"Fine-tunes {recipe.network}: the recipe of a run of Residual Explorer in plain PyTorch"
    title += f" (left out: {', '.join(left_out)})." if left_out else "."
    body = "\n\n".join(["\n".join(_start(recipe)), "\n".join(_data(recipe, folder)), "\n".join(_model(recipe)),
                        "\n".join(_training(recipe))])  # fmt: skip
    imports = "\n".join(line for name, line in _IMPORTS.items() if re.search(rf"(?<!\.)\b{re.escape(name)}\b", body))
    return f'"""{title}"""\n{imports}\n\n{body}\n'


_IMPORTS = {
    "gzip": "import gzip",
    "math": "import math",
    "torch": "import torch",
    "torchvision": "import torchvision",
    "timm": "import timm",
    "Design": "from explorer.models.cifar_resnet import Design",
    "load": "from safetensors.torch import load",
    "load_file": "from safetensors.torch import load_file",
    "interpolate_embeddings": "from torchvision.models.vision_transformer import interpolate_embeddings",
    "load_digits": "from sklearn.datasets import load_digits",
    "nn": "from torch import nn",
    "T": "from torchvision import transforms as T",
}


def _start(recipe: Recipe) -> Iterator[str]:
    yield f"torch.manual_seed({recipe.seed})"
    if recipe.threads:
        yield f"torch.set_num_threads({recipe.threads})"
    device = "'cuda' if torch.cuda.is_available() else 'cpu'" if recipe.device == "auto" else repr(recipe.device)
    yield f"device = torch.device({device})"


def _data(recipe: Recipe, folder: str) -> Iterator[str]:
    size, preprocessing = recipe.image_size, _preprocessing(recipe)
    side = min(size, DIGITS_PX) if recipe.data in ("cifar10", "digits") else size
    jitter = (recipe.brightness, recipe.contrast, recipe.saturation, recipe.hue)
    augment = [
        f"T.RandomCrop({side}, padding={round(recipe.crop_padding * side / 32)})" if recipe.crop_padding else "",
        f"T.RandomHorizontalFlip({recipe.flip})" if recipe.flip else "",
        f"T.ColorJitter{jitter}" if any(jitter) else "",
        f"T.RandomRotation({recipe.rotation:g})" if recipe.rotation else "",
    ]
    enlarge = [f"T.Resize({size}, antialias=False)"] if side != size else []
    square = [] if recipe.data == "cifar10" else [f"T.Resize({side})", f"T.CenterCrop({side})"]
    plain = [*square, "T.ToTensor()", f"T.Normalize({preprocessing.mean}, {preprocessing.std})", *enlarge]
    yield f"learned = T.Compose([{', '.join([*square, *filter(None, augment), *plain[len(square) :]])}])"
    yield f"tested = T.Compose([{', '.join(plain)}])"
    options = f"batch_size={recipe.batch_size}, {_sampler('train', recipe.limit) or 'shuffle=True'}"
    test_options = ", ".join(filter(None, ["batch_size=500", _sampler("test", recipe.test_limit)]))
    if recipe.data == "digits":
        yield from _digits(options, test_options)
        return
    if recipe.data == "cifar10":
        yield "train = torchvision.datasets.CIFAR10('data', train=True, transform=learned)"
        yield "test = torchvision.datasets.CIFAR10('data', train=False, transform=tested)"
    else:
        folder = folder.removesuffix(".zip")
        yield f"train = torchvision.datasets.ImageFolder({folder + '/train'!r}, learned)  # unpacked, in two parts"
        yield f"test = torchvision.datasets.ImageFolder({folder + '/test'!r}, tested)"
    # No num_workers: except on Linux, each worker would run the whole program again.
    yield f"loader = torch.utils.data.DataLoader(train, {options})"
    yield f"test_loader = torch.utils.data.DataLoader(test, {test_options})"


def _sampler(pictures: str, limit: int | None) -> str:
    """The option of a DataLoader that uses a fixed subset of `limit` pictures; "" without a limit."""
    chosen = f"torch.randperm(len({pictures}))[:{limit}]"
    return f"sampler=torch.utils.data.SubsetRandomSampler({chosen})" if limit else ""


def _digits(options: str, test_options: str) -> Iterator[str]:
    """A random fifth is the test set; a run has another one."""
    yield "digits, picture = load_digits(), T.ToPILImage()"
    yield "pictures = [picture(torch.tensor(p * 255 / 16).byte()).convert('RGB') for p in digits.images]"
    yield "pairs = list(zip(pictures, digits.target.tolist()))"
    yield "train, test = torch.utils.data.random_split(pairs, [0.8, 0.2], torch.Generator().manual_seed(0))"
    yield "def batch(transform, pairs):"
    yield "    return torch.stack([transform(picture) for picture, _ in pairs]), torch.tensor([y for _, y in pairs])"
    yield f"loader = torch.utils.data.DataLoader(train, {options}, collate_fn=lambda pairs: batch(learned, pairs))"
    test_options += ", collate_fn=lambda pairs: batch(tested, pairs)"
    yield f"test_loader = torch.utils.data.DataLoader(test, {test_options})"


def _preprocessing(recipe: Recipe) -> Preprocessing:
    if recipe.normalization == "cifar10":
        return CIFAR_PREPROCESSING
    of_weights = {"cifar10": CIFAR_PREPROCESSING, "upstream": TINY_PREPROCESSING}.get(recipe.weights)
    return of_weights or registry.preprocessing(recipe.network)


def _model(recipe: Recipe) -> Iterator[str]:
    head = registry.head_paths(recipe.network)[0]
    if local_networks.is_own(recipe.network):
        yield from _own(recipe)
    else:
        yield from _timm(recipe) if recipe.network.startswith(registry.TIMM) else _built(recipe, head)
    classes = "10" if recipe.data in ("cifar10", "digits") else "len(test.classes)"
    layer = _attribute(head)
    if registry.has_map_head(recipe.network):
        yield f"{layer} = nn.Conv2d({layer}.in_channels, {classes}, {layer}.kernel_size)"
    else:
        yield f"{layer} = nn.Linear({layer}.in_features, {classes})"
    yield "model.to(device, memory_format=torch.channels_last)"
    kind = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD"}[recipe.optimizer]
    more = ", momentum=0.9, nesterov=True" if recipe.optimizer == "sgd" else ""
    rate = f"lr={recipe.lr:g}, weight_decay={recipe.weight_decay:g}{more}"
    yield f"optimizer = torch.optim.{kind}(model.parameters(), {rate})"


def _built(recipe: Recipe, head: str) -> Iterator[str]:
    """A network of torchvision, or a CIFAR network."""
    name, size = recipe.network, recipe.image_size
    build = f"Design.named({name!r}).build" if Design.named(name) else f"torchvision.models.{name}"
    of_patches = name.startswith("vit_")
    options = [f"image_size={size}"] if of_patches else []
    options += ["aux_logits=False", "init_weights=True"] if name == "googlenet" else []
    if recipe.weights in IMAGENET:
        published = f"{build}(weights={IMAGENET[recipe.weights]!r})"
        if not of_patches:
            yield f"model = {published}"
            return
        yield f"state = {published}.state_dict()"
    elif recipe.weights != "random":
        file = bundled(name, recipe.weights) if recipe.weights in BUNDLED else recipe.weights
        yield f"state = {load(file)}"
        options.append(f"num_classes=len(state['{head}.weight'])")
    yield f"model = {build}({', '.join(options)})"
    if recipe.weights != "random":
        fitted = f"interpolate_embeddings({size}, model.patch_size, state)" if of_patches else "state"
        yield f"model.load_state_dict({fitted})"


def _own(recipe: Recipe) -> Iterator[str]:
    """A Python file of the user's, in whose folder the program runs."""
    given = local_networks.named(recipe.network)
    file = Path(given.path).stem
    found = own_network.opened(recipe.network).title.partition(": ")[2]
    yield f"import {file}  # run this program in its folder"
    yield f"model = {file}.{found}"
    yield "model = model if isinstance(model, nn.Module) else model()"
    if given.weights:
        yield f"model.load_state_dict({load(Path(given.weights).name)})"


def _timm(recipe: Recipe) -> Iterator[str]:
    model, more = recipe.network.removeprefix(registry.TIMM), registry.size_option(recipe.network, recipe.image_size)
    options = [repr(model), *(["pretrained=True"] if recipe.weights in IMAGENET else [])]
    options += [f"{name}={value}" for name, value in more.items()]
    if recipe.weights not in (*IMAGENET, "random"):
        yield f"state = {load(recipe.weights)}"
        options.append(f"num_classes=len(state['{registry.head_paths(recipe.network)[0]}.weight'])")
    yield f"model = timm.create_model({', '.join(options)})"
    if recipe.weights not in (*IMAGENET, "random"):
        yield "model.load_state_dict(state)"


def _attribute(path: str) -> str:
    """`classifier.1` as code: `model.classifier[1]`."""
    return "model" + "".join(f"[{name}]" if name.isdigit() else f".{name}" for name in path.split("."))


def _training(recipe: Recipe) -> Iterator[str]:
    """The training loop. Each phase, frozen and not, has its own schedule and peak learning rate."""
    freeze, epochs = recipe.freeze_epochs, recipe.epochs
    frozen, free = f"(True, {freeze}, {recipe.lr:g})", f"(False, {epochs - freeze}, {recipe.unfreeze_lr:g})"
    phases = [frozen] * (freeze > 0) + [free if freeze else f"(False, {epochs}, {recipe.lr:g})"] * (epochs > freeze)
    if recipe.schedule == "cosine":  # warm-up, then cosine: the smaller of the two
        yield "share = lambda done: min(done / 0.15, (1 + math.cos(math.pi * (done - 0.15) / 0.85)) / 2)"
    if recipe.schedule == "steps":
        yield "share = lambda done: 0.01 if done >= 0.75 else 0.1 if done >= 0.5 or done < 1 / 160 else 1.0"
    yield f"for frozen, epochs, peak in [{', '.join(phases)}]:"
    yield "    model.requires_grad_(not frozen)"
    yield f"    {_attribute(registry.head_paths(recipe.network)[0])}.requires_grad_(True)"
    if recipe.schedule in ("plateau", "constant"):
        yield "    for group in optimizer.param_groups:"
        yield "        group['lr'] = peak"
    schedules = "torch.optim.lr_scheduler"
    if recipe.schedule == "plateau":
        yield f"    schedule = {schedules}.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)"
    if recipe.schedule == "onecycle":
        yield f"    schedule = {schedules}.OneCycleLR(optimizer, peak, epochs * len(loader) + 1, cycle_momentum=False)"
    yield "    for epoch in range(epochs):"
    yield (
        "        model.train(not frozen)  # BatchNorm's statistics stay, Dropout is off"
        if recipe.freeze_bn
        else "        model.train()"
    )
    yield "        for step, (x, y) in enumerate(loader):"
    if recipe.schedule in ("cosine", "steps"):
        yield "            for group in optimizer.param_groups:"
        done = "(epoch * len(loader) + step + 1) / (epochs * len(loader) + 1)"
        yield f"                group['lr'] = peak * share({done})"
    smoothing = f", label_smoothing={recipe.label_smoothing:g}" if recipe.label_smoothing else ""
    yield f"            loss = nn.functional.cross_entropy(model(x.to(device)), y.to(device){smoothing})"
    yield "            optimizer.zero_grad()"
    yield "            loss.backward()"
    yield "            optimizer.step()"
    if recipe.schedule == "onecycle":
        yield "            schedule.step()"
    yield "        model.eval()"
    yield "        with torch.no_grad():"
    pairs = "(model(x.to(device)).cpu(), y) for x, y in test_loader"
    yield f"            logits, labels = map(torch.cat, zip(*({pairs})))"
    yield "        loss = nn.functional.cross_entropy(logits, labels)"
    if recipe.schedule == "plateau":
        yield "        schedule.step(loss)"
    yield "        print(f'test loss {loss:.4f}, accuracy {(logits.argmax(1) == labels).float().mean():.2%}')"
