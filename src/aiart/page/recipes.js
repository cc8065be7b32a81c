"use strict";
/** The `aiart` command and the block of params.yaml of a record; the same as aiart.params.recipes. */
const PATHS = new Map(DATA.files.map(fileOf).map((file) => [file.sha256, file.path]));
const partFiles = (record, part) => [(record.made_of || {})[part] ?? []].flat();
const commandOf = (record) => Object.keys(DATA.commands).find((name) => record[name] && typeof record[name] === "object");
const isAnimated = (record, command) => record[command][DATA.commands[command].frames] > 0;
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}
/** As Python writes JSON. */
function json(value) {
  if (Array.isArray(value)) return `[${value.map(json).join(", ")}]`;
  if (value !== null && typeof value === "object") return `{${Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${json(one)}`).join(", ")}}`;
  if (typeof value === "number" && Math.abs(value) >= 1e16) return value.toExponential();
  if (typeof value === "number" && value !== 0 && Math.abs(value) < 1e-4) return value.toExponential().replace(/e-(\d)$/, "e-0$1");
  return JSON.stringify(value);
}
const canonical = (value) => json(sorted(value));
const plainText = (value) =>
  typeof value === "string" && /^[\p{L}_][\p{L}\p{N}_]*$/u.test(value) && !/^(null|true|false)$/i.test(value) ? value : canonical(value);
function changedSettings(record, command) {
  const { defaults } = DATA.commands[command];
  return Object.entries(defaults).filter(([key, value]) => key in record[command] && canonical(record[command][key]) !== canonical(value)).map(([key]) => [key, record[command][key]]);
}
const quoted = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`);
function commandLine(record, output) {
  const command = commandOf(record);
  const words = ["aiart", ...command.split(" ")];
  const options = [];
  for (const [part, option] of DATA.commands[command].inputs)
    for (const named of partFiles(record, part)) {
      const path = PATHS.get(named.sha256) || named.path || named.name;
      if (option) options.push(option, path);
      else words.push(path);
    }
  words.push("-o", output, ...options);
  for (const [option, end] of DATA.commands[command].also) words.push(option, output.replace(/(\.[^./]*)?$/, end));
  if (isAnimated(record, command)) words.push("--animation", output.replace(/(\.[^./]*)?$/, ".gif"));
  for (const [key, value] of changedSettings(record, command)) words.push(`--${key.replaceAll("_", "-")}`, plainText(value));
  for (const key of ["seed", "threads"]) if (key in (record.made_with || {})) words.push(`--${key}`, String(record.made_with[key]));
  return words.map(quoted).join(" ");
}
function paramsBlock(record, name) {
  const command = commandOf(record);
  const settings = [];
  for (const [part, , setting] of DATA.commands[command].inputs) {
    const names = partFiles(record, part).map((named) => named.name.replace(/(.)\.[^.]*$/, "$1"));
    if (names.length && setting) settings.push([setting, names.length === 1 ? names[0] : names]);
  }
  settings.push(...changedSettings(record, command));
  const lines = settings.map(([key, value]) => `      ${key}: ${plainText(value)}`);
  return [`${DATA.commands[command].room}:`, `  ${isAnimated(record, command) ? "animations" : DATA.commands[command].kind}:`, `    ${name}:`, ...lines, ""].join("\n");
}
/** The record of a picture of this page; of one that was trained for that of the training. */
function recordOf(picture) {
  const keys = Object.keys(DATA.commands[picture.room.command].defaults);
  const settings = Object.fromEntries(keys.filter((key) => key in picture.settings).map((key) => [key, picture.settings[key]]));
  const { made_with, made_of, trained } = picture;
  if (!trained) return { [picture.room.command]: settings, made_with, made_of };
  const [path, seed] = trained;
  return { [picture.room.command]: settings, made_with: { seed }, made_of: { dataset: { name: path.split("/").pop(), path } } };
}
