// One entry of the browser's history per page and step. Streamlit adds one whenever the address changes; this script,
// which runs before Streamlit's, adds or replaces one as `explorer/ui/state/url_state.py` says.
{
  const push = history.pushState.bind(history);
  let isReplacing = false;  // the server has announced an address that takes the place of the present one
  let isReturning = false;  // by Back or Forward, and the reader has done nothing since

  addEventListener("popstate", () => { isReturning = true; });
  for (const act of ["pointerdown", "keydown", "click"]) addEventListener(act, () => { isReturning = false; }, true);

  history.pushState = (state, unused, url) => {
    const to = new URL(url ?? "", location.href);
    if (to.pathname !== location.pathname) {
      // After two quick Backs, the answer to the first would add its page on top of the second's.
      if (!isReturning) push(state, unused, url);
      isReplacing = false;
    } else if (!to.search) {
      isReplacing = true;  // no page of the app has an address without choices
    } else {
      // After two quick Backs, the answer to the first may have put its choices into the second's entry: mended here.
      if (isReplacing || isReturning || !location.search) history.replaceState(state, unused, url);
      else push(state, unused, url);
      isReplacing = false;
    }
  };
}
