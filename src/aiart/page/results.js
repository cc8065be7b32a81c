"use strict";
/** All pictures, as the data says, with what they share put back. An album has small copies alone. */
const DATA = JSON.parse(byId("data").textContent);
const PICTURES = DATA.rooms.flatMap((room) => (room.pictures = room.folders.flatMap((folder) => folder.pictures.map((picture) => whatIs(picture, folder, room)))));
function whatIs(picture, { folder, shared }, room) {
  const most = (key) => ({ ...(key === "settings" && DATA.commands[room.command].defaults), ...room.shared[key] });
  const all = (key) => ({ ...most(key), ...shared[key], ...picture[key] });
  const path = `${folder}/${picture.name}`, base = `${room.key}/${path}`, settings = all("settings");
  const usual = most("settings");
  const differs = (key) => !(key in usual) || JSON.stringify(settings[key]) !== JSON.stringify(usual[key]);
  return {
    name: picture.name, room, folder: `${room.key}/${folder}`, path, file: DATA.album ? `thumbnails/${base}.webp` : `${base}.png`, settings, own: new Set(Object.keys(settings).filter(differs)), made_with: all("made_with"),
    made_of: Object.fromEntries(Object.entries(all("made_of")).map(([part, places]) => [part, places.map((place) => fileOf(DATA.files[place]))])),
    thumbnail: [`thumbnails/${base}.webp`, ...DATA.sizes[picture.size]],
    curves: (picture.curves || []).map(([loss, ...values]) => [...DATA.losses[loss], values]),
    figures: Object.fromEntries(room.figures.map((name, i) => [name, picture.figures[i]]).filter(([, value]) => value !== null)),
    film: picture.film && [`thumbnails/${base}.film.webp`, ...picture.film],
    pair: !DATA.album && picture.pair !== undefined && { files: [`${base}.input.png`, `${base}.strip.png`], size: DATA.sizes[picture.pair] },
    regions: picture.regions !== undefined && (DATA.album ? `thumbnails/${base}.regions.webp` : `${base}.regions.png`),
    zoom: !DATA.album && picture.zoom && `thumbnails/${base}.zoom.html`,
    trained: picture.trained,
    progress: !DATA.album && picture.progress && { file: `${base}.progress.png`, ...picture.progress },
  };
}
function fileOf([name, sha256, path, size, address = `${DATA.above}/${path}`]) {
  if (size === undefined) return { name, sha256, path };
  const small = `thumbnails/inputs/${sha256.slice(0, 12)}.webp`;
  return { name, sha256, path, file: DATA.album ? small : address, thumbnail: [small, ...DATA.sizes[size]] };
}
/** Links to files, of which names may hold anything. */
const link = (path) => DATA.album?.[path] ?? path.split("/").map(encodeURIComponent).join("/");
/** What a screen reader says of a picture: its method, and the settings in which it differs. */
function described(picture) {
  const own = [...picture.own].filter((key) => picture.settings[key] !== null).slice(0, 12);
  return `${picture.room.title}: ${own.map((key) => `${key} ${shown(picture.settings[key])}`).join(", ") || picture.name}`;
}
function thumbnail(picture, alt = described(picture)) {
  const [source, width, height] = picture.thumbnail;
  return h("img", { src: link(source), width, height, alt, loading: "lazy", decoding: "async" });
}
/** The pictures that a picture was made of and that lie here. */
const inputsOf = (picture) => Object.values(picture.made_of).flat().filter((input) => input.file);
