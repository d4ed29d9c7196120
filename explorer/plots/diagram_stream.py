"""Diagram of any network: its stream from top to bottom, with a branch beside it for each residual connection.

Readable at any depth: a stage shows each sequence of connections that repeats once, until it is unfolded.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import altair as alt
import pandas as pd

from explorer.analysis.model_costs import BlockCost, Cost, ModelCosts
from explorer.core.i18n import Translate
from explorer.core.palette import ROLE_COLOURS
from explorer.plots import diagrams
from explorer.plots.charts import GREY, TEAL, Layers
from explorer.plots.diagrams import (
    COLOURS,
    DARK_INK,
    LINE,
    NARROW,
    PAPER,
    dashes,
    edge,
    edge_words,
    hits,
    layered,
    lines,
    sum_signs,
    x,
    y,
)

STREAM, LEFT, RIGHT, TIMES, BARS, END = 0.05, 0.13, 0.57, 0.6, 0.67, 0.9  # x of the columns, in widths
TOP_PX, STAGE_PX, ROW_PX, CARD_PX = 20, 32, 42, 33
FOLD = "stage:"  # before the name of a stage in the id of what folds it
FOLDED_FROM = 16  # rows; with fewer, a network opens unfolded
MEASURES = ("parameters", "multiply_adds")
MOST_NAMED = 8  # in a tooltip
MOST_REPEATED = 8  # connections in a sequence that repeats
LEAST_SHARE = 0.001  # of the network: what costs less, outside the blocks, has no card
SHORT_NAME, MOST_LANES, MOST_CALLS = 12, 6, 8


@dataclass(frozen=True)
class Item:
    """A card: a block, calls outside the blocks, or an addition that the reader named.

    `id` is the block's path, or the name of the call to open. `calls` are outside the blocks, of the module `unit`.
    """

    id: str
    part: str
    calls: tuple[Cost, ...] = ()
    unit: str = ""
    block: BlockCost | None = None
    named: bool = False

    @property
    def key(self) -> object:
        """Equal for items that a folded stage shows as one."""
        block = self.block
        return (block.kind, block.mixer, block.shortcut, bool(block.scaled)) if block else self.id


@dataclass(frozen=True)
class Row:
    """The heading of a stage (no items), or a card with the items that it stands for; `group` numbers a sequence."""

    part: str
    items: tuple[Item, ...] = ()
    group: int = 0


def network(
    costs: ModelCosts, t: Translate, *, dark: bool, values: Mapping[str, float] | None = None, scale: str = "",
    chosen: str = "", unfolded: Collection[str] | None = None, named: Collection[str] = (),
) -> Layers:  # fmt: skip
    """Draw the whole network: `diagrams.network` where a lane per stage has room for it and nothing is `named`, else
    the stream.

    A click selects a card: selection `card` on `id` (a block, a call, or FOLD and a stage). `values` (block -> value)
    colour the cards. `unfolded` are stages, by default all of a small network. `named` are additions.
    """
    if has_lanes(costs) and not named:
        return diagrams.network(costs, t, dark=dark, values=values, scale=scale, chosen=chosen)
    opened = costs.parts if values else stages_open(costs) if unfolded is None else unfolded
    return _Stream(costs, list(rows(costs, opened, named)), t, dark, values or {}, scale, chosen).draw()


def has_lanes(costs: ModelCosts) -> bool:
    """Whether a network is a chain of blocks with short names between a stem and a head, as ResNets are."""
    loose = [cost.part for cost in costs.inside(None).values()]
    return (
        not costs.between
        and len(costs.parts) <= MOST_LANES
        and max(map(loose.count, loose), default=0) <= MOST_CALLS
        and all(len(path) <= SHORT_NAME and block.module == path for path, block in costs.blocks.items())
    )


def stages_open(costs: ModelCosts) -> list[str]:
    """The stages that are unfolded at first."""
    return list(costs.parts) if len(list(rows(costs, costs.parts))) <= FOLDED_FROM + len(costs.parts) else []


def can_fold(costs: ModelCosts) -> list[str]:
    """The stages with connections that repeat."""
    folded = list(rows(costs, ()))
    return [part for part in costs.parts if any(len(row.items) > 1 for row in folded if row.part == part)]


def rows(costs: ModelCosts, unfolded: Collection[str], named: Collection[str] = ()) -> Iterator[Row]:
    """The rows from top to bottom."""
    group = 0
    for part, found in groupby(items(costs, named), lambda item: item.part):
        own = list(found)
        if len(own) > 1:
            yield Row(part)
        for chunk in [[[item]] for item in own] if part in unfolded else _sequences(own):
            group += 1
            yield from (Row(part, tuple(same), group) for same in zip(*chunk, strict=True))


def items(costs: ModelCosts, named: Collection[str] = ()) -> list[Item]:
    """The cards in the order of their last calls."""
    order = {name: k for k, name in enumerate(costs.calls)}
    stage = next(iter(costs.blocks.values())).part if costs.blocks else ""
    depth = len(stage.split("."))
    placed = [(order[list(block.calls.values())[-1]], Item(path, block.part, block=block))
              for path, block in costs.blocks.items()]  # fmt: skip
    loose = list(costs.inside(None).values())
    for (part, unit), calls in groupby(loose, lambda cost: (cost.part, ".".join(cost.module.split(".")[:depth]))):
        own = tuple(calls)
        if any(_is_worth_a_card(cost, costs) for cost in own):
            main = max(own, key=lambda cost: (cost.multiply_adds, cost.parameters, cost.kernel or 1))
            placed.append((order[own[-1].name], Item(main.name, part, own, unit)))
    placed += [(order[name], Item(name, costs.calls[name].part, named=True)) for name in named if name in order]
    return [item for _, item in sorted(placed, key=lambda pair: pair[0])]


def _is_worth_a_card(cost: Cost, costs: ModelCosts) -> bool:
    shares = cost.parameters / max(costs.total.parameters, 1), cost.multiply_adds / max(costs.total.multiply_adds, 1)
    return max(shares) >= LEAST_SHARE or ((cost.kernel or 1) > 1 and cost.input != cost.output)


def _sequences(own: Sequence[Item]) -> Iterator[list[list[Item]]]:
    """Cut into sequences, each with its repetitions: [a, b, a, b, c] into [[a, b], [a, b]] and [[c]]."""
    k, keys = 0, [item.key for item in own]
    while k < len(own):
        sizes = range(1, min(MOST_REPEATED, (len(own) - k) // 2) + 1)
        length = next((size for size in sizes if keys[k : k + size] == keys[k + size : k + 2 * size]), 1)
        end = k + length
        while keys[end : end + length] == keys[k : k + length]:
            end += length
        yield [list(own[start : start + length]) for start in range(k, end, length)]
        k = end


class _Stream:
    def __init__(
        self, costs: ModelCosts, rows: Sequence[Row], t: Translate, dark: bool, values: Mapping[str, float],
        scale: str, chosen: str,
    ) -> None:  # fmt: skip
        self.costs, self.t, self.dark, self.values, self.scale = costs, t, dark, values, scale
        self.foldable = can_fold(costs)
        folded = {row.part for row in rows if len(row.items) > 1}
        cards: list[dict[str, Any]] = []
        heads: list[dict[str, Any]] = []
        top = float(TOP_PX)
        for row in rows:
            height = ROW_PX if row.items else STAGE_PX
            card = self._card(row) if row.items else self._heading(row.part, row.part in folded)
            card |= {"row": top, "foot": top + height, "top": top + 4, "bottom": top + 4 + CARD_PX, "group": row.group}
            (cards if row.items else heads).append({**card, "chosen": any(item.id == chosen for item in row.items)})
            top += height
        self.height = top + 18
        inputs = {"": next(iter(costs.calls.values())).input} | {
            part: each.output for part, each in costs.parts.items()
        }
        before = dict(zip(costs.parts, inputs.items(), strict=False))
        self.entering = [
            {"x": TIMES, "y": head["row"] + 15, **edge(sizes, source or t("diagrams.picture"), t)}
            for head in heads for source, sizes in [before[head["title"]]]
        ]  # fmt: skip
        self.cards, self.heads = pd.DataFrame(cards), pd.DataFrame(heads)

    def _heading(self, part: str, folded: bool) -> dict[str, Any]:
        sums = sum(bool(block.shortcut) for block in self.costs.blocks.values() if block.part == part)
        can_fold, total = part in self.foldable, self.costs.parts[part]
        return self._shares(vars(total)) | {
            "kind": "–", "shortcut": "–", "output": shape(total.output),
            "id": f"{FOLD}{part}" if can_fold else "", "title": part, "left": 0.0, "right": 1.0,
            "detail": self.t("diagrams.connections", count=sums) if sums else shape(total.output),
            "sign": ("triangle-right" if folded else "triangle-down") if can_fold else "",
            "tip": self.t("diagrams.unfold" if folded else "diagrams.fold") if can_fold else part,
        }  # fmt: skip

    def _card(self, row: Row) -> dict[str, Any]:
        item, t = row.items[0], self.t
        block, cost = item.block, item.block or (item.calls or (self.costs.calls[item.id],))[-1]
        costs = [cost for each in row.items for cost in ([each.block] if each.block else each.calls)]
        counts = {name: sum(getattr(cost, name) for cost in costs) for name in MEASURES}
        scaled = t("diagrams.scaled", factors=", ".join(map(_short, block.scaled))) if block and block.scaled else ""
        kinds = ", ".join(dict.fromkeys(each.kind for each in computing(item)))
        where = block.path.removeprefix(f"{item.part}.") if block and len(row.items) == 1 else ""
        title = title_of(item, t)
        many = len(row.items)
        return {
            "id": item.id, "title": title, "times": f"× {many}" if many > 1 else "",
            "detail": " · ".join(filter(None, (scaled, where, kinds, shape(cost.output)))),
            "stacked": scaled or shape(cost.output), "residual": bool(block and block.shortcut), "named": item.named,
            "left": LEFT if block and block.shortcut else 0.015, "right": RIGHT,
            "middle": ((LEFT if block and block.shortcut else 0.015) + RIGHT) / 2,
            "shortcut": t(f"diagrams.carries_{block.shortcut}") if block and block.shortcut else "–",
            "kind": block.kind if block else kinds or "add",
            "output": shape(cost.output), "value": self.values.get(item.id),
            "tip": ", ".join(each.id for each in row.items[:MOST_NAMED]) + (" …" if many > MOST_NAMED else ""),
            **self._shares(counts),
        }  # fmt: skip

    def _shares(self, counts: Mapping[str, Any]) -> dict[str, Any]:
        shares = {f"{name}_share": counts[name] / max(getattr(self.costs.total, name), 1) for name in MEASURES}
        return shares | {name: counts[name] for name in MEASURES}

    def draw(self) -> Layers:
        drawn = [
            *self._wires(), *self._faces(), *([] if self.values else self._bars()), *self._words(),
            *self._brackets(), *self._hits(),
        ]  # fmt: skip
        return layered(drawn, height=self.height)

    def _wires(self) -> list[alt.Chart]:
        """The stream in grey, over it the shortcuts, and each branch's way out and back to the sum."""
        dark, sums = self.dark, self.cards[self.cards["residual"] | self.cards["named"]].assign(x=STREAM)
        whole = pd.DataFrame([{"x": STREAM, "top": 12.0, "bottom": self.height - 4}])
        place: Any = {"x": x("x", 1), "y": y("top"), "y2": "bottom:Q"}
        drawn = [alt.Chart(whole).mark_rule(color=LINE[dark], strokeWidth=2).encode(**place)]
        added = sums[sums["residual"]]
        if len(added):
            arcs = alt.Chart(added).mark_rule(color=ROLE_COLOURS["shortcut"][dark], strokeWidth=4)
            drawn.append(arcs.encode(
                x=x("x", 1), y=y("row"), y2="foot:Q", strokeDash=dashes(set(added["shortcut"]), self.t, dark)
            ))  # fmt: skip
            ways = pd.concat([added.assign(at=added["top"] + 4), added.assign(at=added["bottom"] - 4)])
            ways = ways.assign(x=STREAM)
            ticks = alt.Chart(ways).mark_rule(color=ROLE_COLOURS["branch"][dark], strokeWidth=2)
            drawn.append(ticks.encode(x=x("x", 1), x2="left:Q", y=y("at")))
        if len(sums):
            drawn += sum_signs(sums.assign(y=sums["bottom"] - 4), 1, dark, 150)
        ends = pd.DataFrame([{"x": STREAM, "y": 5.0, "word": "x"}])
        return [
            *drawn,
            alt.Chart(ends).mark_text(fontSize=12, fontWeight=600).encode(x=x("x", 1), y=y("y"), text="word:N"),
        ]

    def _faces(self) -> list[alt.Chart]:
        dark = self.dark
        base = alt.Chart(self.cards[~self.cards["named"]]).mark_rect(cornerRadius=4, fill=PAPER[dark])
        faces = base.encode(
            x=x("left", 1), x2="right:Q", y=y("top"), y2="bottom:Q",
            stroke=alt.condition("datum.residual", alt.value(ROLE_COLOURS["branch"][dark]), alt.value(LINE[dark])),
            strokeWidth=alt.condition("datum.chosen", alt.value(3.5), alt.value(1.4)),
        )  # fmt: skip
        coloured = self.cards[self.cards["value"].notna()]
        if not len(coloured):
            return [faces]
        colours = alt.Scale(domain=[0, float(coloured["value"].max())], range=list(COLOURS))
        legend = alt.Legend(title=self.scale, orient="bottom", gradientLength=140, tickCount=3, titleLimit=300)
        over = alt.Chart(coloured).mark_rect(cornerRadius=4).encode(
            x=x("left", 1), x2="right:Q", y=y("top"), y2="bottom:Q",
            fill=alt.Fill("value:Q", scale=colours, legend=legend),
        )  # fmt: skip
        return [faces, over]

    def _bars(self) -> list[alt.Chart]:
        """Two bars per card, as in `diagrams.network`: shares of the network's; of a sequence, of all of it."""
        names = {name: self.t(f"diagrams.{name}") for name in MEASURES}
        longest = max(self.cards[f"{name}_share"].max() for name in names) or 1
        listed = [
            {"left": BARS, "right": BARS + (END - BARS) * card[f"{name}_share"] / longest,
             "share": card[f"{name}_share"], "measure": names[name],
             "top": card["top"] + 4 + 13 * k, "bottom": card["top"] + 14 + 13 * k}
            for card in self.cards.to_dict("records") for k, name in enumerate(names)
            if card[f"{name}_share"] >= LEAST_SHARE / 2
        ]  # fmt: skip
        legend = alt.Legend(title=lines(self.t("diagrams.share", most=longest)), orient="bottom", direction="vertical",
                            symbolType="square", titleLimit=300)  # fmt: skip
        base = alt.Chart(pd.DataFrame(listed)).encode(y=y("top"))
        bars = base.mark_rect().encode(
            x=x("left", 1), x2="right:Q", y2="bottom:Q",
            color=alt.Color("measure:N", scale=alt.Scale(domain=[*names.values()], range=[GREY, TEAL]), legend=legend),
        )  # fmt: skip
        words = base.mark_text(align="left", dx=3, dy=5, fontSize=9.5)
        return [bars, words.encode(x=x("right", 1), text=alt.Text("share:Q", format=".1~%"))]

    def _words(self) -> list[alt.Chart]:
        values = bool(self.values)
        drawn = []
        if self.entering:
            drawn.append(edge_words(self.entering, 1, self.t, align="left"))
        if len(self.heads):
            heads = alt.Chart(self.heads.assign(at=LEFT)).encode(y=y("row"))
            words = heads.mark_text(align="left", dy=19, fontSize=13, fontWeight=600)
            details = heads.mark_text(align="right", dy=19, fontSize=11)
            drawn = [words.encode(x=x("at", 1), text="title:N"), details.encode(x=x("right", 1), text="detail:N")]
            for sign in sorted({*self.heads["sign"]} - {""}):
                signs = heads.transform_filter(f"datum.sign == '{sign}'")
                mark = signs.mark_point(
                    shape=sign, filled=True, size=70, opacity=1, color=GREY, xOffset=-12, yOffset=18
                )
                drawn.append(mark.encode(x=x("at", 1)))
        for coloured in (True, False):
            cards = self.cards[self.cards["value"].notna() == coloured]
            if not len(cards):
                continue
            ink: dict[str, Any] = {"color": DARK_INK} if coloured else {}
            base = alt.Chart(cards).encode(x=x("middle", 1), y=y("top"))
            detail = base.transform_calculate(word=f"{NARROW} ? datum.stacked : datum.detail")
            drawn += [
                base.mark_text(dy=12, fontSize=12, fontWeight=600, **ink).encode(text="title:N"),
                detail.mark_text(dy=25, fontSize=10.5, **ink).encode(text="word:N"),
            ]
        if values:
            valued = alt.Chart(self.cards[self.cards["value"].notna()])
            numbers = valued.mark_text(align="left", dx=6, dy=17, fontSize=12)
            drawn.append(numbers.encode(x=x("right", 1), y=y("top"), text=alt.Text("value:Q", format=".3~g")))
        return drawn

    def _brackets(self) -> list[alt.Chart]:
        """A bracket beside a sequence that repeats, with how often."""
        repeated = self.cards[self.cards["times"] != ""]
        if not len(repeated):
            return []
        spans = repeated.groupby("group", as_index=False).agg(
            top=("top", "min"), bottom=("bottom", "max"), times=("times", "first")
        )
        spans = spans.assign(x=RIGHT + 0.012, middle=(spans["top"] + spans["bottom"]) / 2)
        base = alt.Chart(spans).encode(x=x("x", 1))
        return [
            base.mark_rule(color=GREY, strokeWidth=2).encode(y=y("top"), y2="bottom:Q"),
            base.mark_text(align="left", dx=5, fontSize=12, fontWeight=600).encode(y=y("middle"), text="times:N"),
        ]

    def _hits(self) -> list[alt.Chart]:
        t, words = self.t, {"kind": "kind", "output": "output", "shortcut": "shortcut"}
        tips = [
            alt.Tooltip("tip:N", title=" "),
            *(alt.Tooltip(f"{name}:N", title=t(f"diagrams.{word}")) for name, word in words.items()),
            *(tip for name in MEASURES for tip in (
                alt.Tooltip(f"{name}:Q", title=t(f"diagrams.{name}"), format=","),
                alt.Tooltip(f"{name}_share:Q", title=t("diagrams.of_all"), format=".1%"),
            )),
        ]  # fmt: skip
        active = pd.concat([self.cards, self.heads[self.heads["id"] != ""]]) if len(self.heads) else self.cards
        return [hits(active.assign(top=active["row"], bottom=active["foot"]), 1, tips)]


def title_of(item: Item, t: Translate) -> str:
    """What a card is: what the branch computes with, the class of a part, the names of calls."""
    block = item.block
    if block and block.shortcut:
        return t(f"diagrams.mixer_{block.mixer}") if block.mixer else block.kind
    if block:
        return block.kind
    if item.named:
        return t("diagrams.named", name=item.id)
    return item.unit if item.unit and len(computing(item)) > 1 else item.id


def computing(item: Item) -> list[Cost]:
    """The calls outside the blocks that have weights or a window."""
    return [cost for cost in item.calls if cost.parameters or (cost.kernel or 1) > 1]


def shape(sizes: Sequence[int]) -> str:
    return " × ".join(map(str, sizes))


def _short(factor: str) -> str:
    """`layer_scale` of `features.1.0.layer_scale`; a number as it is."""
    return factor.rpartition(".")[2] if any(c.isalpha() for c in factor) else factor
