"""A walk as a file: names from outside stay text, its policy fits its scripts, and nothing is loaded."""

import base64
import hashlib
import json
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from explorer.analysis import source
from explorer.analysis.trace import trace
from explorer.core.i18n import Language
from explorer.data import images
from explorer.scene import document, payload
from explorer.scene.payload import Payload
from tests.conftest import random_network

HOSTILE = (
    "</script><script>alert(1)</script>", '<img src=x onerror="alert(1)">', "</title><h1>", "<!--", "]]>",
    "\u2028\u2029", "\u202eab\u202c\u2067", "'\"&lt;&amp;", "{content}{loader}", "\\u003c\\", "猫" * 30,
    "a\x00b\x1b[0m", "$& $1", "\ud800",
)  # fmt: skip


class Page(HTMLParser):
    """Elements of a file in order, with their attributes and the text before the next tag."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.comments: list[str] = []
        self.is_inside = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), []))
        self.is_inside = True

    def handle_endtag(self, tag: str) -> None:
        self.is_inside = False

    def handle_data(self, data: str) -> None:
        if self.is_inside:
            self.found[-1][2].append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def text(self, tag: str, **attributes: str) -> str:
        (text,) = (
            "".join(parts) for name, given, parts in self.found if name == tag and attributes.items() <= given.items()
        )
        return text

    @property
    def tags(self) -> list[str]:
        return [tag for tag, *_ in self.found]

    @property
    def policy(self) -> dict[str, list[str]]:
        (content,) = (
            given["content"] for _, given, _ in self.found if given.get("http-equiv") == "Content-Security-Policy"
        )
        parts = [part.split() for part in str(content).split(";")]
        return {name: sources for name, *sources in parts}


@pytest.fixture(scope="module")
def scene() -> Payload:
    network = random_network("cifar-resnet8")
    network = replace(network, labels=HOSTILE[:10])
    x = network.preprocess.sized(16)(images.open_sample("china").image)
    return payload.build(network, source.WHOLE, x, trace(network, x, source.tensors(network, source.WHOLE)))


def written(scene: Payload, name: str = "title", language: Language = "en") -> str:
    text = document.html([scene], name, {"en": name, "zh": name}, language, step=name)
    return text.encode().decode()


def content(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.text("script", id="content"))
    return found


def inflated(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text), wbits=-15)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_from_outside_are_text(scene: Payload, name: str) -> None:
    """As title, note and step: the elements are the same as with plain names, and the names arrive whole."""
    plain, page = Page(written(scene)), Page(written(scene, name))
    assert page.tags == plain.tags
    assert page.comments == plain.comments == []
    readable = name.encode(errors="replace").decode()
    found = content(page)
    assert found["title"] == found["step"] == found["notes"]["zh"] == readable
    assert page.text("title") == readable
    assert page.policy == plain.policy


def test_labels_of_classes_are_data(scene: Payload) -> None:
    text = written(scene)
    assert "alert(1)" not in text
    data = inflated(content(Page(text))["packed"][source.WHOLE])
    length = int.from_bytes(data[:4], "little")
    assert json.loads(data[4 : 4 + length])["classes"][0] == list(HOSTILE[:10])


def test_policy_allows_the_two_scripts_alone(scene: Payload) -> None:
    """The loader, as it stands in the file, and the program, as it is inflated: by their digests."""
    page = Page(written(scene, HOSTILE[0]))
    loader, program = page.found[-1][2], inflated(content(page)["program"])
    digests = [
        f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
        for script in ("".join(loader).encode(), program)
    ]
    assert page.found[-1][:2] == ("script", {})
    assert page.policy == {
        "default-src": ["'none'"], "script-src": digests, "style-src": ["'unsafe-inline'"], "img-src": ["data:"],
        "base-uri": ["'none'"], "form-action": ["'none'"],
    }  # fmt: skip
    assert b"</script" not in program


def test_policy_comes_before_whatever_it_rules(scene: Payload) -> None:
    tags = [(tag, attributes) for tag, attributes, _ in Page(written(scene)).found]
    place = next(k for k, (_, given) in enumerate(tags) if "http-equiv" in given)
    assert not {"script", "style", "link", "img"} & {tag for tag, _ in tags[:place]}


def test_nothing_is_loaded_from_elsewhere(scene: Payload) -> None:
    """No address in the page, its style or its program, except for XML namespaces."""
    text = written(scene)
    assert not any({"src", "href", "srcset"} & given.keys() for _, given, _ in Page(text).found)
    parts = [inflated(content(Page(text))[part]).decode() for part in ("style", "program", "words")]
    for part in (re.sub(r'"packed":\{[^}]*\}', "", text), *parts):
        addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"'`)]*", part))
        assert addresses <= {"http://www.w3.org/2000/svg"}
        assert "@import" not in part
        assert part.count("url(") == part.count('url("data:')
    # nor is text made into markup or a program
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|\.on\w+ = \"", parts[1]
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_page_is_in_the_language_and_has_both(scene: Payload, language: Language) -> None:
    page = Page(written(scene, language=language))
    assert page.found[0][:2] == ("html", {"lang": language})
    footer = page.text("footer")
    order = [footer.index("rounded"), footer.index("四舍五入")]
    assert order == sorted(order, reverse=language == "zh")
    words = json.loads(inflated(content(page)["words"]))
    assert words["en"].keys() == words["zh"].keys()
    assert words["en"]["bias"] != words["zh"]["bias"]


def test_lone_surrogates_in_labels_are_replaced(scene: Payload) -> None:
    """They cannot be written as UTF-8; a file name of another encoding has them."""
    odd = replace(scene, content=scene.content | {"classes": [["\udcff"], ["\ud800"]]})
    data = inflated(odd.packed())
    length = int.from_bytes(data[:4], "little")
    assert json.loads(data[4 : 4 + length])["classes"] == [["?"], ["?"]]
