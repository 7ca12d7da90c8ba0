// /api on the health port: what the platform's own back end asks.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import { temporaryFolder } from '../lib/children.mjs';
import { ask, closeClients, freshId, heard, openClient, openUser, record } from '../lib/clients.mjs';
import { assertSchema, openapi } from '../lib/openapi.mjs';
import { Polling, delay, request, within } from '../lib/raw.mjs';
import { startServer } from '../lib/target.mjs';

const key = 'k3y-of-the-platform-0123456789abcdef';
const bearer = { authorization: `Bearer ${key}` };
const env = { API_KEY: key, API_RATE: '0' };

/** → {status, headers, json} */
async function call(server, method, path, body, headers = bearer) {
    const response = await fetch(server.health + path, { method, headers, body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body) });
    const text = await response.text();
    let json;
    try { json = JSON.parse(text); } catch { assert.fail(`${method} ${path}: ${response.status} ${text}`); }
    return { status: response.status, headers: response.headers, json };
}
const publish = (server, body) => call(server, 'POST', '/api/publish', body);
const message = (text, more = {}) => ({ event: 'getMessage', args: [{ text, senderId: 'shop', ...more }] });

afterEach(closeClients);

describe('with the key', () => {
    let server;
    before(async () => { server = await startServer({ env }); });
    after(() => server.stop());

    test('getMessage is delivered to who is there, stored for who is not, and answered for each', async () => {
        const [bob, cid] = [freshId('bob'), freshId('cid')];
        const socket = await openUser(server.url, bob);
        const got = heard(socket, 'getMessage');
        const { status, json } = await publish(server, { users: [bob, cid], ...message('hello', { messageId: freshId('m') }) });
        assert.equal(status, 200);
        assert.equal(json.status, 'delivered');
        assert.deepEqual(new Set(json.receivers.map(({ userId, status: state }) => `${userId} ${state}`)), new Set([`${bob} delivered`, `${cid} stored`]));
        const { text, senderId, messageId, timestamp } = await got;
        assert.deepEqual({ text, senderId, messageId, timestamp }, { text: 'hello', senderId: 'shop', messageId: json.messageId, timestamp: json.timestamp });
        const late = await openClient(server.url);
        const waited = heard(late, 'getMessage');
        assert.equal((await ask(late, 'newUser', cid)).pending, 1);
        assert.equal((await waited).text, 'hello');
    });

    test('the same messageId again goes to nobody', async () => {
        const bob = freshId('bob');
        const body = { users: [bob], ...message('once', { messageId: freshId('m') }) };
        const socket = await openUser(server.url, bob);
        const got = record(socket, 'getMessage');
        const first = await publish(server, body);
        const again = await publish(server, body);
        assert.deepEqual(again.json, { ...first.json, duplicate: true, receivers: [] });
        assert.equal(got.length, 1);
    });

    test('what was stored survives kill -9', async () => {
        const own = await startServer({ env });
        const bob = freshId('bob');
        assert.equal((await publish(own, { users: [bob], ...message('kept') })).json.status, 'stored');
        own.handle.child.kill('SIGKILL');
        await own.handle.exited;
        const again = await startServer({ env, cwd: own.handle.cwd });
        const late = await openClient(again.url);
        const waited = heard(late, 'getMessage');
        await ask(late, 'newUser', bob);
        assert.equal((await waited).text, 'kept');
        await again.stop();
    });

    test('to a chat: its members hear it, with its chatId', async () => {
        const [bob, flat] = [freshId('bob'), freshId('flat')];
        const socket = await openUser(server.url, bob);
        await ask(socket, 'joinChat', { chatId: flat });
        const got = heard(socket, 'getMessage');
        const { json } = await publish(server, { chatId: flat, ...message('viewing at 5') });
        assert.deepEqual(json.receivers, [{ userId: bob, status: 'delivered' }]);
        assert.equal((await got).chatId, flat);
    });

    test('another event goes to live sockets alone: of users, a chat, one socket', async () => {
        const [bob, flat] = [freshId('bob'), freshId('flat')];
        const sockets = [await openUser(server.url, bob), await openUser(server.url, bob)];
        await ask(sockets[0], 'joinChat', { chatId: flat });
        const notes = sockets.map(socket => record(socket, 'note'));
        assert.deepEqual((await publish(server, { users: [bob, freshId('nobody')], event: 'note', args: [1, { a: [null] }] })).json, { sockets: 2 });
        assert.deepEqual((await publish(server, { chatId: flat, event: 'note', args: [2] })).json, { sockets: 2 });
        assert.deepEqual((await publish(server, { socketId: sockets[1].id, event: 'note' })).json, { sockets: 1 });
        assert.deepEqual((await publish(server, { socketId: 'gone', event: 'note' })).json, { sockets: 0 });
        await Promise.all(sockets.map(socket => ask(socket, 'getPresence', [])));
        assert.deepEqual(notes.map(list => list.length), [2, 3]);
    });

    test('presence of one and of several', async () => {
        const bob = freshId('b/ö b');
        await openUser(server.url, bob);
        const one = await call(server, 'GET', `/api/presence/${encodeURIComponent(bob)}`);
        assert.deepEqual([one.json.userId, one.json.status], [bob, 'online']);
        const { json } = await call(server, 'GET', `/api/presence?users=nobody,${encodeURIComponent(bob)}`);
        assert.deepEqual(json.users.map(({ userId, status, lastSeen }) => [userId, status, lastSeen === null]), [['nobody', 'offline', true], [bob, 'online', false]]);
    });

    test('disconnect: each socket hears why, does not come back, and cannot be recovered', async () => {
        const bob = freshId('bob');
        const sockets = [await openUser(server.url, bob), await openUser(server.url, bob)];
        const reasons = sockets.map(socket => heard(socket, 'errorEvent'));
        const ends = sockets.map(socket => within(new Promise(resolve => socket.once('disconnect', resolve)), 'the end'));
        assert.deepEqual((await call(server, 'POST', '/api/disconnect', { userId: bob, reason: 'your account is closed' })).json, { disconnected: 2 });
        assert.deepEqual(await reasons[0], { event: 'disconnect', code: 'forbidden', message: 'your account is closed' });
        assert.deepEqual(await Promise.all(ends), ['io server disconnect', 'io server disconnect']);
        assert.deepEqual((await call(server, 'POST', '/api/disconnect', { userId: bob })).json, { disconnected: 0 });
        const other = await openUser(server.url, bob);
        assert.deepEqual((await call(server, 'POST', '/api/disconnect', { socketId: other.id })).json, { disconnected: 1 });

        const lost = await openUser(server.url, bob);
        await ask(lost, 'getPresence', []);
        lost.io.engine.close(); // it would come back for what it missed
        await call(server, 'POST', '/api/disconnect', { userId: bob });
        await within(new Promise(resolve => lost.once('connect', resolve)), 'connect');
        assert.equal(lost.recovered, false);
    });

    const users = ['bob'];
    for (const [name, body, pattern] of [
        ['no JSON', '{"users":["bob"],', /syntax/],
        ['no object', '[]', /the body must be a JSON object, but is an array/],
        ['nothing', undefined, /must be a JSON object/],
        ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), /UTF-8/],
        ['depth', `${'['.repeat(100)}${']'.repeat(100)}`, /nests more than 64/],
        ['nobody', { event: 'note' }, /exactly one of users, chatId and socketId/],
        ['two kinds', { users, chatId: 'flat', event: 'note' }, /exactly one/],
        ['no users', { users: [], event: 'note' }, /1 to 1000 users/],
        ['too many users', { users: Array.from({ length: 1_001 }, (_, i) => `u${i}`), event: 'note' }, /1 to 1000 users, but names 1001/],
        ['a user that is an object', { users: [{}], event: 'note' }, /each of users must be .* but is an object/],
        ['no event', { users }, /event must be the name of an event, but is missing/],
        ['an event of its own', { users, event: 'disconnect' }, /Socket.IO keeps to itself/],
        ['args that are no array', { users, event: 'note', args: {} }, /args must be an array/],
        ['a field of another spelling', { users, event: 'note', arg: [] }, /there is no field "arg" here/],
        ['a field that comes twice', '{"users":["bob"],"event":"a","event":"b"}', /event must be given once/],
        ['getMessage to a socket', { socketId: 'x', ...message('hi') }, /for users or a chat/],
        ['getMessage without a sender', { users, event: 'getMessage', args: [{ text: 'hi' }] }, /data\.senderId must say/],
        ['getMessage without a text', { users, event: 'getMessage', args: [{ senderId: 'shop' }] }, /data\.text must be a non-empty string/],
        ['getMessage with two arguments', { users, event: 'getMessage', args: [{}, {}] }, /array of one object/],
        ['receipts of a note', { users, event: 'note', receipts: false }, /for getMessage alone/],
        ['another chat in the data', { chatId: 'flat', ...message('hi', { chatId: 'house' }) }, /data\.chatId must be chatId/],
    ]) {
        test(`publish, ${name}: 400 says what is wrong`, async () => {
            const response = await fetch(`${server.health}/api/publish`, { method: 'POST', headers: bearer, body: typeof body === 'string' || Buffer.isBuffer(body) || body === undefined ? body : JSON.stringify(body) });
            const { error } = await response.json();
            assert.deepEqual([response.status, error.code], [400, 'invalid_request']);
            assert.match(error.message, pattern);
        });
    }

    test('a thousand publishes at once are all taken, and arrive', async () => {
        const bob = freshId('bob');
        const socket = await openUser(server.url, bob);
        const got = record(socket, 'getMessage');
        const answers = await Promise.all(Array.from({ length: 1_000 }, (_, i) => publish(server, { users: [bob], ...message(`${i}`) })));
        assert.deepEqual(answers.filter(({ status, json }) => status !== 200 || !['delivered', 'stored'].includes(json.status)), []);
        assert.equal(new Set(got.map(({ text }) => text)).size, 1_000);
        assert.equal(got.length, 1_000);
    });

    test('a huge body is refused by its head, and one of unknown length too', async () => {
        const huge = await request(`${server.health}/api/publish`, { method: 'POST', headers: { ...bearer, 'content-length': '900000000' }, body: '{' });
        assert.equal(huge.status, 413);
        assertSchema(openapi.components.schemas.Error, JSON.parse(huge.text));
        const chunked = await request(`${server.health}/api/publish`, { method: 'POST', headers: { ...bearer, 'transfer-encoding': 'chunked' }, body: '{}' });
        assert.equal(chunked.status, 411);
        const probe = await request(`${server.health}/health`, { method: 'POST', headers: { 'content-length': '900000' }, body: '{' });
        assert.equal(probe.status, 413);
    });
});

test('keys of a file are taken anew, and both are good meanwhile', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'keys'), `${key}\n`);
    const server = await startServer({ env: { API_KEY_FILE: 'keys', API_RATE: '0' }, cwd });
    const status = async secret => (await call(server, 'GET', '/api/presence/x', undefined, { authorization: `bearer ${secret}` })).status;
    assert.deepEqual([await status(key), await status(`new-${key}`)], [200, 403]);
    writeFileSync(join(cwd, 'keys'), `${key}\nnew-${key}\n`);
    const until = Date.now() + 20_000;
    while (await status(`new-${key}`) !== 200 && Date.now() < until) await delay(50);
    assert.deepEqual([await status(key), await status(`new-${key}`)], [200, 200]);
    assert.doesNotMatch(server.handle.stderr, /k3y/);
    await server.stop();
});

/** Every status of every operation in the file is answered so by the real program. */
describe('resources/openapi.json', () => {
    const servers = {};
    const operations = Object.entries(openapi.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })));
    /** A request of that operation which is good. */
    const good = {
        publish: { body: { users: ['bob'], ...message('hi') } },
        presenceOf: { path: '/api/presence/bob' },
        presence: { path: '/api/presence?users=a,b' },
        disconnect: { body: { userId: 'nobody' } },
        outbox: {}, retryOutbox: {}, discardOutbox: {},
    };
    const send = (server, { path, method, operation }, { headers = bearer, ...change } = {}) => {
        const what = { path, ...good[operation.operationId], ...change };
        return call(server, method, what.path, what.body, headers);
    };
    const long = 'x'.repeat(129);
    const particular = {
        'publish 400': operation => send(servers.full, operation, { body: {} }),
        'publish 404': operation => send(servers.full, operation, { body: { chatId: 'nobody is in it', ...message('hi') } }),
        'publish 409': async operation => {
            const to = { users: [freshId('full')] };
            await send(servers.full, operation, { body: { ...to, ...message('1') } });
            return await send(servers.full, operation, { body: { ...to, ...message('2') } });
        },
        'disconnect 400': operation => send(servers.full, operation, { body: { userId: 'a', socketId: 'b' } }),
        'presenceOf 400': operation => send(servers.full, operation, { path: `/api/presence/${long}` }),
        'presence 400': operation => send(servers.full, operation, { path: '/api/presence' }),
    };
    const general = {
        200: operation => send(servers.full, operation),
        202: operation => send(servers.full, operation),
        401: operation => send(servers.full, operation, { headers: {} }),
        403: operation => send(servers.full, operation, { headers: { authorization: `Bearer ${key}0` } }),
        404: operation => send(servers.closed, operation),
        411: async ({ path, method }) => {
            const { status, text } = await request(servers.full.health + path, { method, headers: { ...bearer, 'transfer-encoding': 'chunked' }, body: '{}' });
            return { status, json: JSON.parse(text), headers: new Map() };
        },
        413: operation => send(servers.full, operation, { body: `"${'x'.repeat(1_000_000)}"` }),
        429: async operation => {
            let answer;
            for (let i = 0; i < 12; ++i) answer = await send(servers.limited, operation);
            return answer;
        },
        503: operation => send(servers.stopping, operation),
    };
    before(async () => {
        const api = { API_URL: 'http://127.0.0.1:9/', ...env };
        servers.full = await startServer({ env: { ...api, INBOX_MAX_PER_USER: '1' } });
        servers.closed = await startServer();
        servers.limited = await startServer({ env: { ...api, API_RATE: '1' } });
        servers.stopping = await startServer({ env: api, flags: ['--drain-timeout', '8s'] });
        await Polling.open(servers.stopping.url, '/socket.io/'); // does not come for its last messages
        servers.stopping.handle.child.kill('SIGTERM');
        while (await fetch(`${servers.stopping.health}/ready`).then(({ status }) => status) !== 503) await delay(10);
    });
    after(async () => {
        await servers.stopping?.handle.exited;
        await Promise.all([servers.full, servers.closed, servers.limited].map(server => server?.stop()));
    });

    // First those of the server that is about to end.
    const cases = operations.flatMap(operation => Object.keys(operation.operation.responses).map(status => ({ ...operation, status })));
    for (const each of cases.sort((a, b) => b.status - a.status)) {
        test(`${each.method} ${each.path}: ${each.status}`, async () => {
            const id = each.operation.operationId;
            const act = particular[`${id} ${each.status}`] ?? general[each.status];
            const { status, json, headers } = await act(each);
            assert.equal(String(status), each.status, JSON.stringify(json));
            const described = each.operation.responses[each.status];
            assertSchema(described.content['application/json'].schema, json);
            for (const name of Object.keys(described.headers ?? {})) assert.ok(headers.get(name), `no ${name}`);
        });
    }
});
