"use strict";
/** Two pictures of one another, {file, alt, label} or a tile of such, by slider, blink, difference or side by side. */
const WAYS = ["Slider", "Blink", "Difference", "Side by side"];
let wayNow = WAYS[0];
let blinking = null;
function stopBlinking() {
  clearInterval(blinking);
  blinking = null;
}
function comparison(one, two) {
  const place = h("div");
  const full = (side, properties = {}) => (side.box ? tile(side, properties) : h("img", { src: link(side.file), alt: side.alt, draggable: "false", ...properties }));
  const pan = (...children) => h("div", { class: "stage" }, h("div", { class: "pan" }, children));
  function show(way) {
    stopBlinking();
    wayNow = way;
    for (const button of ways.children) button.setAttribute("aria-pressed", String(button.textContent === way));
    const stages = [];
    let extra = null;
    if (way === "Slider") {
      stages.push(pan(h("img-comparison-slider", { tabindex: "0", role: "slider", "aria-label": `Divider between ${one.label} and ${two.label}; arrow keys move it`, "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": "50", value: "50",
        onslide: (event) => event.currentTarget.setAttribute("aria-valuenow", String(Math.round(event.currentTarget.exposure ?? event.currentTarget.value ?? 50))) },
        full(one, { slot: "first" }), full(two, { slot: "second" }))));
    } else if (way === "Side by side") stages.push(pan(full(one)), pan(full(two)));
    else {
      const second = full(two, { class: "two" });
      const stage = pan(full(one), second);
      stages.push(stage);
      if (way === "Difference") stage.classList.add("difference");
      else {
        const flip = () => (second.hidden = !second.hidden);
        const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
        if (!still) blinking = setInterval(flip, 700);
        extra = h("button", { onclick: () => { stopBlinking(); flip(); say(second.hidden ? one.label : two.label); } }, "Swap by hand");
      }
    }
    const zoom = zoomable(stages);
    if (extra) zoom.append(extra);
    fill(place, h("div", { class: stages.length > 1 ? "beside" : "" }, stages), zoom);
  }
  const ways = h("div", { class: "row", role: "group", "aria-label": "Way of comparing" }, WAYS.map((way) => h("button", { onclick: () => show(way) }, way)));
  show(wayNow);
  return h("div", {}, ways, place, h("p", { class: "quiet" }, `First: ${one.label}. Second: ${two.label}.`));
}
/** A part of a picture, box = [left, top, width, height], as a picture of its own. */
function tile({ file, box, alt }, properties = {}) {
  const [left, top, width, height] = box;
  const canvas = h("canvas", { width, height, role: "img", "aria-label": alt, ...properties });
  const whole = new Image();
  whole.onload = () => canvas.getContext("2d").drawImage(whole, left, top, width, height, 0, 0, width, height);
  whole.src = link(file);
  return canvas;
}
const side = (picture) => ({ file: picture.file, alt: described(picture), label: picture.name });
const inputSide = (input) => ({ file: input.file, alt: `Input ${input.name}`, label: input.name });

function openDialog(title, ...content) {
  const dialog = byId("dialog");
  stopBlinking();
  fill(dialog, h("div", { class: "head" }, h("h2", { id: "dialog-title" }, title), h("button", { onclick: () => dialog.close(), autofocus: true }, "Close")), h("p", { class: "unseen", role: "status" }), content);
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
}
function compare(one, two) {
  const differing = Object.keys({ ...one.settings, ...two.settings }).filter((key) => canonical(one.settings[key] ?? null) !== canonical(two.settings[key] ?? null));
  const rows = differing.map((key) => h("tr", {}, h("th", { scope: "row" }, key), h("td", {}, shown(one.settings[key] ?? null)), h("td", {}, shown(two.settings[key] ?? null))));
  openDialog(`${one.name} and ${two.name}`, comparison(side(one), side(two)),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Settings that differ" },
      h("table", { class: "table" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "differs in"), h("th", { scope: "col" }, "first"), h("th", { scope: "col" }, "second"))), h("tbody", {}, rows))));
}

/** The pictures that are chosen, two at most. */
const chosen = [];
/** What can be done with a picture that is shown in full: `now` says which. */
const actionsFor = (now, ...more) => h("div", { class: "row" }, h("button", { onclick: () => now() && details(now()) }, "Settings"), h("button", { onclick: () => now() && choose(now()) }, "Choose to compare"), ...more);
function choose(picture) {
  const at = chosen.indexOf(picture);
  if (at >= 0) chosen.splice(at, 1);
  else chosen.push(picture);
  if (chosen.length > 2) chosen.shift();
  drawTray();
  if (at < 0 && chosen.length === 2) compare(...chosen);
}
function drawTray() {
  for (const button of document.querySelectorAll("[data-choose]")) button.setAttribute("aria-pressed", String(chosen.some((picture) => picture.file === button.dataset.choose)));
  const tray = byId("tray");
  tray.hidden = !chosen.length;
  if (!chosen.length) return fill(tray);
  const last = chosen.at(-1);
  const input = inputsOf(last)[0];
  fill(tray,
    ...chosen.map((picture) => thumbnail(picture)),
    h("p", {}, chosen.length === 1 ? `${last.name}: choose a second one to compare` : chosen.map((picture) => picture.name).join(" and ")),
    chosen.length === 2 && h("button", { class: "main", onclick: () => compare(...chosen) }, "Compare"),
    input && h("button", { onclick: () => openDialog(`${input.name} and ${last.name}`, comparison(inputSide(input), side(last))) }, "Compare with input"),
    h("button", { onclick: () => details(last) }, "Settings"),
    h("button", { onclick: () => { chosen.length = 0; drawTray(); } }, "Clear"),
  );
}
const cell = (picture) => h("button", { class: "cell", "data-choose": picture.file, "aria-pressed": "false", onclick: () => choose(picture) }, thumbnail(picture));
