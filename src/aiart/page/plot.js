"use strict";
/** Two figures of results against each other: each point is a picture, shown in full by pointing at it, opened by a click. */
function plotOf() {
  const state = { across: "", up: "" };
  const points = h("div", { class: "points", role: "group", onkeydown: step });
  const axes = h("div", { class: "filters axes", role: "group", "aria-label": "Axes of the plot" });
  const image = h("img", { alt: "" }), caption = h("figcaption");
  let shownNow = null, found = [];
  const figure = h("figure", { class: "big" }, image, caption,
    actionsFor(() => shownNow));
  const ticks = { across: h("div", { class: "ticks", "aria-hidden": "true" }), up: h("div", { class: "ticks up", "aria-hidden": "true" }) };
  const element = h("div", { class: "sides" }, h("div", {}, axes, h("div", { class: "plane" }, ticks.up, points, ticks.across)), figure);
  const value = (picture, axis) => picture.figures[state[axis]];
  const backwards = (axis) => axis === "across" && FEWER.has(state.across);
  /** So far to the right, or up. */
  const height = (picture, axis) => value(picture, axis) * (backwards(axis) ? -1 : 1);
  const placed = () => found.filter((picture) => value(picture, "across") !== undefined && value(picture, "up") !== undefined);
  const said = (picture) => `${plain(state.up)} ${shown(value(picture, "up"))}, ${plain(state.across)} ${shown(value(picture, "across"))}`;
  function show(picture) {
    shownNow = picture;
    image.src = link(picture.file);
    image.alt = described(picture);
    fill(caption, h("strong", {}, described(picture)), h("br"), said(picture));
    for (const point of points.children) point.tabIndex = point.picture === picture ? 0 : -1;
  }
  /** Arrow keys go to the next point in their direction. */
  function step(event) {
    const axis = { ArrowRight: "across", ArrowLeft: "across", ArrowUp: "up", ArrowDown: "up" }[event.key];
    if (!axis) return;
    event.preventDefault();
    const order = placed().sort((a, b) => height(a, axis) - height(b, axis));
    const next = order[order.indexOf(event.target.picture) + (["ArrowRight", "ArrowUp"].includes(event.key) ? 1 : -1)];
    if (next) [...points.children].find((point) => point.picture === next).focus();
  }
  /** Where a value stands between the least and the most, and back; as good as logarithmic where they lie far apart. */
  function scaleOf(values) {
    const least = Math.min(...values), most = Math.max(...values);
    const small = values.map(Math.abs).filter(Boolean).sort((a, b) => a - b)[Math.floor(values.length / 20)];
    const [there, back] = most > 20 * small ? [(one) => Math.asinh(one / small), (one) => Math.sinh(one) * small] : [Number, Number];
    const from = there(least), wide = there(most) - from;
    return { part: (one) => (wide ? (there(one) - from) / wide : 0.5), of: (part) => back(from + part * wide) };
  }
  function drawAxes() {
    const names = [...new Set(found.flatMap((picture) => Object.keys(picture.figures)))].filter((name) => found.filter((picture) => name in picture.figures).length > 1);
    const wanted = [...DATA.rooms.filter((room) => found.some((picture) => picture.room === room)).flatMap((room) => [Object.keys(room.plot), room.headline]), names].filter(Boolean);
    const [across, up] = wanted.map((pair) => pair.filter((name) => names.includes(name))).find((pair) => pair.length > 1) || [names[0], names[0]];
    if (!names.includes(state.across) || !names.includes(state.up)) Object.assign(state, { across, up });
    const choice = (axis, label) => h("label", {}, label, h("select", { onchange: (event) => { state[axis] = event.target.value; drawPoints(); } }, names.map((name) => h("option", { value: name, selected: state[axis] === name }, meant(name)))));
    fill(axes, choice("up", "up"), choice("across", "across"));
    return names.length > 0;
  }
  function drawPoints() {
    const shownHere = placed().sort((a, b) => height(a, "across") - height(b, "across"));
    const scales = {};
    for (const axis of ["across", "up"]) {
      scales[axis] = scaleOf(shownHere.map((picture) => value(picture, axis)));
      const ends = [0, 1].map((part) => shown(Number(scales[axis].of(part).toPrecision(3))));
      const [first, last] = backwards(axis) ? ends.reverse() : ends;
      fill(ticks[axis], ...[first, backwards(axis) ? `← ${meant(state[axis])}` : `${meant(state[axis])} →`, last].map((text) => h("span", {}, text)));
    }
    points.setAttribute("aria-label", `Results by ${plain(state.up)} and ${plain(state.across)}; arrow keys go from one to the next`);
    points.classList.toggle("many", shownHere.length > 150);
    fill(points, ...shownHere.map((picture) => {
      const across = scales.across.part(value(picture, "across"));
      const where = `left: ${100 * (backwards("across") ? 1 - across : across)}%; bottom: ${100 * scales.up.part(value(picture, "up"))}%`;
      const point = h("button", { class: "point", style: where, tabindex: "-1", "aria-label": `${described(picture)}: ${said(picture)}`, onclick: () => details(picture), onfocus: () => show(picture), onpointerenter: () => show(picture) }, thumbnail(picture, ""));
      point.picture = picture;
      return point;
    }));
    if (shownHere.length) show(shownHere.reduce((a, b) => (value(b, "up") > value(a, "up") ? b : a)));
    element.hidden = shownHere.length < 2;
  }
  function draw(pictures) {
    found = pictures;
    if (drawAxes()) drawPoints();
    else element.hidden = true;
  }
  return { element, draw };
}
/** A figure's name in words, and what more of it means where that is known. */
const plain = (name) => name.replaceAll("_", " ").replaceAll(".", ": ");
/** Figures of which fewer is better stand the other way round, so that the best is at the top right. */
const FEWER = new Set(DATA.rooms.filter((room) => room.fewer_is_right).map((room) => Object.keys(room.plot)[0]));
const MEANT = Object.assign({}, ...DATA.rooms.map((room) => room.plot));
const meant = (name) => (MEANT[name] ? `${MEANT[name]} (${plain(name)})` : plain(name));
