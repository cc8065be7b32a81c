"use strict";
/** All results with their figures: sorted by a column, filtered by method and by any setting. */
let showFigures = null;
function tableOf() {
  const state = { room: "", folder: "", filters: [], sort: "", down: false };
  const plot = plotOf();
  const place = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of results" });
  const bar = h("div", { class: "filters", role: "group", "aria-label": "Filters" });
  const inRoom = () => PICTURES.filter((picture) => (!state.room || picture.room.key === state.room) && (!state.folder || picture.folder === state.folder));
  const folders = () => [...new Set(PICTURES.filter((picture) => !state.room || picture.room.key === state.room).map((picture) => picture.folder))];
  const matching = () => inRoom().filter((picture) => state.filters.every(([key, value]) => !value || shown(picture.settings[key] ?? null) === value));
  const choice = (label, options, value, act) =>
    h("label", {}, label, h("select", { onchange: (event) => act(event.target.value) }, options.map(([one, text]) => h("option", { value: one, selected: one === value }, text))));
  const valuesOf = (key) => [...new Set(inRoom().filter((picture) => key in picture.settings).map((picture) => shown(picture.settings[key])))].sort(new Intl.Collator("en", { numeric: true }).compare);
  function varied() {
    return [...new Set(inRoom().flatMap((picture) => Object.keys(picture.settings)))].filter((key) => valuesOf(key).length > 1).sort();
  }
  function drawBar() {
    const first = ["network", "content", "picture", "style"].filter((key) => varied().includes(key));
    for (const key of first) if (!state.filters.some(([one]) => one === key)) state.filters.push([key, ""]);
    state.filters = state.filters.filter(([key]) => varied().includes(key));
    const more = varied().filter((key) => !state.filters.some(([one]) => one === key));
    fill(bar,
      choice("method", [["", "all"], ...DATA.rooms.map((room) => [room.key, room.title])], state.room, (value) => { Object.assign(state, { room: value, folder: "", sort: "" }); drawBar(); draw(); }),
      choice("sweep or kind", [["", "all"], ...folders().map((folder) => [folder, state.room ? folder.slice(state.room.length + 1) : folder])], state.folder, (value) => { state.folder = value; drawBar(); draw(); }),
      ...state.filters.map((filter) => choice(filter[0], [["", "any"], ...valuesOf(filter[0]).map((value) => [value, value])], filter[1], (value) => { filter[1] = value; draw(); })),
      more.length > 0 && choice("another setting", [["", "choose…"], ...more.map((key) => [key, key])], "", (key) => { if (key) state.filters.push([key, ""]); drawBar(); }),
      h("button", { onclick: () => { Object.assign(state, { room: "", folder: "", filters: [], sort: "" }); drawBar(); draw(); } }, "Show all"),
    );
  }
  function draw() {
    const found = matching();
    const figures = [...new Set(found.flatMap((picture) => Object.keys(picture.figures)))];
    const counted = (key) => found.filter((picture) => key in picture.figures).length;
    const headlines = new Set(DATA.rooms.flatMap((room) => room.headline));
    // Those that results are compared by come first; then those that most results have.
    const columns = figures.sort((a, b) => headlines.has(b) - headlines.has(a) || counted(b) - counted(a)).slice(0, 8);
    const value = (picture) => (state.sort in picture.figures ? picture.figures[state.sort] : null);
    if (state.sort === "result") found.sort((a, b) => a.file.localeCompare(b.file) * (state.down ? -1 : 1));
    else if (state.sort) found.sort((a, b) => (value(a) === null) - (value(b) === null) || (value(a) - value(b)) * (state.down ? -1 : 1));
    const head = (key) => h("th", { scope: "col", "aria-sort": state.sort === key ? (state.down ? "descending" : "ascending") : null },
      h("button", { "data-sort": key, onclick: () => { state.down = state.sort === key && !state.down; state.sort = key; draw(); place.querySelector(`[data-sort="${CSS.escape(key)}"]`).focus(); } }, key + (state.sort === key ? (state.down ? " ↓" : " ↑") : "")));
    const row = (picture) => h("tr", {}, h("td", {}, cell(picture)), h("th", { scope: "row" }, h("button", { onclick: () => details(picture) }, `${picture.room.title}: ${picture.path}`)),
      columns.map((key) => h("td", { class: "number" }, key in picture.figures ? shown(picture.figures[key]) : "")));
    fill(place, h("table", { class: "table" }, h("caption", { class: "unseen" }, "All results with their figures"), h("thead", {}, h("tr", {}, h("th", { scope: "col" }, h("span", { class: "unseen" }, "picture")), ["result", ...columns].map(head))), h("tbody", {}, found.map(row))));
    const text = `${found.length} of ${PICTURES.length} results`;
    count.textContent = text;
    plot.draw(found);
    drawTray();
  }
  const count = h("p", { class: "quiet", role: "status" });
  drawBar();
  showFigures = (room, folder) => {
    Object.assign(state, { room, folder, filters: [], sort: "" });
    drawBar();
    draw();
    section.scrollIntoView();
    bar.querySelector("select").focus({ preventScroll: true });
  };
  const section = h("section", { class: "room all", id: "figures", "aria-label": "Figures" }, h("h2", {}, "Figures"), bar, count, plot.element, place);
  whenNear(section, () => place.firstChild || draw());
  return section;
}
