"""Source lines with their real numbers and colours."""

from markupsafe import Markup

from explorer.analysis.source import Listing
from explorer.scene import listing
from explorer.ui.widgets import markup


def draw(shown: Listing, *, label: str) -> None:
    """Draw the listing; `label` names it for a screen reader."""
    lines = []
    for row in listing.rows(shown, ()):
        text = markup.join(Markup('<span class="{}">{}</span>').format(*token) for token in row["tokens"])
        lines.append(Markup('<span class="n">{}</span>{}').format(row["number"], text))
    whole = Markup('<pre class="source" tabindex="0" role="group" aria-label="{}">{}</pre>')
    markup.show(whole.format(label, Markup("\n").join(lines)))
