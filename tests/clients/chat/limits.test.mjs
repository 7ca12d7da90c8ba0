// Limits: what is too much is refused with its code, is counted by its reason, and harms nobody else.
import assert from 'node:assert/strict';
import net from 'node:net';
import { afterEach, test } from 'node:test';

import { ask, closeClients, freshId, heard, io, modes, openClient, openUser, record } from '../lib/clients.mjs';
import { Link } from '../lib/link.mjs';
import { delay, request, within } from '../lib/raw.mjs';
import { startServer } from '../lib/target.mjs';

afterEach(closeClients);

const transports = ['polling only', 'websocket only'];
const workerCounts = ['1', '4'];

/** The value of a counter, such as refused('memory'). */
async function metric(server, name) {
    const { body } = await request(`${server.health}/metrics`);
    const line = String(body).split('\n').find(text => text.startsWith(`${name} `));
    assert.ok(line, `no ${name}`);
    return Number(line.slice(name.length + 1));
}
const refused = reason => `concierge_connections_refused_total{reason="${reason}"}`;
const rejected = code => `concierge_events_rejected_total{code="${code}"}`;

async function until(what, isSo, ms) {
    await within((async () => { while (!await isSo()) await delay(20); })(), what, ms);
}

/** The error of a client that is not let in. */
async function openRefused(url, mode, options = {}) {
    const socket = io(url, { forceNew: true, reconnection: false, ...modes[mode], ...options });
    try {
        return await within(new Promise((resolve, reject) => {
            socket.once('connect', () => reject(new Error('was let in')));
            socket.once('connect_error', resolve);
        }), 'connect_error');
    } finally {
        socket.close();
    }
}

const handshake = 'socket.io/?EIO=4&transport=polling';

/** The two users talk. */
async function chat(one, other, otherId) {
    const arrived = heard(other, 'getMessage');
    assert.equal((await ask(one, 'sendMessage', { receiverId: otherId, data: { text: 'x' } })).status, 'delivered');
    await arrived;
}

/** A test of one limit in all ways: `body(server, mode)`. */
function limitTest(name, flags, body, ways = transports) {
    for (const workers of workerCounts) {
        for (const mode of ways) {
            test(`${name} (${mode}, ${workers} workers)`, async () => {
                const server = await startServer({ flags: ['--workers', workers, ...flags] });
                try {
                    await body(server, mode);
                } finally {
                    closeClients();
                    await server.stop();
                }
            });
        }
    }
}

limitTest('connections in total', ['--max-connections', '2'], async (server, mode) => {
    const ann = await openUser(server.url, 'ann', mode);
    const bob = await openUser(server.url, 'bob', mode);
    const error = await openRefused(server.url, mode);
    assert.ok(error);
    const raw = await request(`${server.url}/${handshake}`);
    assert.equal(raw.status, 503);
    assert.equal(JSON.parse(raw.body).code, 4);
    assert.match(JSON.parse(raw.body).message, /as many connections/);
    assert.ok(Number(raw.headers['retry-after']) > 0);
    assert.equal(await metric(server, refused('max_connections')), 2);
    const ready = await request(`${server.health}/ready`);
    assert.equal(ready.status, 503);
    assert.match(JSON.parse(ready.body).reason, /MAX_CONNECTIONS/);
    await chat(ann, bob, 'bob');
    bob.close();
    await until('a place', async () => (await request(`${server.health}/ready`)).status === 200);
    await chat(ann, await openUser(server.url, 'carol', mode), 'carol');
});

limitTest('connections of one address, behind a proxy', ['--max-connections-per-address', '1', '--trust-proxy', 'loopback'], async (server, mode) => {
    const from = address => ({ extraHeaders: { 'X-Forwarded-For': `6.6.6.6, ${address}` } });
    const ann = await openUser(server.url, 'ann', mode, from('203.0.113.1'));
    assert.ok(await openRefused(server.url, mode, from('203.0.113.1')));
    const raw = await request(`${server.url}/${handshake}`, { headers: { 'X-Forwarded-For': '203.0.113.1' } });
    assert.equal(raw.status, 429);
    assert.match(JSON.parse(raw.body).message, /from this address/);
    assert.ok(Number(raw.headers['retry-after']) > 0);
    assert.equal(await metric(server, refused('address_connections')), 2);
    const bob = await openUser(server.url, 'bob', mode, from('203.0.113.2'));
    await chat(ann, bob, 'bob');
    ann.close();
    await until('the place', async () => (await request(`${server.url}/${handshake}`, { headers: { 'X-Forwarded-For': '203.0.113.1' } })).status === 200);
});

limitTest('who is no proxy does not say who it is', ['--max-connections-per-address', '1', '--trust-proxy', '10.0.0.0/8'], async (server, mode) => {
    await openUser(server.url, 'ann', mode, { extraHeaders: { 'X-Forwarded-For': '203.0.113.1' } });
    assert.ok(await openRefused(server.url, mode, { extraHeaders: { 'X-Forwarded-For': '203.0.113.2' } }));
    assert.equal(await metric(server, refused('address_connections')), 1);
});

limitTest('new connections a second of one address', ['--connection-rate', '1', '--trust-proxy', 'loopback'], async (server, mode) => {
    const from = address => ({ extraHeaders: { 'X-Forwarded-For': address } });
    const ann = await openUser(server.url, 'ann', mode, from('203.0.113.9'));
    const statuses = [];
    for (let i = 0; i < 12; ++i) {
        const { status, headers } = await request(`${server.url}/${handshake}`, { headers: { 'X-Forwarded-For': '203.0.113.1' } });
        statuses.push(status);
        if (status === 429) assert.ok(Number(headers['retry-after']) >= 1);
    }
    assert.ok(statuses.filter(status => status === 200).length >= 10, `${statuses}`);
    assert.ok(statuses.includes(429), `${statuses}`);
    assert.ok(await metric(server, refused('address_rate')) >= 1);
    const bob = await openUser(server.url, 'bob', mode, from('203.0.113.2'));
    await chat(ann, bob, 'bob');
    // The stock client comes back by itself once its address may.
    const carol = await within(new Promise(resolve => {
        const socket = io(server.url, { forceNew: true, reconnectionDelay: 300, ...modes[mode], ...from('203.0.113.1') });
        socket.on('connect', () => resolve(socket));
    }), 'carol', 10_000);
    carol.close();
});

limitTest('connections of one user', ['--max-connections-per-user', '2'], async (server, mode) => {
    const bob = await openUser(server.url, 'bob', mode);
    await openUser(server.url, 'ann', mode);
    const second = await openUser(server.url, 'ann', mode);
    const third = await openClient(server.url, mode);
    const answer = await ask(third, 'newUser', 'ann');
    assert.equal(answer.error?.code, 'rate_limited');
    const told = heard(third, 'errorEvent', error => error.event === 'newUser');
    third.emit('newUser', 'ann');
    assert.equal((await told).code, 'rate_limited');
    assert.equal(await metric(server, refused('user_connections')), 2);
    assert.equal((await ask(second, 'newUser', 'ann')).ok, true); // once more on the same one is no further one
    await chat(bob, second, 'ann');
    second.close();
    await until('a place', async () => (await ask(third, 'newUser', 'ann')).ok);
});

limitTest('events a second', ['--event-rate', '10', '--event-burst', '20'], async (server, mode) => {
    const ann = await openUser(server.url, 'ann', mode);
    const bob = await openUser(server.url, 'bob', mode);
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(ann, 'getPresence', ['bob'])));
    const over = answers.filter(answer => answer.error?.code === 'rate_limited').length;
    assert.ok(answers.filter(answer => answer.ok).length >= 19, JSON.stringify(answers));
    assert.ok(over >= 10, `${over} refused`);
    const told = heard(ann, 'errorEvent', error => error.code === 'rate_limited');
    for (let i = 0; i < 30; ++i) ann.emit('typing', { receiverId: 'bob', isTyping: true });
    assert.equal((await told).event, 'typing');
    assert.ok(await metric(server, rejected('rate_limited')) >= over);
    await ask(bob, 'sendMessage', { receiverId: 'bob', data: { text: 'mine' } });
    await until('tokens', async () => (await ask(ann, 'sendMessage', { receiverId: 'bob', data: { text: 'again' } })).ok);
    assert.ok(ann.connected);
});

limitTest('bytes a second: later, but all of it and in order', ['--byte-rate', '1MB', '--max-payload', '100000'], async (server, mode) => {
    const ann = await openUser(server.url, 'ann', mode);
    const bob = await openUser(server.url, 'bob', mode);
    const carol = await openUser(server.url, 'carol', mode);
    const seen = [];
    bob.on('getMessage', message => seen.push(message.metadata?.n));
    const began = Date.now();
    const answers = [];
    for (let n = 0; n < 50; ++n) // 4 MB: two at once, two more in two seconds
        answers.push(ask(ann, 'sendMessage', { receiverId: 'bob', data: { text: 'x', metadata: { n, pad: 'p'.repeat(80_000) } } }));
    await chat(carol, bob, 'bob').catch(() => {}); // bob's count of metadata is not for her
    for (const answer of await within(Promise.all(answers), 'answers', 20_000)) assert.equal(answer.ok, true);
    assert.ok(Date.now() - began >= 1_500, `${Date.now() - began} ms`);
    assert.ok(await metric(server, 'concierge_read_pauses_total') > 0);
    assert.deepEqual(seen.filter(n => n !== undefined), Array.from({ length: 50 }, (_, n) => n));
    assert.ok(ann.connected);
});

limitTest('a session without CONNECT', ['--connect-timeout', '300ms'], async (server, mode) => {
    const ann = await openUser(server.url, 'ann', mode);
    const { hostname, port } = new URL(server.url);
    const raw = await request(`${server.url}/${handshake}`);
    const { sid } = JSON.parse(String(raw.body).slice(1));
    const poll = await request(`${server.url}/${handshake}&sid=${sid}`);
    assert.equal(String(poll.body), '1');
    const silent = net.connect(Number(port), hostname);
    silent.on('error', () => {});
    const closed = new Promise(resolve => silent.on('close', resolve));
    silent.resume().write(`GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`);
    await until('two', async () => await metric(server, refused('connect_timeout')) === 2);
    silent.destroy();
    await closed;
    assert.ok(ann.connected);
}, ['default']);

limitTest('a socket without newUser', ['--register-timeout', '400ms'], async (server, mode) => {
    const ann = await openUser(server.url, 'ann', mode);
    const endings = record(ann, 'disconnect');
    const stranger = await openClient(server.url, mode);
    const told = heard(stranger, 'errorEvent');
    const reason = await within(new Promise(resolve => stranger.on('disconnect', resolve)), 'disconnect');
    assert.equal(reason, 'io server disconnect'); // the stock client does not come back by itself
    assert.deepEqual([(await told).event, (await told).code], ['newUser', 'not_registered']);
    assert.equal(await metric(server, refused('register_timeout')), 1);
    await delay(600);
    assert.deepEqual(endings, []);
    await chat(ann, await openUser(server.url, 'bob', mode), 'bob');
});

limitTest('chats of one user', ['--max-rooms-per-user', '2'], async (server, mode) => {
    const ann = await openUser(server.url, freshId('ann'), mode);
    const bob = await openUser(server.url, freshId('bob'), mode);
    for (const chatId of ['a', 'b']) assert.equal((await ask(ann, 'joinChat', { chatId })).ok, true);
    const answer = await ask(ann, 'joinChat', { chatId: 'c' });
    assert.equal(answer.error?.code, 'forbidden');
    assert.match(answer.error.message, /2 chats/);
    assert.equal((await ask(ann, 'joinChat', { chatId: 'a' })).ok, true);
    assert.equal((await ask(bob, 'joinChat', { chatId: 'c' })).ok, true);
    assert.equal((await ask(ann, 'leaveChat', { chatId: 'a' })).ok, true);
    assert.equal((await ask(ann, 'joinChat', { chatId: 'c' })).ok, true);
    assert.equal(await metric(server, rejected('forbidden')), 1);
});

limitTest('memory over its watermark', ['--memory-watermark', '1MB'], async (server, mode) => {
    assert.ok(await openRefused(server.url, mode));
    const raw = await request(`${server.url}/${handshake}`);
    assert.equal(raw.status, 503);
    assert.match(JSON.parse(raw.body).message, /memory/);
    assert.ok(Number(raw.headers['retry-after']) > 0);
    assert.equal(await metric(server, refused('memory')), 2);
    assert.equal(await metric(server, 'concierge_accepting_connections'), 0);
    const ready = await request(`${server.health}/ready`);
    assert.deepEqual([ready.status, /MEMORY_WATERMARK/.test(ready.body)], [503, true]);
    assert.equal(JSON.parse((await request(`${server.health}/health`)).body).status, 'degraded');
    assert.match(server.handle.stderr, /MEMORY_WATERMARK: \d+ bytes/);
});

limitTest('a consumer that does not read is closed, and has everything when it comes back', ['--outbox-max-bytes', '100KB', '--max-payload', '100000'], async (server, mode) => {
    const link = await new Link(Number(new URL(server.url).port)).open();
    try {
        const ann = await openUser(server.url, 'ann', mode);
        const carol = await openUser(server.url, 'carol', mode);
        const bob = await openUser(link.url, 'bob', mode);
        const seen = [];
        bob.on('getMessage', message => seen.push(message.metadata.n));
        bob.on('connect', () => bob.emit('newUser', 'bob'));
        const send = n => ask(ann, 'sendMessage', { receiverId: 'bob', data: { text: 'x', metadata: { n, pad: 'p'.repeat(50_000) } } });
        await send(0);
        for (const { far } of link.pairs) far.pause(); // its network takes nothing more
        const answers = await Promise.all(Array.from({ length: 300 }, (_, n) => send(n + 1)));
        assert.ok(answers.every(answer => answer.ok));
        await until('a slow consumer', async () => await metric(server, 'concierge_connections_slow_total') >= 1);
        await chat(ann, carol, 'carol');
        link.cut();
        await until('all of it', () => seen.length >= 301, 20_000);
        assert.deepEqual(seen, Array.from({ length: 301 }, (_, n) => n));
        assert.equal(await metric(server, 'concierge_connections_slow_total'), 1);
        assert.equal((await send(301)).status, 'delivered');
    } finally {
        link.close();
    }
});

test('a page that CLIENT_URL does not name is counted over polling too, and native clients are served', async () => {
    const server = await startServer({ flags: ['--client-url', 'https://app.example.com'] });
    try {
        const answer = await request(`${server.url}/${handshake}`, { headers: { Origin: 'https://evil.example.com' } });
        assert.equal(answer.status, 200);
        assert.equal(answer.headers['access-control-allow-origin'], undefined);
        assert.equal(await metric(server, refused('foreign_origin')), 1);
        assert.equal((await request(`${server.url}/${handshake}`, { headers: { Origin: 'https://app.example.com' } })).status, 200);
        assert.equal((await request(`${server.url}/${handshake}`)).status, 200);
        assert.equal(await metric(server, refused('foreign_origin')), 1);
    } finally {
        await server.stop();
    }
});
