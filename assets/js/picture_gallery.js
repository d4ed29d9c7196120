/** @typedef {{ id: string, label: string, uri: string }} Entry */

/** @param {string} tag @param {string} words */
function make(tag, words) {
  const made = document.createElement(tag);
  made.textContent = words;
  return made;
}

/** @param {Entry} entry @param {string} chosen @param {(id: string) => void} pick */
function thumbnail(entry, chosen, pick) {
  const button = document.createElement("button");
  button.type = "button";
  button.title = entry.label;
  button.setAttribute("aria-pressed", String(entry.id === chosen));
  const image = document.createElement("img");
  image.src = entry.uri;
  image.alt = "";
  button.append(image, make("span", entry.label));
  button.onclick = () => pick(entry.id);
  return button;
}

// Streamlit's uploader takes files that are chosen or dropped; a pasted one is put where a chosen one would be.
/** @param {ClipboardEvent} event */
function paste(event) {
  /** @type {HTMLInputElement | null} */
  const input = document.querySelector('.st-key-uploaded input[type="file"]');
  if (!input || !event.clipboardData?.files.length) return;
  event.preventDefault();
  const carried = new DataTransfer();
  carried.items.add(event.clipboardData.files[0]);
  input.files = carried.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/**
 * @typedef {{ groups: [string, Entry[]][], chosen: string, onPage: boolean }} Data
 * @param {import("./component.d.ts").Component<Data>} component
 */
export default function ({ data, parentElement, setTriggerValue }) {
  let all = parentElement.querySelector("div.all");
  if (!all) {
    all = document.createElement("div");
    all.className = "all";
    parentElement.appendChild(all);
  }
  all.classList.toggle("page", data.onPage);
  all.replaceChildren(...data.groups.flatMap(([words, entries]) => {
    const grid = document.createElement("div");
    grid.className = "grid";
    grid.append(...entries.map((entry) => thumbnail(entry, data.chosen, (id) => setTriggerValue("picked", id))));
    return words ? [make("h2", words), grid] : [grid];
  }));
  if (data.onPage) return undefined;
  document.addEventListener("paste", paste);
  return () => document.removeEventListener("paste", paste);
}
