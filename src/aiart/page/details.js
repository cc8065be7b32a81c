"use strict";
function facts(pairs, own = new Set()) {
  return h("dl", { class: "facts" }, pairs.flatMap(([key, value]) => [h("dt", { class: own.has(key) ? "own" : null }, key), h("dd", {}, value)]));
}
const FIGURE_DIGITS = (value) => (typeof value === "number" ? shown(value) : String(value));
function filmOf(picture) {
  if (!picture.film) return null;
  const [file, count, across, width, height] = picture.film;
  const lines = Math.ceil(count / across);
  const view = h("div", { class: "film", role: "img", "aria-label": `Frame 1 of ${count} of ${picture.name}`, style: `aspect-ratio: ${width} / ${height}; background-image: url("${link(file)}"); background-size: ${Math.min(count, across) * 100}% ${lines * 100}%` });
  const show = (number) => {
    const [column, line] = [number % across, Math.floor(number / across)];
    const part = (at, of) => (of > 1 ? (at / (of - 1)) * 100 : 0);
    view.style.backgroundPosition = `${part(column, Math.min(count, across))}% ${part(line, lines)}%`;
    view.setAttribute("aria-label", `Frame ${number + 1} of ${count} of ${picture.name}`);
  };
  const time = h("input", { type: "range", min: 0, max: count - 1, value: 0, "aria-label": "Time", oninput: (event) => show(Number(event.target.value)) });
  return [h("h3", {}, "As it comes about"), view, h("label", { class: "axis" }, "time", time)];
}
function chartOf(picture, place) {
  for (const [name, steps, values] of picture.curves) {
    const positive = values.every((value) => value > 0);
    const figure = h("div", { class: "chart", role: "img", "aria-label": `${name} from ${shown(values[0])} to ${shown(values.at(-1))} over ${steps.at(-1)} steps` });
    place.append(figure);
    // Steps of octaves begin anew; a curve's do not go back.
    const x = steps.every((step, i) => !i || step > steps[i - 1]) ? steps : steps.map((_, i) => i + 1);
    new uPlot({ width: Math.max(220, Math.min(560, figure.clientWidth - 20)), height: 190, scales: { x: { time: false }, y: { distr: positive && Math.max(...values) > 20 * Math.min(...values) ? 3 : 1 } }, axes: [{}, { size: 64, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : shown(tick))) }],
      series: [{ label: "step" }, { label: name, stroke: "#9c3d10", width: 2 }] }, [x, values], figure);
  }
}
function recipeButtons(record, name) {
  if (!record || !commandOf(record)) return null;
  const line = commandLine(record, `${name}.${DATA.commands[commandOf(record)].kind === "runs" ? "npz" : "png"}`);
  const block = paramsBlock(record, name.replace(/[^A-Za-z0-9_-]+/g, "_"));
  const settings = h("pre", { tabindex: "0", "aria-label": "The command" }, line);
  return h("div", {}, h("div", { class: "row" },
    h("button", { class: "main", onclick: () => { settings.textContent = line; copy(line, "The command"); } }, "Copy as aiart command"),
    h("button", { onclick: () => { settings.textContent = block; copy(block, "The block of params.yaml"); } }, "Copy as block of params.yaml")), settings);
}
function madeOf(made, files) {
  return facts(Object.entries(made).flatMap(([part, named]) => [named].flat().map((file) => {
    const found = files.get(file.sha256) || file;
    return [part, h("span", {}, found.path || file.name, h("br"), h("code", { class: "quiet" }, `sha256 ${file.sha256}`))];
  })));
}
const FILES = new Map(DATA.files.map(fileOf).map((file) => [file.sha256, file]));
function describeRecord(settings, own, record) {
  return [
    h("h3", {}, "Settings"), facts(Object.entries(settings).map(([key, value]) => [key, shown(value)]), own),
    h("h3", {}, "Made of"), madeOf(record.made_of || {}, FILES),
    h("h3", {}, "Made with"), facts(Object.entries(record.made_with || {}).map(([key, value]) => [key, String(value)])),
  ];
}
function details(picture) {
  const inputs = inputsOf(picture);
  const charts = h("div", {});
  const look = h("div", {}, inputs.length ? comparison(inputSide(inputs[0]), side(picture)) : whole(side(picture)));
  if (picture.pair)
    look.append(h("h3", {}, "Inputs and what was made of them"), h("div", { class: "pair" }, picture.pair.map((file, i) => h("img", { src: link(file), alt: `${["Inputs", "Translations"][i]} of ${picture.name}, under each other`, loading: "lazy" }))));
  if (picture.progress) look.append(h("h3", {}, "The training's course"), h("img", { src: link(picture.progress), alt: `Held-out pictures over the training ${picture.name}`, loading: "lazy" }));
  for (const part of filmOf(picture) || []) look.append(part);
  const figures = Object.entries(picture.figures);
  openDialog(`${picture.room.title}: ${picture.path}`, h("div", { class: "halves" }, look,
    h("div", {}, recipeButtons(recordOf(picture), picture.name), figures.length > 0 && [h("h3", {}, "Figures"), facts(figures.map(([key, value]) => [key, FIGURE_DIGITS(value)]))], charts,
      describeRecord(picture.settings, picture.own, picture), h("p", {}, h("a", { href: link(picture.file) }, "The picture's file")))));
  chartOf(picture, charts);
}
function whole(one) {
  const stage = h("div", { class: "stage" }, h("div", { class: "pan" }, h("img", { src: link(one.file), alt: one.alt, draggable: "false" })));
  return h("div", {}, stage, zoomable([stage]));
}
/** What a picture from anywhere says of itself. */
async function openFile(file) {
  let record;
  try {
    record = await readRecord(file);
  } catch (error) {
    openDialog("This picture cannot be shown", h("p", { role: "alert" }, error.message));
    return;
  }
  const command = commandOf(record) || Object.keys(record).find((key) => !key.startsWith("made_") && typeof record[key] === "object");
  const settings = command ? record[command] : {};
  const address = URL.createObjectURL(file);
  const image = h("img", { src: address, alt: `The opened picture ${file.name}` });
  const own = new Set(commandOf(record) ? changedSettings(record, command).map(([key]) => key) : []);
  openDialog(file.name, h("div", { class: "halves" }, image, h("div", {}, recipeButtons(record, file.name.replace(/\.[^.]*$/, "")), describeRecord(settings, own, record))));
}
