"""No word is missing, unused, untranslated, or filled differently in the two languages."""

import ast
import re
import string
from pathlib import Path

from explorer.core.assets import ASSETS
from explorer.core.i18n import WORDS, t
from explorer.core.i18n.scene import SCENE
from explorer.core.i18n.source import EXPLANATIONS, PLAIN, explanation
from explorer.ui.layout import navigation

ROOT = Path(__file__).parents[3]
CODE = [path for folder in ("explorer", "pages") for path in sorted((ROOT / folder).rglob("*.py"))]


def _asked_for() -> tuple[set[str], list[re.Pattern[str]]]:
    """Keys in string literals of the code, and patterns of keys built from f-strings (`source.shape_{…}`)."""
    literals, patterns = set(), []
    files = {key.partition(".")[0] for key in WORDS}
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
                first = parts[0]
                if isinstance(first, str) and re.fullmatch(rf"({'|'.join(files)})\.[a-z_]*", first):
                    patterns.append(re.compile("".join(r"\w+" if part is None else re.escape(part) for part in parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                literals.add(node.value)
    return literals, patterns


def test_every_key_that_the_code_names_exists() -> None:
    files = {key.partition(".")[0] for key in WORDS}
    literals, patterns = _asked_for()
    asked = {key for key in literals if re.fullmatch(rf"({'|'.join(files)})\.[a-z][a-z0-9_]*[a-z0-9]", key)}
    asked = {key for key in asked if not key.endswith((".py", ".json", ".png", ".html", ".csv", ".pkl", ".css"))}
    asked -= {"server.address"}  # a setting of Streamlit's
    assert sorted(asked - set(WORDS)) == []
    assert [pattern.pattern for pattern in patterns if not any(pattern.fullmatch(key) for key in WORDS)] == []


def test_every_word_is_asked_for() -> None:
    literals, patterns = _asked_for()
    stories = {f"source.{story}" for listing in EXPLANATIONS.values() for texts in listing.values() for story in texts}
    stories |= {f"source.{story}" for story in PLAIN.values()}
    scripts = " ".join(path.read_text(encoding="utf-8") for path in (ASSETS / "scene").glob("*.js"))
    stories |= {
        f"scene.{key}" for key in SCENE if re.search(rf"words\.{key}\b|[\"']{key}[\"']|{key.split('_')[0]}_\$", scripts)
    }
    stories |= {f"{page}.menu" for icons in navigation.SECTIONS.values() for page in icons}
    unused = {
        key
        for key in WORDS
        if key not in literals and key not in stories and not any(p.fullmatch(key) for p in patterns)
    }
    assert sorted(unused) == []


def test_both_languages_say_the_same() -> None:
    for key, (english, chinese) in WORDS.items():
        assert english.strip(), key
        assert chinese.strip(), key
        fields = [{name for _, name, _, _ in string.Formatter().parse(words) if name} for words in (english, chinese)]
        assert fields[0] == fields[1], key
        assert not re.search(r"[\u4e00-\u9fff]", english), key
        assert re.search(r"[\u3001\u4e00-\u9fff]", chinese) or english == chinese, f"{key} has no Chinese characters"


def test_words_are_filled() -> None:
    assert t("source.changed_relu", "en", share=0.414) == "41% of the values were negative and are now zero."
    assert t("source.changed_relu", "zh", share=0.414) == "有 41% 的值是负数，现在变成了零。"


def test_a_run_is_forked_for_a_branch_is_part_of_a_block() -> None:
    texts = " ".join(" ".join(pair) for key, pair in WORDS.items() if key.startswith("runs."))
    assert "Fork" in texts
    assert "分叉" in texts
    assert not re.search("(?i)branch|分支", texts)


def test_the_story_of_a_repeated_line_depends_on_how_often_it_came() -> None:
    line = "out = self.relu(out)"
    assert explanation("BasicBlock.forward", line, 0) == "source.explain_relu_inside"
    assert explanation("BasicBlock.forward", line, 1) == "source.explain_relu_after"
    assert explanation("BasicBlock.forward", line, 2) == "source.explain_unknown"


def test_an_unknown_line_has_a_story_too() -> None:
    assert explanation("BasicBlock.forward", "out = self.attention(out)") == "source.explain_unknown"
