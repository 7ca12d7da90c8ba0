// API_URL: every message that a sender was told ok for comes to the platform's own back end, in order, whatever happens to either.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { afterEach, test } from 'node:test';

import { ask, closeClients, freshId, openUser } from '../lib/clients.mjs';
import { assertSchema, openapi } from '../lib/openapi.mjs';
import { delay } from '../lib/raw.mjs';
import { startServer } from '../lib/target.mjs';

const key = 'k3y-of-the-platform-0123456789abcdef';
const websocket = 'websocket only';

/** A back end that takes posts. `answer(messages)` → a status, or a promise of one; it keeps what it answers 2xx. */
class BackEnd {
    constructor() {
        this.messages = []; // taken, in order
        this.batches = new Map(); // id → the messageIds that it had
        this.requests = 0;
        this.answer = () => 200;
        this.server = http.createServer((incoming, outgoing) => {
            const parts = [];
            incoming.on('data', part => parts.push(part));
            incoming.on('end', () => this.#take(incoming, Buffer.concat(parts), outgoing).catch(error => { this.fault ??= error; outgoing.destroy(); }));
        });
    }

    async #take(incoming, body, outgoing) {
        this.requests += 1;
        const [, seconds, hex] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(incoming.headers['x-concierge-signature']);
        assert.equal(hex, createHmac('sha256', key).update(`${seconds}.`).update(body).digest('hex'));
        assert.ok(Math.abs(Date.now() / 1000 - seconds) < 60);
        const batch = JSON.parse(body);
        assertSchema(openapi.components.schemas.Batch, batch);
        assert.equal(batch.batchId, incoming.headers['x-concierge-batch']);
        const ids = batch.messages.map(({ messageId }) => messageId).join();
        assert.equal(this.batches.get(batch.batchId) ?? ids, ids);
        this.batches.set(batch.batchId, ids);
        const status = await this.answer(batch.messages);
        if (status >= 200 && status < 300) this.messages.push(...batch.messages);
        outgoing.writeHead(status).end(status === 422 ? 'unknown chat' : '');
    }

    /** Listens, on the same port as before. */
    async listen() {
        await new Promise(resolve => this.server.listen(this.port ?? 0, '127.0.0.1', resolve));
        this.port = this.server.address().port;
        return this;
    }

    async down() {
        const closed = new Promise(resolve => this.server.close(resolve));
        this.server.closeAllConnections();
        await closed;
    }

    /** Until it has taken all of these ids. */
    async has(ids, ms = 60_000) {
        const until = Date.now() + ms;
        for (;;) {
            if (this.fault) throw this.fault;
            const got = new Set(this.messages.map(({ messageId }) => messageId));
            const missing = ids.filter(id => !got.has(id));
            if (missing.length === 0) return;
            if (Date.now() > until) assert.fail(`${missing.length} of ${ids.length} messages never came, the first ${missing[0]}`);
            await delay(20);
        }
    }
}

const start = (backEnd, { env, ...options } = {}) => startServer({ env: { API_URL: `http://127.0.0.1:${backEnd.port}/hook`, API_KEY: key, ...env }, ...options });
const outbox = async server => await (await fetch(`${server.health}/api/outbox`, { headers: { authorization: `Bearer ${key}` } })).json();

afterEach(closeClients);

test('direct and to a chat, delivered and stored, with attachments: once a message, as its receivers got it', async () => {
    const backEnd = await new BackEnd().listen();
    const server = await start(backEnd);
    const names = ['ann', 'bob', 'cid'].map(freshId);
    const [ann, bob, cid] = await Promise.all(names.map(name => openUser(server.url, name, websocket)));
    const flat = freshId('flat');
    for (const socket of [ann, bob, cid]) await ask(socket, 'joinChat', { chatId: flat });
    const sends = [
        { receiverId: names[1], data: { text: 'direct', metadata: { a: [1] } } },
        { receiverId: freshId('nobody'), data: { text: 'stored' } },
        { data: { text: 'to all', chatId: flat } },
        { receiverId: names[2], data: { text: 'bytes', metadata: { picture: Buffer.from([0, 1, 255]) } } },
    ];
    const answers = [];
    for (const send of sends) answers.push(await ask(ann, 'sendMessage', send));
    assert.deepEqual(answers.map(({ status }) => status), ['delivered', 'stored', 'delivered', 'delivered']);
    const refused = await ask(ann, 'sendMessage', { data: { text: 'x', chatId: freshId('no such chat') } });
    assert.equal(refused.ok, false);
    await backEnd.has(answers.map(({ messageId }) => messageId));
    assert.equal(backEnd.messages.length, 4);
    backEnd.messages.forEach((message, i) => {
        const { messageId, timestamp } = answers[i];
        assert.deepEqual([message.messageId, message.senderId, message.timestamp], [messageId, names[0], timestamp]);
        assert.deepEqual([message.receiverId, message.chatId], [sends[i].receiverId, sends[i].data.chatId]);
        assert.equal(message.data.text, sends[i].data.text);
        assert.equal(message.data.messageId, messageId);
    });
    assert.deepEqual(backEnd.messages[3].data.metadata, { picture: { _placeholder: true, num: 0 } });
    assert.deepEqual(backEnd.messages[3].attachments, [Buffer.from([0, 1, 255]).toString('base64')]);
    assert.equal((await outbox(server)).pending, 0);
    await server.stop();
    await backEnd.down();
});

test('the back end is down, then answers 500, then is slow, and the server is killed: nothing is lost, the order of each chat is kept', { timeout: 200_000 }, async () => {
    const backEnd = await new BackEnd().listen();
    await backEnd.down();
    let server = await start(backEnd, { env: { INBOX_MAX_PER_USER: '1000000' } });
    const { cwd } = server.handle;
    const chats = Array.from({ length: 5 }, (_, i) => `pair-${i}`);
    const acknowledged = []; // ids
    let last = 0;
    /** Each sender to one receiver who is there and one who is not, one message after the other, until stopped. */
    const talk = async () => {
        const stopped = { is: false };
        const talkers = chats.map(async chat => {
            const [sender, receiver] = [await openUser(server.url, `${chat}-a`, websocket, { reconnection: false }), await openUser(server.url, `${chat}-b`, websocket, { reconnection: false })];
            const open = new Set();
            const gone = new Promise(resolve => sender.once('disconnect', resolve));
            receiver.on('getMessage', () => {});
            while (!stopped.is && sender.connected) {
                const n = ++last;
                const messageId = `${chat}:${n}`;
                const receiverId = n % 2 ? `${chat}-b` : `${chat}-off`;
                const answer = new Promise(resolve => sender.emit('sendMessage', { receiverId, data: { text: `${n}`, messageId, chatId: chat } }, resolve)).then(({ ok }) => {
                    if (ok) acknowledged.push(messageId);
                    open.delete(answer);
                });
                open.add(answer);
                if (open.size >= 20) await Promise.race([...open, gone]);
            }
            await Promise.race([Promise.all(open), gone]);
        });
        return async () => { stopped.is = true; await Promise.all(talkers); closeClients(); };
    };
    const forAWhile = async ms => { const stop = await talk(); await delay(ms); await stop(); };

    await forAWhile(1_500); // it is down
    backEnd.answer = () => 500;
    await backEnd.listen();
    await forAWhile(1_500);
    assert.equal(backEnd.messages.length, 0);
    assert.ok((await outbox(server)).pending > 0);
    const memory = () => process.platform === 'linux' ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.handle.pid}/status`, 'utf8'))[1]) / 1024 : 0;

    const stop = await talk(); // killed in the midst of it
    backEnd.answer = async () => { await delay(50); return 200; };
    const until = Date.now() + 60_000;
    while (backEnd.messages.length < 50 && Date.now() < until) await delay(5);
    server.handle.child.kill('SIGKILL');
    await server.handle.exited;
    await stop();
    server = await start(backEnd, { cwd, env: { INBOX_MAX_PER_USER: '1000000' } });
    await forAWhile(1_000);
    await backEnd.has(acknowledged, 120_000);

    const first = new Map();
    backEnd.messages.forEach(({ messageId }, i) => { if (!first.has(messageId)) first.set(messageId, i); });
    for (const chat of chats) {
        const order = [...first.keys()].filter(id => id.startsWith(`${chat}:`)).map(id => Number(id.split(':')[1]));
        assert.deepEqual(order, [...order].sort((a, b) => a - b), `the order of ${chat}`);
    }
    const again = backEnd.messages.length - first.size;
    assert.ok(again <= 500, `${again} came more than once`); // the batch that was under way
    console.log(`# ${acknowledged.length} acknowledged, ${first.size} came, ${again} of them twice, in ${backEnd.requests} requests; ${Math.round(memory())} MiB`);
    await server.stop();
    await backEnd.down();
});

test('what waits is on disk and not in memory', { skip: process.platform !== 'linux' && 'needs /proc' }, async () => {
    const backEnd = await new BackEnd().listen();
    backEnd.answer = () => 500;
    const server = await start(backEnd, { env: { MAX_TEXT_LENGTH: '100000', BYTE_RATE: '0' } });
    const [ann, name] = [await openUser(server.url, freshId('ann'), websocket), freshId('bob')];
    await openUser(server.url, name, websocket);
    const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.handle.pid}/status`, 'utf8'))[1]) * 1024;
    const text = 'x'.repeat(50_000);
    const send = async count => {
        for (let i = 0; i < count; i += 20) {
            const answers = await Promise.all(Array.from({ length: 20 }, () => ask(ann, 'sendMessage', { receiverId: name, data: { text } })));
            assert.ok(answers.every(({ ok }) => ok), JSON.stringify(answers.find(({ ok }) => !ok)));
        }
    };
    await send(200);
    const before = rss();
    await send(2_000); // 100 MB
    const grown = rss() - before;
    assert.equal((await outbox(server)).pending, 2_200);
    assert.ok(grown < 40_000_000, `${grown} bytes more`);
    await server.stop();
    await backEnd.down();
});

test('a message that is refused is set aside, the others go on, and an operator has it posted again', async () => {
    const backEnd = await new BackEnd().listen();
    const server = await start(backEnd);
    const ann = await openUser(server.url, freshId('ann'), websocket);
    const send = async messageId => (await ask(ann, 'sendMessage', { receiverId: 'bob', data: { text: 'hi', messageId } })).ok;
    backEnd.answer = messages => messages.some(({ messageId }) => messageId === 'bad') ? 422 : 200;
    assert.ok(await send('first'));
    await backEnd.has(['first']);
    assert.deepEqual(await Promise.all(['m1', 'bad', 'm2'].map(send)), [true, true, true]);
    await backEnd.has(['m1', 'm2']);
    const state = await outbox(server);
    assert.deepEqual([state.setAside, state.messages[0].message.messageId, state.messages[0].reason], [1, 'bad', 'it answers 422: unknown chat']);
    assert.match(await (await fetch(`${server.health}/metrics`)).text(), /^concierge_webhook_set_aside 1$/m);
    assert.equal((await fetch(`${server.health}/ready`)).status, 200);
    backEnd.answer = () => 200;
    const retry = await fetch(`${server.health}/api/outbox/retry`, { method: 'POST', headers: { authorization: `Bearer ${key}` } });
    assert.deepEqual([retry.status, await retry.json()], [202, { messages: 1 }]);
    await backEnd.has(['bad']);
    await server.stop();
    await backEnd.down();
});

test('an outbox that is full refuses messages, and takes them again when there is room', async () => {
    const backEnd = await new BackEnd().listen();
    backEnd.answer = () => 503;
    const server = await start(backEnd, { env: { API_OUTBOX_MAX_BYTES: '100KB' } });
    const ann = await openUser(server.url, freshId('ann'), websocket);
    const ids = [];
    const send = async () => {
        const answer = await ask(ann, 'sendMessage', { receiverId: 'bob', data: { text: 'x'.repeat(900) } });
        if (answer.ok) ids.push(answer.messageId);
        return answer;
    };
    let answer;
    do answer = await send(); while (answer.ok);
    assert.equal(answer.error.code, 'unavailable');
    assert.match(answer.error.message, /the platform's back end has not taken messages/);
    assert.ok(ids.length > 50);
    backEnd.answer = () => 200;
    await backEnd.has(ids);
    assert.ok((await send()).ok);
    await server.stop();
    await backEnd.down();
});

test('without API_URL what waits for it stays, and is posted when it is set again', async () => {
    const backEnd = await new BackEnd().listen();
    backEnd.answer = () => 500;
    const first = await start(backEnd);
    const { messageId } = await ask(await openUser(first.url, freshId('ann'), websocket), 'sendMessage', { receiverId: 'bob', data: { text: 'hi' } });
    closeClients();
    await first.stop();
    const without = await startServer({ cwd: first.handle.cwd });
    assert.match(without.handle.stderr, /API_URL is not set, but 1 messages wait for it/);
    await without.stop();
    backEnd.answer = () => 200;
    const again = await start(backEnd, { cwd: first.handle.cwd });
    await backEnd.has([messageId]);
    await again.stop();
    await backEnd.down();
});
