// The seed's React front end in a real browser, from another origin, with the client's browser bundle.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import { chromium } from 'playwright-core';

import { temporaryFolder } from '../lib/children.mjs';
import { delay } from '../lib/raw.mjs';
import { startServer } from '../lib/target.mjs';

const executablePath = process.env.CHROME_PATH ?? '/usr/bin/chromium';
const skip = existsSync(executablePath) ? false : `no browser at ${executablePath}; CHROME_PATH names another`;
const here = dirname(fileURLToPath(import.meta.url));
const clientBundle = join(dirname(createRequire(import.meta.url).resolve('socket.io-client/package.json')), 'dist', 'socket.io.js');
const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];
const waitMs = 20_000;

async function bundle(socketUrl) {
    const result = await build({
        entryPoints: [join(here, 'page', 'app.jsx')],
        bundle: true,
        write: false,
        jsx: 'automatic',
        logLevel: 'silent',
        alias: { 'socket.io-client': join(here, 'page', 'socket-io-client.js') },
        define: { 'process.env.NODE_ENV': '"production"', 'process.env.VITE_SOCKET_URL': JSON.stringify(socketUrl) },
    });
    return result.outputFiles[0].text;
}

/** A web server for the page; its port alone makes it another origin. */
async function servePage() {
    const files = new Map([
        ['/', ['text/html; charset=utf-8', readFileSync(join(here, 'page', 'index.html'))]],
        ['/socket.io.js', ['text/javascript', readFileSync(clientBundle)]],
        ['/favicon.ico', ['image/x-icon', '']],
    ]);
    const server = http.createServer((incoming, outgoing) => {
        const file = files.get(new URL(incoming.url, 'http://page').pathname);
        outgoing.writeHead(file ? 200 : 404, { 'content-type': file?.[0] ?? 'text/plain' }).end(file?.[1]);
    });
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
    return {
        port: server.address().port,
        setApp(text) { files.set('/app.js', ['text/javascript', text]); },
        close() { server.closeAllConnections(); server.close(); },
    };
}

describe('the seed\'s React front end in Chromium', { skip }, () => {
    let page;
    let stranger;
    let server;
    let browser;
    before(async () => {
        [page, stranger] = await Promise.all([servePage(), servePage()]);
        server = await startServer({ env: { CLIENT_URL: `http://localhost:${page.port}` }, flags: ['--presence-grace', '300ms'] });
        const app = await bundle(server.url);
        page.setApp(app);
        stranger.setApp(app);
        browser = await chromium.launch({ executablePath, args, env: { ...process.env, HOME: temporaryFolder() }, timeout: 60_000 });
    });
    after(async () => {
        await browser?.close();
        await server?.stop();
        for (const site of [page, stranger]) site?.close();
    });

    async function openPage(port, parameters) {
        const context = await browser.newContext();
        context.setDefaultTimeout(waitMs);
        const tab = await context.newPage();
        tab.errors = [];
        tab.on('pageerror', error => tab.errors.push(String(error)));
        const { options, ...rest } = parameters;
        const query = new URLSearchParams({ ...rest, ...options ? { options: JSON.stringify(options) } : {} });
        await tab.goto(`http://localhost:${port}/?${query}`);
        return tab;
    }

    const shows = (tab, selector, text) => tab.waitForFunction(
        ([where, what]) => document.querySelector(where)?.textContent === what, [selector, text], { timeout: waitMs });
    const lists = (tab, selector, items) => tab.waitForFunction(
        ([where, what]) => JSON.stringify([...document.querySelectorAll(`${where} li`)].map(item => item.textContent)) === what,
        [selector, JSON.stringify(items)], { timeout: waitMs });

    async function say(tab, text, key) {
        await tab.fill('input', text);
        if (key) await tab.press('input', key);
        else await tab.click('#send');
        assert.equal(await tab.inputValue('input'), '');
    }

    for (const [name, options, transport] of [
        ['default options', undefined, 'websocket'],
        ['withCredentials', { withCredentials: true }, 'websocket'],
        ['polling with credentials', { withCredentials: true, transports: ['polling'] }, 'polling'],
        ['websocket with credentials', { withCredentials: true, transports: ['websocket'] }, 'websocket'],
    ]) {
        test(`two pages chat: ${name}`, async () => {
            const alice = await openPage(page.port, { user: 'alice', receiver: 'bob', options });
            await shows(alice, '#state', 'connected');
            await shows(alice, '#transport', transport);
            await lists(alice, '#online', ['alice']);

            const bob = await openPage(page.port, { user: 'bob', receiver: 'alice', options });
            await shows(bob, '#transport', transport);
            for (const tab of [alice, bob]) await lists(tab, '#online', ['alice', 'bob']);

            await say(alice, 'Hello! I\'m interested in your property. 😀');
            await lists(bob, '#messages', ['alice: Hello! I\'m interested in your property. 😀']);
            await say(bob, 'Come and see it', 'Enter');
            await lists(alice, '#messages', ['bob: Come and see it']);

            await bob.click('#logout');
            await shows(bob, '#state', 'none');
            await lists(alice, '#online', ['alice']);
            await say(alice, 'Are you there?');

            await bob.reload();
            await lists(bob, '#messages', ['alice: Are you there?']);
            await lists(alice, '#online', ['alice', 'bob']);

            for (const tab of [alice, bob]) {
                assert.deepEqual(tab.errors, []);
                await tab.context().close();
            }
            await delay(600); // past PRESENCE_GRACE: the next pair starts alone
        });
    }

    for (const [name, options] of [['default options', undefined], ['websocket only', { transports: ['websocket'] }]]) {
        test(`a page of a third origin is refused: ${name}`, async () => {
            const tab = await openPage(stranger.port, { user: 'mallory', receiver: 'alice', options });
            await shows(tab, '#state', 'refused');
            const alice = await openPage(page.port, { user: 'alice', receiver: 'bob' });
            await lists(alice, '#online', ['alice']);
            for (const each of [tab, alice]) await each.context().close();
            await delay(600);
        });
    }
});
