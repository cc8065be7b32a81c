"use strict";
/** What a picture of aiart says of itself: the text chunks of a PNG (tEXt, zTXt, iTXt), the comment of a JPEG. */
async function readRecord(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const texts = bytes[0] === 0x89 ? await pngTexts(bytes) : jpegTexts(bytes);
  if (!texts.aiart) throw new Error(`${file.name} holds no settings of aiart; open a PNG or JPEG that aiart made.`);
  return JSON.parse(texts.aiart);
}
const latin1 = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
const utf8 = (bytes) => new TextDecoder().decode(bytes);
async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
async function pngTexts(bytes) {
  const view = new DataView(bytes.buffer);
  const texts = {};
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const kind = latin1(bytes.subarray(at + 4, at + 8));
    const body = bytes.subarray(at + 8, at + 8 + length);
    const end = body.indexOf(0);
    const key = latin1(body.subarray(0, end));
    if (kind === "tEXt") texts[key] = latin1(body.subarray(end + 1));
    if (kind === "zTXt") texts[key] = latin1(await inflate(body.subarray(end + 2)));
    if (kind === "iTXt") {
      const language = body.indexOf(0, end + 3);
      const start = body.indexOf(0, language + 1) + 1;
      texts[key] = utf8(body[end + 1] ? await inflate(body.subarray(start)) : body.subarray(start));
    }
    at += 12 + length;
  }
  return texts;
}
function jpegTexts(bytes) {
  const view = new DataView(bytes.buffer);
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda; at += 2 + view.getUint16(at + 2))
    if (bytes[at + 1] === 0xfe) return JSON.parse(utf8(bytes.subarray(at + 4, at + 2 + view.getUint16(at + 2))));
  return {};
}
