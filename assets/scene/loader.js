// The first script of a file. Style, words and program are deflated, which keeps the file small.

/** @param {string} text base64 of deflated text */
function inflate(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).text();
}

/** @param {string} tag @param {string} text */
function add(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  document.head.append(made);
}

(async () => {
  const content = JSON.parse(document.getElementById("content")?.textContent ?? "");
  const parts = await Promise.all([content.style, content.words, content.program].map(inflate));
  content.words = JSON.parse(parts[1]);
  Object.assign(window, { content });
  add("style", parts[0]);
  add("script", parts[2]);
})();
