"use strict";
/** An element: h("button", {class: "main", onclick: f}, "text", child, …). Text is never read as HTML. */
function h(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  return fill(element, children);
}
/** An element with these in it alone; null, undefined and false are nothing, where the browser would write them out. */
function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}
const byId = (id) => document.getElementById(id);
/** For screen readers; what lies behind an open dialog says nothing. */
function say(text) {
  (byId("dialog").open ? byId("dialog").querySelector("[role=status]") : byId("status")).textContent = text;
}
async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages from file:// may not have the clipboard.
    const field = h("textarea", { class: "unseen", "aria-hidden": "true" });
    field.value = text;
    (byId("dialog").open ? byId("dialog") : document.body).append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  say(`${what} is copied`);
}
function shown(value) {
  if (value === null) return "none";
  if (Array.isArray(value)) return value.length ? value.map(shown).join(" + ") : "none";
  if (typeof value === "object") return Object.entries(value).map(([key, one]) => `${key} ${shown(one)}`).join(", ");
  if (typeof value !== "number") return String(value);
  if (value && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-3)) return value.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e");
  return String(Number(value.toPrecision(5)));
}
