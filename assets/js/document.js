/** @param {import("./component.d.ts").Component<string>} component */
export default function ({ data, setStateValue }) {
  document.documentElement.lang = data;
  const told = () => setStateValue("hidden", document.hidden);
  document.addEventListener("visibilitychange", told);
  return () => document.removeEventListener("visibilitychange", told);
}
