"""What pages share on screen: words in the reader's language, the bar, links, caches, figures."""
