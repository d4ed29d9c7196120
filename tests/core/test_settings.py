"""Public server: how it is enabled, limits, unguessable run ids, recipes that name files of the server."""

import math
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from explorer.codegen import fine_tune
from explorer.core import files, settings
from explorer.core.errors import RecipeError, RunError
from explorer.models import registry
from explorer.runs import export, store, worker
from explorer.runs.public import check
from explorer.training.recipe import RECIPES, Recipe

SMALL = Recipe(data="digits", weights="random", epochs=1, freeze_epochs=0)


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("yes", True), ("0", False), ("", False), (None, False)])
def test_what_makes_a_server_public(value: str | None, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXPLORER_PUBLIC", raising=False)
    if value is not None:
        monkeypatch.setenv("EXPLORER_PUBLIC", value)
    assert settings.is_public() is expected


def test_each_limit_is_documented_and_passed_to_the_container() -> None:
    for file in ("docs/serving.md", "compose.yaml"):
        words = (Path(__file__).parents[2] / file).read_text(encoding="utf-8")
        assert [name for name in (*settings.LIMITS, settings.MIRROR) if name not in words] == []


def test_limits_are_tighter_in_public_and_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [settings.limit(name) for name in settings.LIMITS] == [20, *[math.inf] * 4, 1024, 2048, 1024, 60, 8192]
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")
    assert [settings.limit(name) for name in settings.LIMITS] == [20, 20, 1, 6, 4096, 1024, 2048, 256, 60, 8192]
    monkeypatch.setenv("EXPLORER_MAX_EPOCHS", "50")
    assert settings.limit("EXPLORER_MAX_EPOCHS") == 50
    monkeypatch.setenv("EXPLORER_MAX_EPOCHS", "0")
    assert settings.limit("EXPLORER_MAX_EPOCHS") == 0
    for text in ("soon", "-1", "nan"):
        monkeypatch.setenv("EXPLORER_MAX_HOURS", text)
        with pytest.raises(RunError, match=f"EXPLORER_MAX_HOURS is “{text}”"):
            settings.limit("EXPLORER_MAX_HOURS")


@pytest.mark.usefixtures("public")
def test_a_public_server_queues_short_runs_only() -> None:
    worker.submit(store.create(SMALL.changed(epochs=20)))
    with pytest.raises(RunError, match="21 epochs exceed the limit of 20"):
        worker.submit(store.create(SMALL.changed(epochs=21)))


def test_ids_of_public_runs_cannot_be_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = store.create(SMALL, "one")
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")
    ids = [store.create(SMALL, "one").id for _ in range(20)]
    assert not settings.is_secret(plain.id)
    assert not settings.is_secret(f"one-{'0' * 15}")
    assert all(map(settings.is_secret, ids))
    assert len({name.rpartition("-")[2] for name in ids}) == 20
    assert store.find(ids[0]).recipe() == SMALL, "and they are valid ids"


def upload(root: Path) -> Path:
    return root.absolute() / ".uploads" / f"{'ab' * 32}.zip"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("data", "/etc"), ("data", "../secret"), ("data", "~/pictures"), ("data", "birds.zip"),
        ("data", "{uploads}"), ("data", "{uploads}/../other/{zip}"), ("data", "{uploads}/notes.zip"),
        ("data", "{uploads}/ab.zip"), ("data", "{uploads}/{zip}.zip"), ("data", "{own}/.."), ("data", "{own}2"),
        ("weights", "/etc/passwd"), ("weights", "last.pt"), ("weights", "{uploads}/{zip}"),
        ("network", "timm:local-dir:/models"), ("network", "timm:hf-hub:a/b"), ("network", "/models"),
    ],
)  # fmt: skip
def test_recipes_that_name_files_are_for_the_command_line(
    field: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, own = upload(store.folder()), store.folder().absolute() / "flowers"
    monkeypatch.setenv("EXPLORER_DATA", str(own))
    recipe = SMALL.changed(**{field: value.format(uploads=known.parent, zip=known.name, own=own)})
    check(recipe, store.folder())
    run = store.create(recipe)
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")
    with pytest.raises(RecipeError, match=f"the {field} of a recipe cannot be a file"):
        worker.submit(run)
    assert not store.waiting(run.root)


@pytest.mark.usefixtures("public")
def test_what_the_pages_offer_is_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "flowers"))
    allowed = [
        *RECIPES.values(),
        SMALL.changed(data=str(upload(store.folder()))),
        SMALL.changed(data=str(tmp_path / "flowers")),
        SMALL.changed(network="timm:vit_tiny.augreg_in21k"),
    ]
    allowed += [
        SMALL.changed(network=name, weights=each) for name in registry.NETWORKS for each in registry.weights(name)
    ]
    for recipe in allowed:
        check(recipe, store.folder())  # fmt: skip


def test_a_public_servers_folders_are_not_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    zipped = upload(store.folder())
    run = store.create(SMALL.changed(data=str(zipped)), "mine", parent=store.Parent("20260101-000000-theirs", 3))
    (run.path / store.LOG).write_text("/srv/secret", encoding="utf-8")
    (run.path / "events.jsonl").write_text(f'{{"kind": "end", "values": {{"folder": "{run.path}"}}}}', encoding="utf-8")

    def contents() -> dict[str, str]:
        with zipfile.ZipFile(BytesIO(export.to_zip(run))) as archive:
            return {Path(name).name: archive.read(name).decode() for name in archive.namelist()}

    assert {"recipe.json", "about.json", "log.txt", "events.jsonl"} <= contents().keys()
    assert str(zipped) in contents()["recipe.json"]
    folder = SMALL.changed(data=str(zipped.parent.parent / "mine"))
    assert folder.data in fine_tune.fine_tune(folder)
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")
    assert contents().keys() == {"recipe.json", "events.jsonl"}
    assert not [content for content in contents().values() if str(run.root.absolute()) in content]
    assert Recipe.from_json(contents()["recipe.json"]) == SMALL.changed(data=zipped.name)
    assert not [each for each in (run.recipe(), folder) if str(zipped.parent.parent) in fine_tune.fine_tune(each)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("/srv/runs/one", "one"), (Path("/srv/my runs/one"), "one"), ("/srv/runs/", "runs"), ("/", "/"),
        ("No space: '/srv/runs/one'", "No space: 'one'"), ("无法读取 /srv/数据/a.png。", "无法读取 a.png。"),
        ("--data /srv/a.zip --out=/tmp/out/", "--data a.zip --out=out"), ("pictures/s and/or 1 / 2 /x", None),
        ("https://arxiv.org/abs/1512.03385 <b>x</b>", None), ("explorer/models/graph.py", None), ("layer2.0: 64", None),
        ("no answer from gpu7.lab.example:6379", "no answer from …"), ("10.1.2.3:6379 refused", "… refused"),
        ("2026-11-28 09:24:26, torch 2.14.1", None), (12, 12),
        (r"to C:\Users\Li Ming\runs (Permission denied)", "to runs (Permission denied)"),
        (r"无法读取 D:\数据 集\甲。", "无法读取 甲。"), (r"\\host\share\a b\c.png", "c.png"),
        ("C:/Users/li/x.zip, y", "x.zip, y"),
        (r'{"folder": "C:\\Users\\Li\\runs"}', '{"folder": "runs"}'), (r"ratio a:b, \d+ and N:M", None),
    ],
)  # fmt: skip
def test_public_pages_name_no_folder_and_no_machine(
    words: object, expected: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings.redact(words) == words
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")
    assert settings.redact(words) == (words if expected is None else expected)


def test_only_known_runs_are_listed_where_asked() -> None:
    one, two = store.create(SMALL, "one"), store.create(SMALL, "two")
    for run in (one, two):
        files.write_atomically(run.path / store.BEST_WEIGHTS, b"weights")
    assert {entry.run.id for entry in store.list_runs()} == {one.id, two.id}
    assert [entry.run.id for entry in store.list_runs(only={two.id, "../..", "gone"})] == [two.id]
    assert store.with_weights("resnet18", only={one.id}) == [one]
    assert store.with_weights("resnet18", only=set()) == []


@pytest.mark.usefixtures("public")
def test_the_command_line_is_not_bound(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    (folder / "recipe.json").write_text(
        SMALL.changed(epochs=30, limit=2, batch_size=2, network="resnet99").to_json(), encoding="utf-8"
    )
    result = subprocess.run(
        [sys.executable, "-m", "explorer", "resume", str(folder)], capture_output=True, encoding="utf-8"
    )
    assert "20 allowed" not in result.stderr
    assert "resnet99" in result.stderr
