export default function ({ data }) {
  document.cookie = data;
}
