"use strict";
/** All pictures, as the data says, with what they share put back. */
const DATA = JSON.parse(byId("data").textContent);
const PICTURES = DATA.rooms.flatMap((room) =>
  room.pictures.map((picture) => {
    picture.own = new Set(Object.keys(picture.settings));
    picture.room = room;
    picture.settings = { ...room.shared.settings, ...picture.settings };
    picture.made_with = { ...room.shared.made_with, ...picture.made_with };
    picture.file = `${room.key}/${picture.path}.png`;
    picture.thumbnail = [`thumbnails/${room.key}/${picture.path}.webp`, ...picture.size];
    picture.curves = (picture.curves || []).map(([name, steps, values]) => [name, DATA.steps[steps], values]);
    picture.name = picture.path.split("/").pop();
    picture.figures = Object.fromEntries(room.figures.map((name, i) => [name, picture.figures[i]]).filter(([, value]) => value !== null));
    picture.made_of = Object.fromEntries(
      Object.entries({ ...room.shared.made_of, ...picture.made_of }).map(([part, places]) => [part, places.map((place) => fileOf(DATA.files[place]))]),
    );
    return picture;
  }),
);
function fileOf([name, sha256, path, shownAt, thumbnail, width, height]) {
  return { name, sha256, path, file: shownAt, thumbnail: thumbnail && [thumbnail, width, height] };
}
/** Links to files, of which names may hold anything. */
const link = (path) => path.split("/").map(encodeURIComponent).join("/");
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
