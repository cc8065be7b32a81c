"use strict";
/** Zoom and pan that all parts of a stage share: wheel, drag, buttons and keys (+ − 0 and the arrows with Shift). */
function zoomable(stages) {
  let scale = 1, x = 0, y = 0, from = null;
  const draw = () => {
    for (const stage of stages) stage.firstElementChild.style.transform = scale === 1 ? "" : `translate(${x}px, ${y}px) scale(${scale})`;
  };
  function zoom(factor, atX, atY) {
    const { width, height } = stages[0].getBoundingClientRect();
    atX ??= width / 2;
    atY ??= height / 2;
    const next = Math.min(16, Math.max(1, scale * factor));
    x = Math.min(0, Math.max(width * (1 - next), atX - ((atX - x) * next) / scale));
    y = Math.min(0, Math.max(height * (1 - next), atY - ((atY - y) * next) / scale));
    scale = next;
    draw();
  }
  function move(byX, byY) {
    const { width, height } = stages[0].getBoundingClientRect();
    x = Math.min(0, Math.max(width * (1 - scale), x + byX));
    y = Math.min(0, Math.max(height * (1 - scale), y + byY));
    draw();
  }
  for (const stage of stages) {
    stage.addEventListener("wheel", (event) => {
      event.preventDefault();
      const box = stage.getBoundingClientRect();
      zoom(event.deltaY < 0 ? 1.25 : 0.8, event.clientX - box.left, event.clientY - box.top);
    }, { passive: false });
    stage.addEventListener("pointerdown", (event) => {
      if (scale > 1 && !event.target.closest("img-comparison-slider")) from = [event.clientX, event.clientY];
    });
    stage.addEventListener("pointermove", (event) => {
      if (!from) return;
      move(event.clientX - from[0], event.clientY - from[1]);
      from = [event.clientX, event.clientY];
    });
    for (const name of ["pointerup", "pointerleave", "pointercancel"]) stage.addEventListener(name, () => (from = null));
  }
  const buttons = h("div", { class: "row", role: "group", "aria-label": "Zoom" },
    h("button", { onclick: () => zoom(1.5), "aria-label": "Zoom in" }, "+"),
    h("button", { onclick: () => zoom(1 / 1.5), "aria-label": "Zoom out" }, "−"),
    h("button", { onclick: () => { scale = 1; x = y = 0; draw(); } }, "Whole"),
    ...[["←", 60, 0, "left"], ["→", -60, 0, "right"], ["↑", 0, 60, "up"], ["↓", 0, -60, "down"]].map(([sign, byX, byY, where]) =>
      h("button", { onclick: () => move(byX, byY), "aria-label": `Move ${where}` }, sign)),
  );
  return buttons;
}
