"""Parts of the page History: timeline, chart of accuracy over cost, table, card of one network, top-5."""
