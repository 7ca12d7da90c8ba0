// Chromium cuts a text above some 128 KiB into frames at any byte, the midst of a character too.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { chromium } from 'playwright-core';

import { temporaryFolder } from '../lib/children.mjs';
import { startFixture } from '../lib/target.mjs';

const executablePath = process.env.CHROME_PATH ?? '/usr/bin/chromium';
const skip = existsSync(executablePath) ? false : `no browser at ${executablePath}; CHROME_PATH names another`;
const clientBundle = join(dirname(createRequire(import.meta.url).resolve('socket.io-client/package.json')), 'dist', 'socket.io.js');
const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];
const waitMs = 20_000;

describe('large texts of a browser', { skip }, () => {
    let fixture;
    let browser;
    before(async () => {
        fixture = await startFixture();
        browser = await chromium.launch({ executablePath, args, env: { ...process.env, HOME: temporaryFolder() }, timeout: 60_000 });
    });
    after(async () => {
        await browser?.close();
        await fixture?.stop();
    });

    // One, two or three bytes ahead: wherever the border is, one of them has it within a character.
    for (const prefix of ['', 'a', 'ab']) {
        test(`60,000 × € behind "${prefix}" come back whole`, async () => {
            const tab = await browser.newPage();
            await tab.addScriptTag({ path: clientBundle });
            const answer = await tab.evaluate(([url, start, ms]) => new Promise(resolve => {
                const text = start + '€'.repeat(60_000);
                const socket = globalThis.io(url, { transports: ['websocket'], reconnection: false });
                setTimeout(() => resolve('nothing came back'), ms);
                socket.on('connect', () => socket.emit('message', { metadata: text }));
                socket.on('message-back', back => resolve(back.metadata === text ? 'whole' : 'not whole'));
                for (const event of ['disconnect', 'connect_error']) socket.on(event, reason => resolve(`${event}: ${reason}`));
            }), [fixture.url, prefix, waitMs]);
            assert.equal(answer, 'whole');
            await tab.close();
        });
    }
});
