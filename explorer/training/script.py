"""A recipe as a program: plain PyTorch that repeats it."""

from explorer.network import zoo
from explorer.network.zoo import ASSETS, BUNDLED, HEAD, IMAGENET, Preprocessing
from explorer.training.dataset import DIGITS_PX
from explorer.training.recipe import Recipe

LEFT_OUT = ("classes", "limit_per_class", "fixed_views", "best_by", "precision")


def fine_tune(recipe: Recipe) -> str:
    """The same recipe in plain torch and torchvision. Its random draws are others, so its figures differ a little.

    It needs the data where torchvision looks for it (`data`), or train and test in the folder that the recipe names.
    What it leaves out of the recipe (LEFT_OUT), it says. Raises WeightsError for an unknown network.
    """
    zoo.choices(recipe.network)  # its name stands in the code as it is
    plain = Recipe()
    left_out = [
        f"{name}={getattr(recipe, name)!r}" for name in LEFT_OUT if getattr(recipe, name) != getattr(plain, name)
    ]
    return "\n\n".join([
        f'"""Fine-tunes {recipe.network}: the recipe of a run of Residual Explorer in plain PyTorch."""',
        *([f"# Left out: {', '.join(left_out)}"] if left_out else []),
        _imports(recipe),
        _data(recipe),
        _model(recipe),
        _course(recipe),
    ]) + "\n"  # fmt: skip


def _imports(recipe: Recipe) -> str:
    lines = ["import math\n"] if recipe.schedule in ("cosine", "onecycle") else []
    lines += ["import torch", "import torchvision", "from torch import nn", "from torch.nn import functional as F",
              "from torch.utils.data import DataLoader, Subset", "from torchvision import transforms as T"]  # fmt: skip
    if recipe.weights in BUNDLED or recipe.weights.endswith(".safetensors"):
        lines.insert(len(lines) - 4, "from safetensors.torch import load_file")
    if recipe.data == "digits":
        lines.insert(len(lines) - 4, "from sklearn.datasets import load_digits")
    device = '"cuda" if torch.cuda.is_available() else "cpu"' if recipe.device == "auto" else repr(recipe.device)
    return "\n".join([*lines, "", f"torch.manual_seed({recipe.seed})", f"device = torch.device({device})"])


def _data(recipe: Recipe) -> str:
    size, like = recipe.image_size, _colours(recipe)
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
    plain = [*square, "T.ToTensor()", f"T.Normalize({like.mean}, {like.std})", *enlarge]
    learned = ", ".join([*square, *filter(None, augment), *plain[len(square) :]])
    lines = [f"learned = T.Compose([{learned}])", f"tested = T.Compose([{', '.join(plain)}])"]
    if recipe.data == "cifar10":
        lines += [
            'train = torchvision.datasets.CIFAR10("data", train=True, transform=learned)',
            'test = torchvision.datasets.CIFAR10("data", train=False, transform=tested)',
        ]
    elif recipe.data == "digits":
        lines += [
            "digits = load_digits()",
            "pictures = [T.ToPILImage()(torch.tensor(p * 255 / 16).byte()).convert('RGB') for p in digits.images]",
            "pairs = list(zip(pictures, digits.target.tolist()))",
            "order = torch.randperm(len(pairs), generator=torch.Generator().manual_seed(0)).tolist()",
            "pairs, rest = [[pairs[i] for i in part] for part in (order[len(order) // 5:], order[:len(order) // 5])]",
            "test = [(tested(picture), label) for picture, label in rest]\n",
            "class Learned(torch.utils.data.Dataset):  # drawn anew each time",
            "    def __len__(self):", "        return len(pairs)",
            "    def __getitem__(self, i):", "        return learned(pairs[i][0]), pairs[i][1]\n",
            "train = Learned()",
        ]  # fmt: skip
    else:
        folder = str(recipe.data).removesuffix(".zip")
        lines += [
            f"train = torchvision.datasets.ImageFolder({folder + '/train'!r}, learned)",
            f"test = torchvision.datasets.ImageFolder({folder + '/test'!r}, tested)",
        ]
    lines.append(f"classes = {10 if recipe.data in ('cifar10', 'digits') else 'len(train.classes)'}")
    if recipe.limit:
        lines.append(f"train = Subset(train, torch.randperm(len(train))[:{recipe.limit}].tolist())")
    workers = 0 if recipe.data == "digits" else 2
    lines.append(f"loader = DataLoader(train, batch_size={recipe.batch_size}, shuffle=True, num_workers={workers})")
    lines.append(f"test_loader = DataLoader(test, batch_size=500, num_workers={workers})")
    return "\n".join(lines)


def _colours(recipe: Recipe) -> Preprocessing:
    return {"cifar10": zoo.CIFAR_PREPROCESSING, "upstream": zoo.TINY_PREPROCESSING}.get(
        recipe.weights, zoo.IMAGENET_PREPROCESSING
    )


def _model(recipe: Recipe) -> str:
    build = f"torchvision.models.{recipe.network}"
    if recipe.weights in IMAGENET:
        lines = [f"model = {build}(weights={IMAGENET[recipe.weights]!r})"]
    elif recipe.weights == "random":
        lines = [f"model = {build}()"]
    else:
        bundled = f"{ASSETS.name}/{recipe.network}_{recipe.weights}.safetensors"
        file = bundled if recipe.weights in BUNDLED else recipe.weights
        load = "load_file({})" if file.endswith(".safetensors") else "torch.load({}, weights_only=True)"
        lines = [
            f"state = {load.format(repr(file))}",
            f"model = {build}(num_classes=len(state['{HEAD}.weight']))",
            "model.load_state_dict(state)",
        ]
    lines += [
        f"model.{HEAD} = nn.Linear(model.{HEAD}.in_features, classes)",
        "model.to(device, memory_format=torch.channels_last)",
        f"backbone = [p for name, p in model.named_parameters() if not name.startswith('{HEAD}.')]",
        f"groups = [{{'params': backbone}}, {{'params': model.{HEAD}.parameters()}}]",
    ]
    kind = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD"}[recipe.optimizer]
    more = ", momentum=0.9, nesterov=True" if recipe.optimizer == "sgd" else ""
    lines.append(
        f"optimizer = torch.optim.{kind}(groups, lr={recipe.lr:g}, weight_decay={recipe.weight_decay:g}{more})"
    )
    return "\n".join(lines)


def _course(recipe: Recipe) -> str:
    freeze, epochs = recipe.freeze_epochs, recipe.epochs
    smoothing = f", label_smoothing={recipe.label_smoothing:g}" if recipe.label_smoothing else ""
    lines = []
    if recipe.schedule == "cosine":
        lines += [
            "def share(done):  # of the peak learning rate",
            "    return done / 0.15 if done < 0.15 else (1 + math.cos(math.pi * (done - 0.15) / 0.85)) / 2\n",
        ]
    elif recipe.schedule == "onecycle":
        lines += ["def share(done):  # of the peak learning rate",
                  "    a, b, t = (1 / 25, 1, done / 0.3) if done < 0.3 else (1, 1 / 25e4, (done - 0.3) / 0.7)",
                  "    return b + (a - b) * (1 + math.cos(math.pi * t)) / 2\n"]  # fmt: skip
    by_step = recipe.schedule in ("cosine", "onecycle")
    first = f"1 if frozen else {freeze + 1}" if freeze else "1"
    last = f"{freeze} if frozen else {epochs}" if freeze else str(epochs)
    lines += [f"for epoch in range(1, {epochs + 1}):"]
    peak = f"{recipe.lr:g}"
    if freeze:
        lines += [f"    frozen = epoch <= {freeze}"]
        peak = f"{recipe.lr:g} if frozen else {recipe.unfreeze_lr:g}"
    starts = f"epoch in (1, {freeze + 1})" if freeze else "epoch == 1"
    lines += [
        f"    if {starts}:",
        f"        peak = {peak}",
        f"        first, last = {first}, {last}" if by_step else "",
    ]
    if freeze:
        lines += ["        for parameter in backbone:", "            parameter.requires_grad = not frozen"]
    lines += ["        for group in optimizer.param_groups:", "            group['lr'] = peak"]
    if recipe.schedule == "plateau":
        lines += ["        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)"]
    lines += ["    model.train()"]
    if recipe.freeze_bn and freeze:
        lines += ["    for module in model.modules():", "        if frozen and isinstance(module, nn.BatchNorm2d):",
                  "            module.eval()  # its running statistics stay, too"]  # fmt: skip
    lines += ["    for step, (x, y) in enumerate(loader):"]
    if by_step:
        lines += ["        done = ((epoch - first) * len(loader) + step + 1) / ((last - first + 1) * len(loader) + 1)",
                  "        for group in optimizer.param_groups:",
                  "            group['lr'] = peak * share(done)"]  # fmt: skip
    lines += [
        f"        loss = F.cross_entropy(model(x.to(device)), y.to(device){smoothing})",
        "        optimizer.zero_grad()", "        loss.backward()", "        optimizer.step()",
        "    model.eval()", "    with torch.no_grad():",
        "        logits = torch.cat([model(x.to(device)) for x, _ in test_loader])",
        "    labels = torch.cat([y for _, y in test_loader]).to(device)",
        "    accuracy = (logits.argmax(1) == labels).float().mean().item()",
        "    test_loss = F.cross_entropy(logits, labels).item()",
    ]  # fmt: skip
    if recipe.schedule == "plateau":
        lines += ["    plateau.step(test_loss)"]
    lines += ["    print(f'epoch {epoch}: test loss {test_loss:.4f}, accuracy {accuracy:.2%}')"]
    return "\n".join(line for line in lines if line)
