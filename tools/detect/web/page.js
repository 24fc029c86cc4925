// SPDX-License-Identifier: MIT
'use strict';

const byId = (id) => document.getElementById(id);
const picture = byId('picture');
const overlay = byId('boxes');
const pictureContext = picture.getContext('2d');
const overlayContext = overlay.getContext('2d');

const PATIENCE_MS = 5000; // the server sends its status each second
const PAUSE_MS = 1000;

let state = null;
let events = new Map(); // the last ones, by number of the frame
let shownFrame = 0;
let newest = null;
const stored = load('hidden', []);
const hidden = new Set(Array.isArray(stored) ? stored : []);
const stages = {};

function load(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise; // storage is off, or holds what is not ours
  }
}

function save(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Then it is forgotten with the page.
  }
}

function setText(id, text) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

function setState(id, ready, text) {
  const element = byId(id);
  element.classList.toggle('ready', ready);
  const words = element.querySelector('span');
  if (words.textContent !== text) words.textContent = text;
}

// What is shown

const threshold = byId('threshold');
threshold.value = load('threshold', 0);
setText('least', `${threshold.value}%`);
threshold.addEventListener('input', () => {
  setText('least', `${threshold.value}%`);
  save('threshold', Number(threshold.value));
  draw();
});

function setHidden(labels, hide) {
  for (const label of labels) hide ? hidden.add(label) : hidden.delete(label);
  save('hidden', [...hidden]);
  for (const button of byId('classes').children)
    button.setAttribute('aria-pressed', String(!hidden.has(button.textContent)));
  draw();
}

const labels = () => [...byId('classes').children].map((button) => button.textContent);
byId('all').addEventListener('click', () => setHidden([...hidden], false));
byId('none').addEventListener('click', () => setHidden(labels(), true));

const colours = new Map();

function addClass(label, colour) {
  if (colours.has(label)) return;
  colours.set(label, colour);
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = label;
  button.style.borderColor = colour;
  button.setAttribute('aria-pressed', String(!hidden.has(label)));
  button.addEventListener('click', () => setHidden([label], !hidden.has(label)));
  byId('classes').append(button);
}

const shown = (event) => event.detections.filter(
  (found) => found.score * 100 >= Number(threshold.value) && !hidden.has(found.label));

function draw() {
  // Of the picture on the screen; the newest there is while none has come.
  const event = events.get(shownFrame) ?? newest;
  if (!event) return;
  const width = shownFrame ? picture.width : event.width || picture.width;
  const height = shownFrame ? picture.height : event.height || picture.height;
  if (overlay.width !== width || overlay.height !== height) {
    overlay.width = width;
    overlay.height = height;
  }
  const context = overlayContext;
  context.clearRect(0, 0, width, height);
  const line = Math.max(2, Math.min(width, height) / 160);
  const letters = Math.max(12, Math.round(height / 28));
  context.font = `600 ${letters}px system-ui, sans-serif`;
  context.textBaseline = 'top';
  const found = shown(event);
  for (const { label, score, box } of found) {
    const colour = colours.get(label) ?? '#ffffff';
    const left = box.x_min * width;
    const top = box.y_min * height;
    context.lineWidth = line;
    context.strokeStyle = colour;
    context.strokeRect(left, top, (box.x_max - box.x_min) * width, (box.y_max - box.y_min) * height);
    const caption = `${label} ${Math.round(score * 100)}%`;
    const room = letters * 1.3;
    const above = top >= room ? top - room : top;
    context.fillStyle = colour;
    context.fillRect(left - line / 2, above, context.measureText(caption).width + letters / 2, room);
    context.fillStyle = '#000000';
    context.fillText(caption, left + letters / 4 - line / 2, above + letters * 0.15);
  }
  setText('count', String(found.length));
  const list = byId('found');
  while (list.children.length > found.length) list.lastChild.remove();
  while (list.children.length < found.length) list.append(document.createElement('li'));
  found.forEach(({ label, score }, index) => {
    const item = list.children[index];
    const words = `${label} ${Math.round(score * 100)}%`;
    if (item.textContent !== words) item.textContent = words;
    item.style.setProperty('--colour', colours.get(label) ?? '#ffffff');
  });
}

// Events

let source = null;
let heard = 0;

function onDetections(event) {
  newest = event;
  events.set(event.frame, event);
  if (events.size > 32) events.delete(events.keys().next().value);
  for (const found of event.detections) addClass(found.label, '#ffffff');
  for (const [name, time] of Object.entries(event.stages)) {
    stages[name] = stages[name] === undefined ? time : stages[name] * 0.9 + time * 0.1;
    setText(`stage-${name}`, `${stages[name].toFixed(1)} ms`);
  }
  if (event.frame === shownFrame || !picturesLive) draw();
}

function onStatus(now) {
  state = now;
  for (const { label, colour } of now.classes) addClass(label, colour);
  setState('camera', now.camera.ready, now.camera.text);
  setState('chip', now.chip.ready, now.chip.text);
  setText('rate', now.frames_per_second.toFixed(1));
  setText('frames', String(now.frames));
  setText('dropped', String(now.dropped));
  setText('temperature', now.celsius === null ? '-' : `${now.celsius.toFixed(1)} °C`);
  for (const name of ['network', 'engine', 'board', 'driver', 'firmware']) setText(name, now[name] ?? '-');
  notice();
}

function notice() {
  const lines = [];
  if (!byId('server').classList.contains('ready')) lines.push('No connection to the server; trying again.');
  else if (state) {
    if (!state.camera.ready) lines.push(`Camera: ${state.camera.text}`);
    if (!state.chip.ready) lines.push(`Chip: ${state.chip.text}`);
  }
  const element = byId('notice');
  element.hidden = lines.length === 0;
  const words = lines.join('\n');
  if (element.textContent !== words) element.textContent = words;
}

function setConnected(connected) {
  setState('server', connected, connected ? 'connected' : 'not connected');
  if (!connected) for (const id of ['camera', 'chip']) setState(id, false, 'not known');
  notice();
}

function listen() {
  source?.close();
  heard = Date.now();
  source = new EventSource('events');
  const on = (name, handle) => source.addEventListener(name, (message) => {
    heard = Date.now();
    setConnected(true);
    handle(JSON.parse(message.data));
  });
  on('status', onStatus);
  on('detections', onDetections);
  // The browser tries again by itself, unless it was answered with an error.
  source.addEventListener('error', () => setConnected(false));
}

// A started server may count its frames from 1 again.
function forget() {
  events = new Map();
  shownFrame = 0;
}

setInterval(() => {
  if (document.hidden || !source) return;
  if (source.readyState !== EventSource.CLOSED && Date.now() - heard < PATIENCE_MS) return;
  setConnected(false);
  listen();
}, PAUSE_MS);

// Pictures: parts of a multipart stream, each with the number of its frame.

let picturesLive = false;
let stopPictures = null;

async function show(bytes, number) {
  const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
  if (picture.width !== bitmap.width || picture.height !== bitmap.height) {
    picture.width = bitmap.width;
    picture.height = bitmap.height;
  }
  pictureContext.drawImage(bitmap, 0, 0);
  bitmap.close();
  shownFrame = number;
  draw();
}

function endOfHead(bytes) {
  for (let i = 0; i + 3 < bytes.length; i++)
    if (bytes[i] === 13 && bytes[i + 1] === 10 && bytes[i + 2] === 13 && bytes[i + 3] === 10) return i + 4;
  return -1;
}

async function readPictures(signal) {
  const answer = await fetch('stream/plain', { signal, cache: 'no-store' });
  if (!answer.ok) throw new Error(await answer.text());
  const reader = answer.body.getReader();
  let bytes = new Uint8Array(0);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const joined = new Uint8Array(bytes.length + value.length);
    joined.set(bytes);
    joined.set(value, bytes.length);
    bytes = joined;
    let last = null;
    for (;;) {
      const start = endOfHead(bytes.subarray(0, 1024));
      if (start < 0) break;
      const head = new TextDecoder().decode(bytes.subarray(0, start));
      const size = Number(/^content-length: *(\d+)/im.exec(head)?.[1]);
      const number = Number(/^x-frame: *(\d+)/im.exec(head)?.[1]);
      if (!(size > 0)) throw new Error('not the stream that this page knows');
      if (bytes.length < start + size) break;
      last = { jpeg: bytes.slice(start, start + size), number };
      bytes = bytes.slice(start + size);
    }
    // If several have come, the last one is the picture of now.
    if (last) {
      picturesLive = true;
      await show(last.jpeg, last.number);
    }
  }
}

async function keepReading(signal) {
  while (!signal.aborted) {
    try {
      await readPictures(signal);
    } catch {
      // The server's state is told by the events.
    }
    picturesLive = false;
    if (!signal.aborted) {
      forget();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

// A browser has six connections to a server: a tab that nobody sees gives its two back.
function start() {
  if (document.hidden) {
    source?.close();
    source = null;
    stopPictures?.abort();
    stopPictures = null;
  } else if (!source) {
    listen();
    stopPictures = new AbortController();
    keepReading(stopPictures.signal);
  }
}

document.addEventListener('visibilitychange', start);
start();
