"""A page in parts: while a part computes, nothing of the part before is on screen."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.app import served

pytestmark = pytest.mark.browser

APP = """
import time
from pathlib import Path

import streamlit as st

from explorer.ui.state import url_state
from explorer.ui.widgets import linked


def short():
    for k in range(12):
        st.write(f"line {{k}} of the short part")
    st.button("of the short part")


def long():
    st.write("the long part computes")
    while not Path({end!r}).exists():
        time.sleep(0.05)
    st.write("the long part has ended")


with url_state.written():
    draw = linked.tabs("Parts", {{"short": short, "long": long}}, key="part", format_func=str)
    draw()
    st.write("below the parts")
"""


def test_the_part_before_is_gone_while_the_next_computes(browser: Browser, tmp_path: Path) -> None:
    end, script = tmp_path / "end", tmp_path / "app.py"
    script.write_text(APP.format(end=str(end)), encoding="utf-8")
    with served(script) as (address, _):
        page = browser.new_page()
        page.goto(address)
        before = page.get_by_text("of the short part")
        expect(before).to_have_count(13)
        gap = page.get_by_text("line 0 of").bounding_box()
        for part, other in (("long", "short"), ("short", "long")):
            page.get_by_role("radio", name=part).click()
            if part == "long":
                expect(page.get_by_text("the long part computes")).to_be_visible()
                expect(before).to_have_count(0)
                expect(page.get_by_text("the long part has ended")).to_have_count(0)
                end.touch()
                expect(page.get_by_text("the long part has ended")).to_be_visible()
            expect(page.get_by_text(f"{other} part")).to_have_count(0)
            expect(page.get_by_text("below the parts")).to_be_visible()
        expect(before).to_have_count(13)
        assert page.get_by_text("line 0 of").bounding_box() == gap, "empty places take no room"
        page.close()
