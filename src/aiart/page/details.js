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
/** A range of labelled values: axis("time", ["1", "2"], act) calls act(0) when it is made. */
function rangeOf(title, labels, act, start = 0) {
  const output = h("output");
  const input = h("input", { type: "range", min: 0, max: labels.length - 1, value: start, "aria-label": title, oninput: () => show(Number(input.value)) });
  const show = (number) => {
    output.textContent = labels[number];
    input.setAttribute("aria-valuetext", labels[number]);
    act(number);
  };
  show(start);
  return h("div", { class: "axis" }, h("span", {}, title), input, output);
}
/** Inputs and what was made of them, which stand in two pictures, one under the other. */
function translationsOf(picture) {
  if (!picture.pair) return null;
  const { files, size: [width, height] } = picture.pair;
  const count = height % width ? 1 : height / width;
  const place = h("div");
  const part = (number, which) => ({ file: files[which], box: [0, (number * height) / count, width, height / count], label: ["input", "translation"][which], alt: `${["Input", "Translation"][which]} ${number + 1} of ${picture.name}` });
  const labels = Array.from({ length: count }, (_, number) => `${number + 1} of ${count}`);
  return h("div", {}, h("h3", {}, "Inputs and what was made of them"), rangeOf("held-out picture", labels, (number) => fill(place, comparison(part(number, 0), part(number, 1)))), place);
}
/** Samples of a training by step. */
function courseOf(picture) {
  if (!picture.progress) return null;
  const { file, columns, rows, left, top, size } = picture.progress;
  const heading = h("h3", {}, "The training's course");
  const whole = h("img", { src: link(file), alt: `Held-out pictures over the training ${picture.name}`, loading: "lazy" });
  if (!rows) return h("div", {}, heading, whole);
  const view = h("div", { class: "course" });
  const now = [0, rows.length - 1];
  const show = () => fill(view, ...[0, now[1]].map((row) => h("figure", {}, tile({ file, box: [left[now[0]], top[row], ...size], alt: `${columns[now[0]]}: ${row ? `after ${rows[row]} steps` : "input"}` }), h("figcaption", {}, row ? `after ${rows[row]} steps` : "input"))));
  const axis = (place, title, labels) => rangeOf(title, labels, (number) => { now[place] = number; show(); }, now[place]);
  return h("div", {}, heading, view, axis(1, "steps", rows), axis(0, "held-out picture", columns), h("details", {}, h("summary", {}, "All of them"), whole));
}
/** Losses by step, on a logarithmic scale where they fall far; a range reads their values. */
function chartsOf(picture) {
  return picture.curves.map(([name, steps, values]) => {
    // Steps of octaves begin anew; a curve's do not go back.
    const x = steps.every((step, i) => !i || step > steps[i - 1]) ? steps : steps.map((_, i) => i + 1);
    const last = values.length - 1, least = Math.min(...values), most = Math.max(...values);
    const scale = least > 0 && most > 20 * least ? Math.log : Number;
    const across = (i) => (last ? (100 * (x[i] - x[0])) / (x[last] - x[0]) : 50);
    const down = (i) => (most > least ? (100 * (scale(most) - scale(values[i]))) / (scale(most) - scale(least)) : 50);
    const plot = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    plot.setAttribute("viewBox", "0 0 100 100");
    plot.setAttribute("preserveAspectRatio", "none");
    const line = (points, kind) => {
      const element = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
      element.setAttribute("points", points);
      element.setAttribute("class", kind);
      plot.append(element);
      return element;
    };
    line(values.map((_, i) => `${across(i)},${down(i)}`).join(" "), "curve");
    const mark = line("", "mark");
    const labels = values.map((value, i) => `${shown(value)} at step ${shown(x[i])}`);
    const range = rangeOf(name, labels, (i) => mark.setAttribute("points", `${across(i)},0 ${across(i)},100`), last);
    return h("div", { class: "chart" }, h("div", { class: "plot", role: "img", "aria-label": `${name} from ${shown(values[0])} to ${shown(values[last])} over ${shown(x[last])} steps` }, h("small", {}, shown(most)), plot, h("small", {}, shown(least))), range);
  });
}
/** The command and the block of params.yaml that make a picture again, of its photograph or of another. */
function recipeButtons(record, name) {
  const command = record && commandOf(record);
  if (!command) return null;
  const { kind, inputs: [[part]] } = DATA.commands[command];
  const [was] = partFiles(record, part);
  const known = PICTURES.filter((picture) => picture.room.command === command).flatMap((picture) => picture.made_of[part] || []);
  const photographs = new Map([was, ...known, was].filter(Boolean).map((file) => [file.sha256, file]));
  photographs.set("yours", { name: "photograph.jpg", path: "PATH/TO/photograph.jpg", sha256: "yours" });
  let now = record, called = name, block = false;
  const text = h("pre", { tabindex: "0" });
  const line = () => commandLine(now, `${called}.${kind === "runs" ? "npz" : "png"}`);
  const write = () => {
    text.textContent = block ? paramsBlock(now, called.replace(/[^A-Za-z0-9_-]+/g, "_")) : line();
    text.setAttribute("aria-label", block ? "The block of params.yaml" : "The command");
    return text.textContent;
  };
  const copying = (asBlock, label, what) => h("button", { class: asBlock ? null : "main", onclick: (event) => {
    block = asBlock;
    copy(write(), what);
    event.target.textContent = "Copied";
    setTimeout(() => (event.target.textContent = label), 1500);
  } }, label);
  const take = (sha256) => {
    const file = photographs.get(sha256);
    now = file === was ? record : { ...record, made_of: { ...record.made_of, [part]: file } };
    called = file === was ? name : `${file.name.replace(/\.[^.]*$/, "")}_${name}`;
    write();
  };
  write();
  return h("div", {}, h("div", { class: "row" },
    copying(false, "Copy as aiart command", "The command"), copying(true, "Copy as block of params.yaml", "The block of params.yaml")),
    was && kind !== "runs" && h("label", { class: "row" }, "of", h("select", { onchange: (event) => take(event.target.value) }, [...photographs.values()].map((file) => h("option", { value: file.sha256 }, file === was ? `${file.name}, as it is` : file.sha256 === "yours" ? "a photograph of yours" : file.name)))), text);
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
/** A picture beside each of its inputs, and beside the map of its regions. */
function besideInputs(picture) {
  const others = inputsOf(picture).map(inputSide);
  if (picture.regions) others.push({ file: picture.regions, alt: `Map of the regions of ${picture.name}, each in a colour of its own`, label: "its regions" });
  if (!others.length) return whole(side(picture));
  const place = h("div");
  const show = (number) => fill(place, comparison(others[number], side(picture)));
  show(0);
  const choice = h("select", { onchange: (event) => show(Number(event.target.value)) }, others.map((one, number) => h("option", { value: number }, one.label)));
  return h("div", {}, others.length > 1 && h("label", { class: "row" }, "Compare with", choice), place);
}
function details(picture) {
  const look = h("div", {}, [translationsOf(picture), courseOf(picture)], besideInputs(picture));
  if (picture.zoom) look.append(h("p", {}, h("a", { href: link(picture.zoom), target: "_blank" }, "Zoom in to every pixel")));
  for (const part of filmOf(picture) || []) look.append(part);
  const figures = Object.entries(picture.figures);
  openDialog(`${picture.room.title}: ${picture.path}`, h("div", { class: "halves" }, look,
    h("div", {}, recipeButtons(recordOf(picture), picture.name), figures.length > 0 && [h("h3", {}, "Figures"), facts(figures.map(([key, value]) => [key, FIGURE_DIGITS(value)]))], picture.curves.length > 0 && [h("h3", {}, "Losses"), ...chartsOf(picture)],
      describeRecord(picture.settings, picture.own, picture), !DATA.album && h("p", {}, h("a", { href: link(picture.file) }, "The picture's file")))));
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
