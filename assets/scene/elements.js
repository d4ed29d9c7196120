// Small helpers that make elements. Text is always set as text, never as markup.

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/**
 * @param {string} className
 * @param {string} text
 * @param {() => void} pressed
 */
export function button(className, text, pressed) {
  const made = make("button", className, text);
  made.type = "button";
  made.onclick = pressed;
  return made;
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 */
export function svg(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/**
 * Inline Markdown in parts: `code` and **bold** only.
 * @param {string} words
 * @returns {{tag: "b" | "code" | "", text: string}[]}
 */
export function inline(words) {
  return words.split(/(\*\*[^*]+\*\*|`[^`]+`)/).filter(Boolean).map((part) => {
    if (part.startsWith("**") && part.length > 4) return { tag: "b", text: part.slice(2, -2) };
    if (part.startsWith("`") && part.length > 2) return { tag: "code", text: part.slice(1, -1) };
    return { tag: "", text: part };
  });
}

/**
 * Show inline Markdown as elements.
 * @param {HTMLElement} parent
 * @param {string} words
 */
export function markdown(parent, words) {
  parent.replaceChildren(...inline(words).map(({ tag, text }) => (tag ? make(tag, "", text) : text)));
}

/**
 * A list to choose from, with its label.
 * @param {string} label
 * @param {[value: string, text: string][]} options
 * @param {(value: string) => void} chosen
 */
export function choice(label, options, chosen) {
  const made = make("select");
  made.setAttribute("aria-label", label);
  made.append(...options.map(([value, text]) => {
    const option = make("option", "", text);
    option.value = value;
    return option;
  }));
  made.onchange = () => chosen(made.value);
  return made;
}
