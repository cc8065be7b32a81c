"use strict";
for (const room of DATA.rooms) byId("rooms").append(h("a", { href: `#${room.key}` }, room.title));
byId("rooms").append(h("a", { href: "#figures" }, "Figures"));
fill(byId("main"), DATA.album && h("p", { class: "quiet note" }, "These are small copies. The page in results/index.html has the pictures as they are, and the courses of trainings."), DATA.rooms.map(roomOf), PICTURES.length ? tableOf() : h("p", { class: "empty" }, "Nothing has been made yet: params.yaml asks for nothing."));
byId("dialog").addEventListener("close", stopBlinking);
byId("open").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) openFile(file);
  event.target.value = "";
});
addEventListener("dragover", (event) => {
  event.preventDefault();
  byId("drop").hidden = false;
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) byId("drop").hidden = true;
});
addEventListener("drop", (event) => {
  event.preventDefault();
  byId("drop").hidden = true;
  const [file] = event.dataTransfer.files;
  if (file) openFile(file);
});
