// SPDX-License-Identifier: MIT
// page_test.mjs URL [RESET]: what a browser shows of the page at URL, which the
// program fake-pipeline serves; /mnt/commands is that one's input. With RESET it is
// hailo-detect with its synthetic source on a board, which a connection to the
// port RESET resets.
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { chromium } from '/opt/web/node_modules/playwright-core/index.mjs';

const url = process.argv[2];
const PATIENCE = 60000; // ms; the machine may be busy

const tell = (command) => writeFileSync('/mnt/commands', `${command}\n`, { flag: 'a' });

// As tests/unit/support/scene.h draws them, in a picture of 640x480.
const SHAPES = {
  circle: { left: 80, top: 120, right: 240, bottom: 240, score: 90 },
  square: { left: 400, top: 240, right: 560, bottom: 420, score: 50 },
};

function check(good, what) {
  if (!good) throw new Error(what);
}

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--disable-dev-shm-usage'],
});

// A browser of its own, as far as the page can tell.
async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.complaints = [];
  page.requests = [];
  page.on('console', (message) => {
    if (message.type() === 'error') page.complaints.push(message.text());
  });
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('request', (request) => page.requests.push(request.url()));
  await page.goto(url);
  await live(page);
  return page;
}

const live = (page) => page.waitForFunction(() => shownFrame > 0 && events.has(shownFrame)
  && document.querySelectorAll('.state.ready').length === 3);
const found = (page, count) => page.waitForFunction(
  (wanted) => document.getElementById('count').textContent === String(wanted), count);

// Of the canvas "picture" or "boxes": red, green, blue, opacity.
const pixel = (page, canvas, x, y) => page.evaluate(([id, left, top]) => [
  ...document.getElementById(id).getContext('2d').getImageData(left, top, 1, 1).data], [canvas, x, y]);

const colourOf = (page, label) => page.evaluate((name) => {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colours.get(name).slice(at, at + 2), 16));
  return [red, green, blue];
}, label);

const near = (one, other, tolerance) => one.every((value, i) => Math.abs(value - other[i]) <= tolerance);

// Whether the four edges of its box are drawn where the shape is in the picture.
async function checkBox(page, label) {
  const { left, top, right, bottom } = SHAPES[label];
  const x = (left + right) / 2;
  const y = (top + bottom) / 2;
  const colour = await colourOf(page, label);
  for (const [edgeX, edgeY] of [[left, y], [right - 1, y], [x, bottom - 1], [x, top]]) {
    const seen = await pixel(page, 'boxes', edgeX, edgeY);
    check(seen[3] > 200 && near(seen.slice(0, 3), colour, 12), `${label}: no box at ${edgeX},${edgeY}: ${seen}`);
  }
  check((await pixel(page, 'boxes', x, y))[3] === 0, `${label}: the box is filled`);
  check(near((await pixel(page, 'picture', x, y)).slice(0, 3), [255, 255, 255], 12), `${label}: no shape there`);
  for (const [outX, outY] of [[left - 12, y], [right + 12, y], [x, bottom + 12]]) {
    check((await pixel(page, 'boxes', outX, outY))[3] === 0, `${label}: something at ${outX},${outY}`);
    check(near((await pixel(page, 'picture', outX, outY)).slice(0, 3), [64, 64, 64], 12), `${label}: too large`);
  }
}

const noBox = async (page, label) => {
  const { left, top, bottom } = SHAPES[label];
  check((await pixel(page, 'boxes', left, (top + bottom) / 2))[3] === 0, `${label}: still has a box`);
};

const widths = (page) => page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);

async function metric(name) {
  const text = await (await fetch(`${url}metrics`)).text();
  return Number(text.split('\n').find((line) => line.startsWith(`${name} `)).split(' ').pop());
}

const tests = {
  async 'boxes are over the shapes'() {
    const page = await open();
    await found(page, 2);
    await checkBox(page, 'circle');
    await checkBox(page, 'square');
    check(await page.textContent('#found') === 'circle 90%square 50%', await page.textContent('#found'));
    // Both canvases lie over each other.
    const boxes = await page.locator('#boxes').boundingBox();
    const picture = await page.locator('#picture').boundingBox();
    for (const side of ['x', 'y', 'width', 'height'])
      check(Math.abs(boxes[side] - picture[side]) < 0.5, `${side}: ${boxes[side]}, ${picture[side]}`);
    await page.screenshot({ path: '/mnt/page.png' });
    tell('empty');
    await found(page, 0);
    await noBox(page, 'circle');
    tell('shapes');
    await found(page, 2);
  },

  async 'figures and versions'() {
    const page = await open();
    const expected = { temperature: '48.3 °C', network: 'shapes 320x320', engine: 'native',
      board: 'HAILO8L 0000:01:00.0', driver: '0.1.0', firmware: '4.20.0', rate: '29.5', dropped: '2',
      'stage-decode': '1.5 ms', 'stage-prepare': '0.5 ms', 'stage-inference': '8.0 ms', 'stage-total': '12.0 ms' };
    for (const [id, text] of Object.entries(expected))
      check(await page.textContent(`#${id}`) === text, `${id}: ${await page.textContent(`#${id}`)}`);
  },

  async 'threshold'() {
    const page = await open();
    await page.fill('#threshold', '60');
    await found(page, 1);
    await checkBox(page, 'circle');
    await noBox(page, 'square');
    check(await page.textContent('#least') === '60%', 'the slider does not tell');
    await page.reload();
    await live(page);
    await found(page, 1);
    await page.fill('#threshold', '50');
    await found(page, 2);
  },

  async 'filters'() {
    const page = await open();
    await page.click('#classes button:text-is("circle")');
    await found(page, 1);
    await noBox(page, 'circle');
    await checkBox(page, 'square');
    await page.reload();
    await live(page);
    await found(page, 1);
    check(await page.getAttribute('#classes button:text-is("circle")', 'aria-pressed') === 'false', 'forgotten');
    await page.click('#none');
    await found(page, 0);
    await page.click('#all');
    await found(page, 2);
    await checkBox(page, 'circle');
  },

  async 'what others have stored'() {
    const page = await open();
    await page.evaluate(() => {
      localStorage.setItem('hidden', '7');
      localStorage.setItem('threshold', '{"a":1}');
    });
    await page.reload();
    await live(page);
    await found(page, 2);
    check(page.complaints.length === 0, page.complaints.join('; '));
  },

  async 'a camera and a class that are called like a page'() {
    const page = await open();
    const name = '<img src="x" onerror="window.foreign = true"><b>name</b>';
    tell(`label ${name}`);
    await page.waitForFunction((label) => document.getElementById('found').textContent.startsWith(label), name);
    check((await page.locator('#classes button').allTextContents()).includes(name), 'no filter of that name');
    tell(`camera ${name}`);
    await page.waitForFunction(() => !document.getElementById('notice').hidden);
    check(await page.textContent('#notice') === `Camera: ${name}`, await page.textContent('#notice'));
    check(await page.textContent('#camera span') === name, await page.textContent('#camera span'));
    check(await page.locator('img').count() === 0, 'it has become an element');
    for (const command of ['camera', 'label']) tell(command);
    await live(page);
    await page.waitForFunction(() => document.getElementById('found').textContent.startsWith('circle'));
    check(await page.evaluate(() => window.foreign) === undefined, 'it has run');
    check(page.complaints.length === 0, page.complaints.join('; '));
  },

  async 'two viewers'() {
    const pages = [await open(), await open()];
    await pages[0].click('#none');
    await found(pages[0], 0);
    await found(pages[1], 2);
    const before = [await metric('hailo_detect_jpegs_total{kind="plain"}'),
      await metric('hailo_detect_stage_seconds_count{stage="total"}')];
    const shown = await Promise.all(pages.map((page) => page.evaluate(() => shownFrame)));
    for (const [i, page] of pages.entries())
      await page.waitForFunction((from) => shownFrame > from + 20, shown[i]);
    const made = await metric('hailo_detect_jpegs_total{kind="plain"}') - before[0];
    const frames = await metric('hailo_detect_stage_seconds_count{stage="total"}') - before[1];
    check(made > 0 && made <= frames + 1, `${made} pictures encoded of ${frames} frames`);
    check(await metric('hailo_detect_jpegs_total{kind="boxes"}') === 0, 'boxes were burnt in for nobody');
  },

  async 'camera and chip'() {
    const page = await open();
    tell('camera /dev/video0 is gone; looking for it');
    await page.waitForFunction(() => !document.getElementById('notice').hidden);
    check(await page.textContent('#notice') === 'Camera: /dev/video0 is gone; looking for it', await page.textContent('#notice'));
    check(!await page.evaluate(() => document.getElementById('camera').classList.contains('ready')), 'shown as ready');
    tell('chip in reset');
    await page.waitForFunction(() => document.getElementById('notice').textContent.includes('Chip: in reset'));
    await page.screenshot({ path: '/mnt/waiting.png' });
    tell('chip');
    tell('camera');
    await live(page);
    await page.waitForFunction(() => document.getElementById('notice').hidden);
  },

  async 'reconnect after a restart'() {
    const page = await open();
    await page.waitForFunction(() => shownFrame > 40);
    tell('stop');
    await page.waitForFunction(() => document.getElementById('notice').textContent.startsWith('No connection'));
    check(await page.locator('.state.ready').count() === 0, 'something is said to be ready');
    await page.waitForTimeout(3000);
    tell('start');
    await live(page);
    await page.waitForFunction(() => document.getElementById('notice').hidden);
    await found(page, 2);
    await checkBox(page, 'circle');
    await checkBox(page, 'square');
    // And goes on.
    const now = await page.evaluate(() => shownFrame);
    await page.waitForFunction((from) => shownFrame > from + 10, now);
  },

  async 'narrow screen'() {
    for (const width of [320, 412]) {
      const page = await open({ viewport: { width, height: 640 }, hasTouch: true, isMobile: true });
      await found(page, 2);
      tell('camera a_reason_without_a_space_that_is_much_longer_than_any_telephone_is_wide_0123456789');
      await page.waitForFunction(() => !document.getElementById('notice').hidden);
      const [content, window] = await widths(page);
      check(content <= window && window === width, `${content} wide on a screen of ${width}, window ${window}`);
      const view = await page.locator('#picture').boundingBox();
      check(view.x >= 0 && view.x + view.width <= width + 0.5, `the picture is ${view.width} wide`);
      tell('camera');
      await live(page);
      await page.screenshot({ path: `/mnt/narrow-${width}.png`, fullPage: true });
      await page.context().close();
    }
  },

  async 'a hidden tab gives its connections back'() {
    const page = await open();
    const viewers = await metric('hailo_detect_viewers{stream="plain"}');
    const hide = (hidden) => page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { value, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
    await hide(true);
    const end = Date.now() + PATIENCE;
    while (await metric('hailo_detect_viewers{stream="plain"}') !== viewers - 1)
      check(Date.now() < end, 'it still watches');
    await hide(false);
    const now = await page.evaluate(() => shownFrame);
    await page.waitForFunction((from) => shownFrame > from, now);
  },

  async 'nothing from elsewhere, nothing forbidden'() {
    const page = await open();
    await page.waitForFunction(() => shownFrame > 0);
    const elsewhere = page.requests.filter((request) => !request.startsWith(url) && !request.startsWith('data:'));
    check(elsewhere.length === 0, elsewhere.join(' '));
    check(page.complaints.length === 0, page.complaints.join('; '));
    // The policy holds: what is not the page's own script does not run.
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.foreign = true';
      document.body.append(script);
    });
    check(await page.evaluate(() => window.foreign) === undefined, 'a foreign script ran');
  },

  async 'the stream with boxes, as a picture'() {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${url}stream`, { waitUntil: 'commit' });
    await page.waitForFunction(() => document.images[0]?.naturalWidth === 640, null, { timeout: PATIENCE });
    await page.screenshot({ path: '/mnt/stream.png' });
    await context.close();
  },
};

// In one go: the next picture may come at any time. Of each box of the event that
// belongs to the picture the page shows, the colour where only that shape has it.
const coloursInBoxes = (page) => page.evaluate(() => {
  const { width, height } = document.getElementById('picture');
  const context = document.getElementById('picture').getContext('2d');
  return events.get(shownFrame).detections.map(({ label, box }) => {
    // A ring is its colour at its edge.
    const x = label === 'ring' ? box.x_min + (box.x_max - box.x_min) / 9 : (box.x_min + box.x_max) / 2;
    const y = (box.y_min + box.y_max) / 2;
    return [label, [...context.getImageData(x * width, y * height, 1, 1).data].slice(0, 3)];
  });
});

// Ten boxes of each shape are over it.
async function rightBoxes(page) {
  // As tools/detect/capture/synthetic.cpp draws them.
  const expected = { circle: [214, 60, 52], square: [52, 92, 204], ring: [240, 214, 70] };
  const right = { circle: 0, square: 0, ring: 0 };
  const wrong = { circle: 0, square: 0, ring: 0 };
  // They move, one may hide another for seconds, and what is half hidden may be
  // taken for a shape that there is not.
  const end = Date.now() + PATIENCE;
  while (Math.min(...Object.values(right)) < 10) {
    check(Date.now() < end, `right ${JSON.stringify(right)}, wrong ${JSON.stringify(wrong)}`);
    const before = await page.evaluate(() => shownFrame);
    await page.waitForFunction((from) => shownFrame > from && events.has(shownFrame), before);
    for (const [label, colour] of await coloursInBoxes(page))
      if (label in expected) (near(colour, expected[label], 40) ? right : wrong)[label] += 1;
  }
  for (const label of Object.keys(right))
    check(wrong[label] <= right[label] / 4, `right ${JSON.stringify(right)}, wrong ${JSON.stringify(wrong)}`);
}

const boardTests = {
  async 'boxes are over the shapes, with a board'() {
    const page = await open();
    await rightBoxes(page);
    await page.waitForFunction(() => document.getElementById('count').textContent === '3');
    await page.screenshot({ path: '/mnt/board.png' });
    check(page.complaints.length === 0, page.complaints.join('; '));
  },

  async 'what it runs on'() {
    const page = await open();
    const expected = { network: 'shapes 320x320', engine: 'native', board: 'HAILO8L 0000:01:00.0',
      driver: '4.20.0', firmware: '4.20.0' };
    for (const [id, text] of Object.entries(expected))
      check(await page.textContent(`#${id}`) === text, `${id}: ${await page.textContent(`#${id}`)}`);
  },

  async 'reconnect after a reset of the board'() {
    const page = await open();
    connect(Number(process.argv[3]), '127.0.0.1').end();
    // The reset finds no firmware at first.
    await page.waitForFunction(() => document.getElementById('notice').textContent.includes('Chip: '));
    check(await page.locator('#chip.ready').count() === 0, 'the chip is said to be ready');
    const lost = await page.evaluate(() => shownFrame);
    await live(page);
    await page.waitForFunction(() => document.getElementById('notice').hidden);
    await page.waitForFunction((from) => shownFrame > from + 20, lost);
    await rightBoxes(page);
  },
};

let failed = 0;
const chosen = process.argv[3] ? boardTests : tests;
for (const [name, test] of Object.entries(chosen)) {
  const start = Date.now();
  try {
    await test();
    console.log(`PASS web ${name} (${Math.round((Date.now() - start) / 1000)} s)`);
  } catch (error) {
    failed += 1;
    console.log(error.stack);
    console.log(`FAIL web ${name}: again with tests/web/run`);
    if (chosen === tests) for (const command of ['shapes', 'label', 'camera', 'chip']) tell(command);
  }
  for (const context of browser.contexts()) await context.close();
}
await browser.close();
console.log(`${Object.keys(chosen).length - failed} passed, ${failed} failed, 0 skipped`);
process.exit(failed === 0 ? 0 : 1);
