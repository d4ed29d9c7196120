"""Every word of the glossary has a page that exists, and is found by any of its names."""

import pytest

from explorer.core.i18n import LANGUAGES, WORDS, t
from explorer.core.i18n.glossary import ENTRIES, found
from explorer.ui.layout import navigation

PAGES = {page for pages in navigation.SECTIONS.values() for page in pages}
ASKED = """residual · residual connection · skip connection · shortcut · branch · residual block · stage · stem ·
downsample · projection · identity mapping · logits · softmax · top-5 · ablation · lesion · feature map · channel ·
receptive field · BatchNorm · learning rate · epoch · batch · freezing · unfreezing · fine-tuning · pretraining ·
pretext task · backbone · neck · head · overfitting · vanishing gradient · degradation · nat · readout · logit lens ·
cosine · norm · α · β · multiply-adds · MACs · FLOPs · parameters · 残差 · 残差连接 · 跳跃连接 · 捷径 · 消融 · 过拟合 ·
局部最优 · 退化 · 解冻"""


def test_each_word_that_a_student_may_meet_is_found() -> None:
    assert [word for word in ASKED.replace("\n", " ").split(" · ") if not found(word.strip())] == []
    assert found("跳跃连接") == found("SKIP connection ") == ["shortcut"]
    assert found("") == list(ENTRIES)
    assert found("*") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_is_explained_in_one_or_two_sentences(language: str) -> None:
    ends = {"en": ".", "zh": "。"}[language]
    for word in ENTRIES:
        says = t(f"glossary.says_{word}", language)
        assert says.endswith(ends), word
        assert len(says) < 230, word


def test_links_go_to_pages_and_parts_that_exist() -> None:
    for word, entry in ENTRIES.items():
        assert entry.page in PAGES, word
        part = entry.choices.get(f"{entry.page}_part")
        assert part is None or {f"{entry.page}.tab_{part}", f"{entry.page}.part_{part}"} & set(WORDS), word
