/** @param {import("./component.d.ts").Component<string>} component */
export default function ({ data }) {
  document.cookie = data;
}
