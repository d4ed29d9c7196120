"""Which folder of a data set is which class, and which part is for training: the layouts that people have.

The loader and the data card (`explorer.data.card`) both call `survey`, so that they cannot disagree.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from explorer.core import files
from explorer.core.errors import DataError
from explorer.data import class_folders, labels
from explorer.data.class_folders import Check, Source
from explorer.data.names import display_name, source_name
from explorer.data.selection import MAX_CLASSES

MAX_NAME: Final = 200  # characters of a class name; longer ones are cut and made unique by a digest
MAX_SKIPPED: Final = 200  # names that are listed

# Hugging Face's documentation, "File names and splits", names the English words but the last two rows.
ROLES: Final[Mapping[str, str]] = {
    "train": "train training trainning trains trn trainset trainval learn learning 训练 訓練 学习 学習",
    "test": "test testing tests tst testset 测试 測試 测验 テスト 考试",
    "eval": "eval evaluation evaluate holdout 评估 評估 评价 評価",
    "val": "val valid vaild validation validate dev vali 验证 驗證 校验 検証 开发",
    "pred": "pred predict prediction predictions unlabeled unlabelled unlabel inference 预测 預測 待预测 未标注 无标签",
}
"""Words for the parts of a data set. The test set is the part `test`, else `eval`, else `val`."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEUTRAL: Final = _words(
    "set sets data dataset datasets image images img imgs pic pics picture pictures photo photos jpg jpeg png file"
    " files folder folders dir split splits part parts seg cls class classes classification all full my the new raw"
    " processed resized cropped augmented aug final orig original sample samples subset"
    " 集 数据 数据集 數據集 資料 資料集 图片 图像 圖片 照片 样本 组 データ"
)
"""Words that may stand beside a part's."""
WRAPPERS: Final = _words(
    "images image imgs img data dataset pictures pics photos jpegimages jpg jpeg png 图片 图像 数据 数据集"
)
"""Folders that hold pictures without being a class."""
BESIDE: Final = _words(
    "figures figure figs docs doc documentation labels annotations annotation ground_truth groundtruth screenshots"
    " bboxes segmentationclass segmentationobject imagesets trimaps 标注 标签 文档"
)
"""Folders of other things than pictures to learn."""
NO_CLASSES: Final = WRAPPERS | BESIDE | {"mask", "masks"}  # beside each other, as segmentation and detection have them

UNKNOWN: Final = NO_CLASSES | _words("unknown unclassified unsorted none all class0 未知 全部")
"""The one folder in an unlabelled part, which Keras needs around pictures."""
UNREADABLE: Final = frozenset({"data.why_empty", "data.why_heic", "data.why_link", "data.why_unreadable",
                               "data.why_unsafe", "data.why_deep"})  # fmt: skip
"""Why files are left out that a user would expect to be used."""

_SHARD: Final = re.compile(r"(.*?)[ _-]*(?:part|chunk|shard|split)s?[ _-]*\d+", re.I)
"""Folders that divide pictures for their number only, as in `HAM10000_images_part_1`."""

_CJK = r"\u3040-\u30ff\u3400-\u9fff"
_WORD_ROLES = {word: role for role, words in ROLES.items() for word in words.split()}
_ENGLISH = "|".join(sorted((word for word in _WORD_ROLES if word.isascii()), key=len, reverse=True))
_CHINESE = "|".join(sorted((word for word in _WORD_ROLES if not word.isascii()), key=len, reverse=True))
_GLUED = re.compile(rf"({_ENGLISH})(?:set|sets|data|dataset|images?|imgs?|files?|folder|samples?|pics?)")
_GLUED_CHINESE = re.compile(rf"(.*?)({_CHINESE})(?:用|集|组|数据集?|數據集?|資料集?|样本集?|图片集?|图像集?|データ)*")


@lru_cache(maxsize=4096)
def role(folder: str) -> tuple[str, tuple[str, ...]]:
    """The part that a folder's name means, a key of ROLES or "", and the words beside it that are not NEUTRAL.

    role("Training_set") == ("train", ()); role("asl_alphabet_test") == ("test", ("asl", "alphabet")).
    """
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFKC", folder)[:300])
    text = re.sub(rf"(?<=[A-Za-z0-9])(?=[{_CJK}])|(?<=[{_CJK}])(?=[A-Za-z0-9])|(?<=[A-Za-z])(?=\d)", " ", text)
    roles, rest = [], []
    for word in filter(None, re.split(r"[\W_]+", text.casefold())):
        glued, chinese = _GLUED.fullmatch(word), _GLUED_CHINESE.fullmatch(word)
        if word in _WORD_ROLES or glued:
            roles.append(_WORD_ROLES[glued[1] if glued else word])
        elif chinese:
            roles.append(_WORD_ROLES[chinese[2]])
            rest += [chinese[1]] if chinese[1] not in ("", *NEUTRAL) else []
        elif word not in NEUTRAL and not re.fullmatch(r"\d+[a-z]?", word):  # 2017, and 20221106t of Google Drive
            rest.append(word)
    found = "pred" if "pred" in roles else roles[0] if len(set(roles)) == 1 else ""
    return (found, tuple(rest)) if found else ("", ())


@lru_cache(maxsize=4096)
def class_name(folder: str) -> str:
    """Name of the class of an untrusted folder or label: one line, Unicode composed (NFC), at most MAX_NAME characters.

    Two folders have the same name only if they look the same.
    """
    name = unicodedata.normalize("NFC", files.one_line(folder)) or "unnamed"
    if len(name) <= MAX_NAME:
        return name
    return f"{name[: MAX_NAME - 17]}…{hashlib.sha256(name.encode()).hexdigest()[:16]}"


@dataclass(frozen=True)
class Survey:
    """What of a source is learned. No picture has been decoded.

    `train` and `test` are pairs of class and file, sorted; `test` is None if the source has no labelled test part.
    `parts` counts the pictures of each part by its folder; `used` names the folder of `train` and `test` ("": all).
    `left_out` are display names of files and folders that are not used, with the message key of why. `notes` are
    message keys, with values, of what a user should know.
    """

    train: list[tuple[str, str]]
    test: list[tuple[str, str]] | None
    parts: Mapping[str, int]
    used: Mapping[str, str]
    left_out: list[tuple[str, str]]
    notes: list[tuple[str, dict[str, Any]]]

    @property
    def classes(self) -> tuple[str, ...]:
        """Sorted, as torchvision's ImageFolder sorts them: a class's place is its label."""
        return tuple(sorted({name for name, _ in self.train}))

    def unreadable(self) -> list[str]:
        """Display names of the pictures and folders that a user would expect to be used."""
        return [shown(name) for name, why in self.left_out if why in UNREADABLE]

    def digest(self) -> str:
        """sha256 (hexadecimal) of which file is in which class and part."""
        whole = hashlib.sha256()
        for part in (self.train, self.test or ()):
            whole.update(b"\1")
            for pair in part:
                whole.update("\0".join((*pair, "")).encode(errors="surrogateescape"))
        return whole.hexdigest()


def shown(name: str) -> str:
    """A file's name with its folder, for display."""
    return "/".join(display_name(part) for part in name.split("/")[-2:])


def survey(source: Source, path: Path, check: Check = lambda: None) -> Survey:
    """Find classes and parts in a source. Raises DataError if it cannot be learned; the message says what to do."""
    return _Surveyor(source, source_name(path), check).survey()


def check(path: Path) -> None:
    """Raise DataError if a folder or zip cannot be used for training. Decodes nothing."""
    with class_folders.open_source(path, lambda: None) as source:
        survey(source, path)


@dataclass(eq=False)
class _Node:
    """A folder. `count`: pictures in it and below."""

    path: str
    dirs: dict[str, "_Node"] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    count: int = 0

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def live(self) -> list["_Node"]:
        """Folders with pictures, by name."""
        return [self.dirs[name] for name in sorted(self.dirs) if self.dirs[name].count]

    def below(self) -> Iterator[str]:
        """All pictures in it and below."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield from node.files
            waiting.extend(node.dirs.values())


def _within_wrappers(node: _Node) -> _Node:
    """The folder around the class folders in `amazon/images/bike`, or `node` itself."""
    while len(node.live) == 1 and node.live[0].live and node.live[0].name.casefold() in WRAPPERS:
        node = node.live[0]
    return node


@dataclass(eq=False)
class _Part:
    """`pictures`: pairs of class and file; `unlabelled`: files of no class."""

    role: str
    folder: str
    pictures: list[tuple[str, str]] = field(default_factory=list)
    unlabelled: list[str] = field(default_factory=list)
    by_table: bool = False


class _Surveyor:
    def __init__(self, source: Source, file: str, check: Check) -> None:
        self.source, self.file, self.check = source, file, check
        self.left_out: list[tuple[str, str]] = []
        self.notes: list[tuple[str, dict[str, Any]]] = []
        self.labelled: dict[str, set[str]] = {}  # table -> file names of the parts that it labels
        self.root = _Node("")
        self.lost: dict[str, set[str]] = {}  # folder -> why files in it and below are left out
        for name, why in source.left_out:
            for folder in class_folders.parents(name):
                self.lost.setdefault(folder, set()).add(why)
        for folder in source.folders:
            self._node(folder)
        for name in source.names:
            nodes = [self.root]
            for part in name.split("/")[:-1]:
                nodes.append(self._child(nodes[-1], part))
            nodes[-1].files.append(name)
            for node in nodes:
                node.count += 1
        check()

    def _child(self, node: _Node, name: str) -> _Node:
        if name not in node.dirs:
            node.dirs[name] = _Node(f"{node.path}/{name}" if node.path else name)
        return node.dirs[name]

    def _node(self, path: str) -> None:
        node = self.root
        for name in path.split("/"):
            node = self._child(node, name)

    def survey(self) -> Survey:
        if not self.source.names:
            raise self._no_pictures()
        parts = self._find(self.root)
        train = [part for part in parts if part.role in ("train", "")]
        learned = [pair for part in train for pair in part.pictures]
        if not train:
            names = ", ".join(part.folder for part in parts)
            raise DataError("errors.data_no_train", file=self.file, parts=names)
        if not learned:
            raise self._flat([name for part in train for name in part.unlabelled])
        counts = Counter(name for name, _ in learned)
        if len(counts) == 1 and labels.prefixes(name for _, name in learned):
            raise self._flat([name for _, name in learned])
        if not 2 <= len(counts) <= MAX_CLASSES:
            raise DataError("errors.data_class_count", file=self.file, count=len(counts), limit=MAX_CLASSES)
        self._leave_out([name for part in train for name in part.unlabelled], "data.why_unlabelled")
        test = self._test(parts, counts)
        tested = None if test is None else sorted(self._matched(test, counts))
        used = {"train": ", ".join(part.folder for part in train), "test": test.folder if test else ""}
        pictures: Counter[str] = Counter()
        for part in sorted(parts, key=lambda part: [*ROLES, ""].index(part.role)):
            if part.role:
                pictures[part.folder] += len(part.pictures) + len(part.unlabelled)
        if test is None and (lists := self._split_lists()):
            self.notes.append(("data.note_split_list", {"file": lists[0], "count": len(lists)}))
        left_out = [*self.source.left_out, *self.left_out]
        return Survey(sorted(learned), tested, pictures, used, left_out, self.notes)

    def _split_lists(self) -> list[str]:
        """Display names of text files named like a test part, `val_list.txt`, that were not read as labels."""
        names = (display_name(table) for table in self.source.tables)
        read = {values["table"] for key, values in self.notes if key == "data.note_table"}
        return [
            name for name in names if role(name.rpartition(".")[0])[0] in ("test", "eval", "val") and name not in read
        ]

    # Errors

    def _no_pictures(self) -> DataError:
        why = Counter(why for _, why in self.source.left_out)
        others = [name for name, reason in self.source.left_out if reason == "data.why_no_picture"]
        if why["data.why_heic"]:
            return DataError("errors.data_only_heic", file=self.file, count=why["data.why_heic"])
        if why["data.why_link"]:
            names = [display_name(name) for name, reason in self.source.left_out if reason == "data.why_link"]
            some = ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
            return DataError("errors.data_only_links", file=self.file, names=some)
        inner = [name for name in others if name.lower().endswith((".zip", ".tar", ".gz", ".tgz", ".rar", ".7z"))]
        if inner:
            return DataError("errors.data_nested", file=self.file, name=display_name(inner[0]))
        kinds = Counter(name.rpartition("/")[2].rpartition(".")[2].lower()[:12] for name in others if "." in name)
        shown = ", ".join(f"{count} × .{files.one_line(kind)}" for kind, count in kinds.most_common(4)) or "–"
        return DataError("errors.data_no_pictures", file=self.file, kinds=shown)

    def _flat(self, pictures: list[str]) -> DataError:
        if any(
            folder.rpartition("/")[2].casefold() == "labels" or "/labels/" in f"/{folder}/"
            for folder in self.source.folders
        ):
            return DataError("errors.data_detection", file=self.file)
        if names := labels.prefixes(iter(pictures)):
            some = ", ".join(class_name(name) for name in names[:3]) + (", …" if len(names) > 3 else "")
            first = pictures[0].rpartition("/")[2]
            return DataError("errors.data_flat_names", file=self.file, names=some, first=display_name(first))
        return DataError("errors.data_flat", file=self.file, count=len(pictures))

    def _leave_out(self, names: Iterable[str], why: str) -> None:
        self.left_out += [(name, why) for name in names]

    # Layouts

    def _find(self, node: _Node) -> list[_Part]:
        """The parts of the data set in `node`; one with the role "" if it is not divided."""
        self.check()
        live = node.live
        if not live:
            return [self._unlabelled(node, "", "")]
        if parts := self._classes_with_parts(live):
            self._leave_out(node.files, "data.why_outside")
            return parts
        if roles := self._parts_here(node):
            rest = [each for each in live if each.name not in roles]
            if "train" in roles.values():
                for each in rest:
                    self._leave_out(each.below(), "data.why_beside")
                self._leave_out(node.files, "data.why_outside")
                first = sorted(roles.items(), key=lambda each: [*ROLES].index(each[1]))
                return [self._part(node.dirs[name], of) for name, of in first]
            if rest:
                return [*self._undivided(node, rest), *(self._part(node.dirs[name], of) for name, of in roles.items())]
            if len(roles) > 1:
                return [self._part(node.dirs[name], of) for name, of in roles.items()]
        return self._undivided(node, live)

    def _undivided(self, node: _Node, live: list[_Node]) -> list[_Part]:
        """The parts of a folder whose folders `live` are not parts themselves."""
        if len(live) == 1 and live[0].live:
            self._refuse_lost_classes(node)
            self._leave_out(node.files, "data.why_outside")
            return self._find(live[0])
        within = [each for each in live if self._is_class_with_parts(each)]
        if len(within) > 1:
            self._refuse_lost_classes(node)
            self._leave_out(node.files, "data.why_outside")
            return self._parts_in_classes(live, within)
        whole = [each for each in live if self._holds_parts(each)]
        if len(whole) > 1:
            names = ", ".join(class_name(each.name) for each in whole)
            raise DataError("errors.data_several", file=self.file, names=names)
        if whole:
            for each in live:
                if each is not whole[0]:
                    self._leave_out(each.below(), "data.why_beside")
            self._leave_out(node.files, "data.why_outside")
            return self._find(whole[0])
        return [self._class_part(node, live, "", "")]

    def _parts_here(self, node: _Node) -> dict[str, str]:
        """Folder name -> role of the folders of `node` that are parts.

        Words beside a part's must be the same for all (asl_alphabet_train, asl_alphabet_test): with `train ticket` and
        `test paper` they are classes. A flat folder `train` beside flat folders of other names is a vehicle.
        """
        found = {each.name: role(each.name) for each in node.live}
        plain = {name: of for name, (of, rest) in found.items() if of and not rest}
        for beside in sorted({rest for of, rest in found.values() if of}):
            group = {name: of for name, (of, rest) in found.items() if of and rest == beside} | plain
            if "train" in group.values() and (not beside or len(set(group.values())) > 1):
                flat = all(not node.dirs[name].live for name in group)
                others = [each for each in node.live if each.name not in group and each.name.casefold() not in BESIDE]
                return {} if flat and others and set(group.values()) == {"train"} else group
        return plain

    def _part(self, node: _Node, of: str) -> _Part:
        inner = self._unwrapped(node, of)
        if not inner.live:
            return self._unlabelled(inner, of, class_name(node.name))
        if of == "pred":
            return _Part(of, class_name(node.name), unlabelled=list(inner.below()))
        return self._class_part(inner, inner.live, of, class_name(node.name))

    def _unwrapped(self, node: _Node, of: str) -> _Node:
        """The folder around the classes of a part: train/train, test/images."""
        while len(node.live) == 1:
            (only,) = node.live
            same = role(only.name)[0] == of or only.name.casefold() in WRAPPERS
            if not only.live and not same:
                break
            if of == "train":
                self._refuse_lost_classes(node)
            self._leave_out(node.files, "data.why_outside")
            node = only
        return node

    def _unlabelled(self, node: _Node, of: str, folder: str) -> _Part:
        """A folder of pictures without class folders, whose classes a table may name."""
        pictures = list(node.below())
        if of != "pred":
            stems = {name.rpartition(".")[0] for name in pictures}
            single = {table for table in self.source.tables if table.rpartition(".")[0] in stems}
            if len(single) > 1 and (found := self._by_single(single, pictures)):
                pairs = [(class_name(found[name]), name) for name in pictures if name in found]
                self.notes.append(("data.note_table", {"table": "*.txt", "count": len(pairs)}))
                return _Part(of, folder, pairs, [name for name in pictures if name not in found], by_table=True)
            words = [word for word in ROLES.get(of, "").split() if len(word) > 2]
            own = {name.rpartition("/")[2] for name in pictures}
            tables = [table for table in self._tables_for(of, node.path) if table not in single]
            for table in labels.candidates(tables, node.path, words):
                self.check()
                if own & self.labelled.get(table, set()):  # train/1.png has its row, so test/1.png has none
                    continue
                if found := labels.match(self.source.read(table), table, pictures):
                    pairs = [(class_name(found[name]), name) for name in pictures if name in found]
                    self.labelled[table] = self.labelled.get(table, set()) | own
                    self.notes.append(("data.note_table", {"table": display_name(table), "count": len(pairs)}))
                    rest = [name for name in pictures if name not in found]
                    return _Part(of, folder, pairs, rest, by_table=True)
        return _Part(of, folder, unlabelled=pictures)

    def _by_single(self, tables: Iterable[str], pictures: list[str]) -> dict[str, str] | None:
        """Labels from a text file beside each picture, with a row as `img_1.jpg, 0`: Huawei's garbage data set."""
        rows = []
        for table in sorted(tables):
            self.check()
            rows.append(self.source.read(table, 500))
        return labels.match(b"\n".join(rows), "labels.txt", pictures)

    def _tables_for(self, of: str, folder: str) -> list[str]:
        """Tables that are not those of another part: neither `trainLabels.csv` nor `val/labels.csv` for test/."""
        own = {part for part in folder.split("/") if part}
        others = set(ROLES) - {of}
        if not of:
            return self.source.tables
        return [
            table for table in self.source.tables
            if not others & {role(part.rpartition(".")[0] or part)[0] for part in table.split("/") if part not in own}
        ]  # fmt: skip

    def _class_part(self, node: _Node, live: list[_Node], of: str, folder: str) -> _Part:
        """A folder of class folders. A folder like `images` beside folders of other things is looked into."""
        names = {each.name for each in live}
        copies = [each for each in live if len(each.live) > 1 and {one.name for one in each.live} <= names]
        classes = [each for each in live if each.name.casefold() not in BESIDE and each not in copies]
        if len(classes) < 2 and not any(each.live for each in classes):
            classes = live
        wrappers = [each for each in classes if each.name.casefold() in WRAPPERS and len(each.live) > 1]
        inner = classes if len(classes) == 1 else wrappers
        if len(inner) == 1 and inner[0].live and not any(each.live for each in classes if each is not inner[0]):
            classes = inner
        for each in live:
            if each not in classes:
                self._leave_out(each.below(), "data.why_beside")
        self._leave_out(node.files, "data.why_outside")
        if len(classes) == 1 and classes[0].live:
            return self._class_part(classes[0], classes[0].live, of, folder)
        if len(classes) == 1:
            part = self._unlabelled(classes[0], of, folder)
            if part.pictures or classes[0].name.casefold() in WRAPPERS:
                return part
        shards = {match and match[1].casefold() for match in (_SHARD.fullmatch(each.name) for each in classes)}
        if len(shards) == 1 and None not in shards and not any(each.live for each in classes):
            return self._unlabelled(node, of, folder)
        if all(each.name.casefold() in NO_CLASSES for each in classes):
            return _Part(of, folder, unlabelled=[name for each in classes for name in each.below()])
        self._ask_for_same_folders(classes)
        if of in ("", "train"):
            self._refuse_lost_classes(node)
        self._note_merged(classes)
        if joined := [class_name(each.name) for each in classes if len(each.live) > 1]:
            self.notes.append(("data.note_joined", {"count": len(joined), "name": joined[0]}))
        return _Part(of, folder, [(class_name(each.name), name) for each in classes for name in each.below()])

    def _ask_for_same_folders(self, classes: list[_Node]) -> None:
        """Raise DataError if each class holds the same folders: either may be the class."""
        within = [_within_wrappers(each) for each in classes]
        inside = [{each.name.casefold() for each in one.live} for one in within]
        every = set().union(*inside)
        if len(classes) > 1 and len(every) > 1 and all(2 * len(names) >= len(every) for names in inside):
            outer = ", ".join(class_name(each.name) for each in classes[:6])
            inner = ", ".join(class_name(each.name) for each in within[0].live[:6])
            raise DataError("errors.data_same_folders", file=self.file, outer=outer, inner=inner)

    def _refuse_lost_classes(self, node: _Node) -> None:
        """Raise DataError for a class whose pictures all cannot be used; leave empty folders out with a word."""
        for name in sorted(node.dirs):
            lost = node.dirs[name]
            if lost.count:
                continue
            why = self.lost.get(lost.path, set())
            if "data.why_heic" in why:
                raise DataError("errors.data_class_heic", name=class_name(name))
            if why & {"data.why_empty", "data.why_link", "data.why_unreadable", "data.why_unsafe"}:
                raise DataError("errors.data_class_empty", name=class_name(name))
            self.left_out.append((lost.path, "data.why_folder" if why else "data.why_empty_folder"))

    def _note_merged(self, classes: list[_Node]) -> None:
        names = Counter(class_name(each.name) for each in classes)
        for name, count in names.items():
            if count > 1:
                self.notes.append(("data.note_merged", {"name": name}))
        folded: dict[str, list[str]] = {}
        for name in names:
            folded.setdefault(name.casefold(), []).append(name)
        for alike in folded.values():
            if len(alike) > 1:
                self.notes.append(("data.note_case", {"names": ", ".join(sorted(alike))}))

    # Parts within classes

    def _is_class_with_parts(self, node: _Node) -> bool:
        """Whether `node` is cat/ of cat/train and cat/test, both without further class folders."""
        roles = self._parts_here(node)
        return "train" in roles.values() and all(len(node.dirs[name].live) < 2 for name in roles)

    def _classes_with_parts(self, live: list[_Node]) -> list[_Part]:
        """The parts of folders that name both: cat_train, cat_test, dog_train, dog_test; [] if they do not."""
        named = [(*role(each.name), each) for each in live]
        roles: dict[tuple[str, ...], set[str]] = {}
        for of, rest, each in named:
            if of and rest and not each.live:
                roles.setdefault(rest, set()).add(of)
        classes = [rest for rest, every in roles.items() if "train" in every and len(every) > 1]
        if len(classes) < 2:
            return []
        parts: dict[str, _Part] = {}
        for of, rest, each in named:
            if rest in classes and of in roles[rest]:
                part = parts.setdefault(of, _Part(of, of))
                part.pictures += [(class_name("_".join(rest)), file) for file in each.below()]
            else:
                self._leave_out(each.below(), "data.why_beside")
        return list(parts.values())

    def _parts_in_classes(self, live: list[_Node], within: list[_Node]) -> list[_Part]:
        parts: dict[str, _Part] = {}
        for each in live:
            if each not in within:
                self._leave_out(each.below(), "data.why_beside")
                continue
            roles = self._parts_here(each)
            for name, of in roles.items():
                part = parts.setdefault(name.casefold(), _Part(of, class_name(name)))
                part.pictures += [(class_name(each.name), file) for file in each.dirs[name].below()]
            for other in each.live:
                if other.name not in roles:
                    self._leave_out(other.below(), "data.why_beside")
            self._leave_out(each.files, "data.why_outside")
        self._note_merged(within)
        return list(parts.values())

    def _holds_parts(self, node: _Node) -> bool:
        """Whether a training part with class folders is somewhere in `node`."""
        roles = self._parts_here(node)
        if any(of == "train" and node.dirs[name].live for name, of in roles.items()):
            return True
        return any(self._holds_parts(each) for each in node.live)

    # The test set

    def _test(self, parts: list[_Part], learned: Mapping[str, int]) -> _Part | None:
        """The part to test on; the others are left out, which is noted."""
        others = [part for part in parts if part.role not in ("train", "")]
        chosen = None
        for of in ("test", "eval", "val"):
            for part in others:
                if part.role == of and chosen is None and self._is_labelled(part, learned):
                    chosen = part
        for part in others:
            if part is chosen:
                self._leave_out(part.unlabelled, "data.why_unlabelled")
                continue
            is_labelled = self._is_labelled(part, learned)
            names = [*(name for _, name in part.pictures), *part.unlabelled]
            self._leave_out(names, "data.why_other_part" if is_labelled else "data.why_unlabelled")
            key = "data.note_other_part" if is_labelled else "data.note_unlabelled"
            self.notes.append((key, {"part": part.folder, "count": len(names)}))
        return chosen

    def _is_labelled(self, part: _Part, learned: Mapping[str, int]) -> bool:
        """Whether a part has classes to test on: not test/unknown, nor a table of other names than are learned."""
        known = {name.casefold() for name in learned}
        names = {name.casefold() for name, _ in part.pictures}
        if part.by_table and not names <= known:
            return False
        return bool(names) and not (len(names) == 1 and names <= UNKNOWN - known)

    def _matched(self, part: _Part, learned: Mapping[str, int]) -> Iterator[tuple[str, str]]:
        """The test pictures, each under the name that its class has in the training part."""
        folded: dict[str, list[str]] = {}
        for name in learned:
            folded.setdefault(name.casefold(), []).append(name)
        renamed = {}
        for name in sorted({name for name, _ in part.pictures}):
            alike = [name] if name in learned else folded.get(name.casefold(), [])
            if len(alike) != 1:
                raise DataError("errors.data_class_only_in_test", name=name)
            renamed[name] = alike[0]
        if changed := [(name, to) for name, to in renamed.items() if name != to]:
            self.notes.append(("data.note_matched", {"test": changed[0][0], "train": changed[0][1],
                                                     "count": len(changed)}))  # fmt: skip
        for name, file in part.pictures:
            yield renamed[name], file
