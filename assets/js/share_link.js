/**
 * The address of what is on screen, to be copied. It is read again and again: a step within the page changes it without
 * a run of the whole script.
 * @typedef {{label: string, copy: string, copied: string}} Words
 * @param {import("./component.d.ts").Component<Words>} component
 */
export default function ({ data, parentElement }) {
  const box = document.createElement("div");
  const field = document.createElement("input");
  const button = document.createElement("button");
  parentElement.querySelector(".link")?.remove();
  box.className = "link";
  box.append(field, button);
  parentElement.append(box);
  const show = () => {
    if (field.value !== location.href) field.value = location.href;
  };
  box.style.cssText = "display: flex; gap: .5rem";
  const look = `font: inherit; font-size: .875rem; color: inherit; background: transparent;
    border: 1px solid var(--quiet); border-radius: .5rem; padding: .35rem .6rem;`;
  field.style.cssText = `${look} flex: 1; min-width: 0`;
  button.style.cssText = `${look} cursor: pointer; white-space: nowrap`;
  field.readOnly = true;
  field.ariaLabel = data.label;
  button.ariaLive = "polite";
  button.textContent = data.copy;
  field.onfocus = () => {
    show();
    field.select();
  };
  button.onclick = async () => {
    show();
    await copy(field);
    button.textContent = data.copied;
  };
  show();
  const timer = setInterval(show, 500);
  return () => clearInterval(timer);
}

/**
 * Copies the field's text. Browsers have the clipboard only on https and localhost; elsewhere the old command copies.
 * @param {HTMLInputElement} field
 */
async function copy(field) {
  if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
  else {
    field.select();
    document.execCommand("copy");
  }
}
