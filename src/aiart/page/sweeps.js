"use strict";
function sweepOf(room, sweep) {
  const pictures = sweep.cells.map((place) => (place === null ? null : room.pictures[place]));
  const { columns, rows } = sweep;
  const at = (row, column) => pictures[row * columns.length + column];
  const few = (picture) => (picture ? cell(picture) : h("span", { class: "quiet" }, "not made"));
  const matrix = rows
    ? h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${sweep.title}, as a table` },
        h("table", { class: "matrix" }, h("caption", { class: "unseen" }, `${sweep.title}: ${sweep.row_title} by ${sweep.column_title}`),
          h("thead", {}, h("tr", {}, h("th", { scope: "col" }, `${sweep.row_title} ↓ ${sweep.column_title} →`), columns.map((label) => h("th", { scope: "col" }, label)))),
          h("tbody", {}, rows.map((label, row) => h("tr", {}, h("th", { scope: "row" }, label), columns.map((_, column) => h("td", {}, few(at(row, column)))))))))
    : h("ul", { class: "lines" }, columns.map((label, column) => h("li", {}, few(at(0, column)), h("small", {}, `${sweep.column_title} ${label}`))));
  const big = h("img", { alt: "" });
  const position = { row: 0, column: 0 };
  let shownNow = null;
  const show = () => {
    shownNow = at(position.row, position.column);
    for (const [key, output, labels] of outputs) output.textContent = labels[position[key]];
    if (!shownNow) return;
    big.src = link(shownNow.file);
    big.alt = described(shownNow);
  };
  const outputs = [];
  const axis = (key, title, labels) => {
    const output = h("output");
    outputs.push([key, output, labels]);
    const input = h("input", { type: "range", min: 0, max: labels.length - 1, value: 0, "aria-label": title, "aria-valuetext": labels[0],
      oninput: (event) => { position[key] = Number(event.target.value); event.target.setAttribute("aria-valuetext", labels[position[key]]); show(); } });
    return h("div", { class: "axis" }, h("span", {}, title), input, output);
  };
  const sliders = [axis("column", sweep.column_title, columns), rows && axis("row", sweep.row_title, rows)];
  const figure = h("figure", { class: "big" }, big, sliders,
    actionsFor(() => shownNow, h("button", { onclick: () => showFigures(room.key, pictures.find(Boolean).folder) }, "Figures")));
  whenNear(figure, show);
  return h("section", { class: "sweep" }, h("h3", {}, sweep.title), sweep.caption && h("p", { class: "quiet" }, sweep.caption), h("div", { class: "sides" }, matrix, figure));
}
/** Pictures of full size are loaded when one comes near them. */
function whenNear(element, act) {
  const observer = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) { observer.disconnect(); act(); }
  }, { rootMargin: "600px" });
  observer.observe(element);
}
function roomOf(room) {
  const singles = room.pictures.filter((picture) => !picture.path.startsWith("sweeps/"));
  return h("section", { class: "room", id: room.key, "aria-label": room.title }, h("h2", {}, room.title),
    room.sweeps.map((sweep) => sweepOf(room, sweep)),
    singles.length > 0 && h("section", { class: "singles" }, h("h3", {}, "Single pictures, films and trainings"),
      h("ul", { class: "lines" }, singles.map((picture) => h("li", {}, cell(picture), h("small", {}, picture.path), h("button", { onclick: () => details(picture), "aria-label": `Settings of ${picture.path}` }, "Settings"))))));
}
