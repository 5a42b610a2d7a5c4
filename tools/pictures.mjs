// `npm run pictures`: the pictures of the README, taken from the demo shop in headless Chromium.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'parley-pictures-'));
const images = join(root, 'docs', 'images');
const KEY = 'key-of-the-pictures';
const PORT = '28931';
const URL = `http://127.0.0.1:${PORT}`;
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
];
const executablePath = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));

const parley = spawn(process.execPath, [join(root, 'dist/apps/parley/main.js')], {
  env: {
    ...process.env,
    PARLEY_DATA_DIR: folder,
    PARLEY_PORT: PORT,
    PARLEY_API_KEY: KEY,
    PARLEY_DEMO: '1',
    PARLEY_MERCHANT_LANGUAGE: 'zh-CN',
    PARLEY_LOG_LEVEL: 'warn',
  },
  stdio: ['ignore', 'pipe', 'pipe'],
});

function untilSeeded() {
  return new Promise((resolve, reject) => {
    let text = '';
    const onData = (chunk) => {
      text += chunk;
      if (/Demo shop.*conversations/.test(text)) resolve();
    };
    parley.stdout.on('data', onData);
    parley.stderr.on('data', onData);
    parley.once('exit', () => reject(new Error(text)));
  });
}

async function shoot(name, { locale, dark = false, width = 1280, height = 800, path = `/#key=${KEY}`, steps }) {
  const browser = await chromium.launch({ executablePath, args: flags });
  const page = await browser.newPage({
    locale,
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    deviceScaleFactor: 1.25,
  });
  await page.goto(URL + path);
  await steps(page);
  await page.waitForTimeout(600);
  await page.screenshot({ path: join(images, `${name}.png`) });
  await browser.close();
}

const openMarketplace = async (page) => {
  await page.locator('nav button').nth(4).click();
  await page.locator('section li', { hasText: 'Camila' }).locator('button').click();
  await page.locator('article').nth(2).waitFor();
};

try {
  await untilSeeded();
  mkdirSync(images, { recursive: true });
  await shoot('inbox', { locale: 'en-US', steps: openMarketplace });
  await shoot('inbox-zh', { locale: 'zh-CN', steps: openMarketplace });
  await shoot('inbox-dark', { locale: 'zh-CN', dark: true, steps: openMarketplace });
  process.stdout.write(`Pictures are in ${images}\n`);
} finally {
  parley.kill('SIGTERM');
  await new Promise((resolve) => parley.once('exit', resolve));
  rmSync(folder, { recursive: true, force: true });
}
