// The official client in its three transport modes, alone and with each other.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { ask, closeClients, freshId, heard, modes, openClient, openUser, record } from '../lib/clients.mjs';
import { startProxy } from '../lib/proxy.mjs';
import { delay } from '../lib/raw.mjs';
import { startServer } from '../lib/target.mjs';

let server;
let proxy;
before(async () => {
    server = await startServer();
    proxy = await startProxy(server.url);
});
after(async () => {
    proxy?.close();
    await server?.stop();
});
afterEach(closeClients);

const names = Object.keys(modes);
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const message = (text, senderId) => ({ text, senderId, chatId: 'chat-1', timestamp: '2024-01-15T10:30:00.000Z' });

for (const mode of names) {
    describe(`${mode} client`, () => {
        test('uses the transport it should', async () => {
            const socket = await openClient(server.url, mode);
            if (mode === 'default' && socket.io.engine.transport.name === 'polling')
                await new Promise(resolve => socket.io.engine.once('upgrade', resolve));
            assert.equal(socket.io.engine.transport.name, mode === 'polling only' ? 'polling' : 'websocket');
        });

        test('newUser: the list of who is online, at once', async () => {
            const [other, id] = [freshId('other'), freshId('user')];
            await openUser(server.url, other, mode);
            const socket = await openClient(server.url, mode);
            const list = heard(socket, 'getOnlineUsers');
            const answer = await ask(socket, 'newUser', id);
            assert.deepEqual(answer, { ok: true, userId: id, pending: 0 });
            const users = await list;
            assert.ok(users.includes(id) && users.includes(other));
            assert.equal(new Set(users).size, users.length);
        });

        test('newUser without ack, as the seed says it', async () => {
            const id = freshId('user');
            const socket = await openClient(server.url, mode);
            const list = heard(socket, 'getOnlineUsers', users => users.includes(id));
            socket.emit('newUser', id);
            await list;
        });

        test('getOnlineUsers: others hear who comes and who goes', async () => {
            const watcher = await openUser(server.url, freshId('watcher'), mode);
            const id = freshId('user');
            const come = heard(watcher, 'getOnlineUsers', users => users.includes(id));
            const socket = await openUser(server.url, id, mode);
            await come;
            const go = heard(watcher, 'getOnlineUsers', users => !users.includes(id), 10_000);
            socket.close();
            await go;
        });

        test('sendMessage without ack', async () => {
            const [alice, bob] = [freshId('alice'), freshId('bob')];
            const sender = await openUser(server.url, alice, mode);
            const receiver = await openUser(server.url, bob, mode);
            const arrival = heard(receiver, 'getMessage');
            sender.emit('sendMessage', { receiverId: bob, data: message('hello', alice) });
            const { messageId, ...rest } = await arrival;
            assert.deepEqual(rest, message('hello', alice));
            assert.match(messageId, uuid7);
        });

        test('sendMessage with ack', async () => {
            const [alice, bob] = [freshId('alice'), freshId('bob')];
            const sender = await openUser(server.url, alice, mode);
            const receiver = await openUser(server.url, bob, mode);
            const arrival = heard(receiver, 'getMessage');
            const answer = await ask(sender, 'sendMessage', { receiverId: bob, data: message('hello', alice) });
            assert.equal(answer.ok, true);
            assert.match(answer.messageId, uuid7);
            assert.match(answer.timestamp, iso);
            assert.ok(['delivered', 'stored'].includes(answer.status), answer.status);
            assert.ok(!answer.truncated && !answer.duplicate);
            assert.equal((await arrival).messageId, answer.messageId);
        });

        test('getMessage: in the order of sending, each once', async () => {
            const [alice, bob] = [freshId('alice'), freshId('bob')];
            const sender = await openUser(server.url, alice, mode);
            const receiver = await openUser(server.url, bob, mode);
            const received = record(receiver, 'getMessage');
            const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => ask(sender, 'sendMessage', { receiverId: bob, data: message(`${i}`, alice) })));
            assert.ok(answers.every(answer => answer.ok));
            const last = heard(receiver, 'getMessage', data => data.text === 'last');
            sender.emit('sendMessage', { receiverId: bob, data: message('last', alice) });
            await last;
            assert.deepEqual(received.map(data => data.text), [...Array.from({ length: 50 }, (_, i) => `${i}`), 'last']);
        });

        test('binary in metadata', async () => {
            const [alice, bob] = [freshId('alice'), freshId('bob')];
            const sender = await openUser(server.url, alice, mode);
            const receiver = await openUser(server.url, bob, mode);
            const arrival = heard(receiver, 'getMessage');
            const picture = Buffer.from([0, 1, 2, 255]);
            sender.emit('sendMessage', { receiverId: bob, data: { ...message('see', alice), metadata: { picture } } });
            assert.deepEqual(Buffer.from((await arrival).metadata.picture), picture);
        });

        test('reconnect: after a cut network the client is back and gets what waited', async () => {
            const [alice, bob] = [freshId('alice'), freshId('bob')];
            const sender = await openUser(server.url, alice, mode);
            const receiver = await openUser(proxy.url, bob, mode);
            await delay(150); // upgraded, or its next poll waiting: the server sees the cut
            const gone = heard(receiver, 'disconnect');
            proxy.cut();
            assert.ok(['transport close', 'transport error'].includes(await gone));
            await delay(100);
            const received = record(receiver, 'getMessage');
            const answer = await ask(sender, 'sendMessage', { receiverId: bob, data: message('while you were away', alice) });
            assert.equal(answer.ok, true);
            const back = heard(receiver, 'connect', undefined, 10_000);
            proxy.restore();
            await back;
            const again = heard(receiver, 'getMessage', data => data.text === 'welcome back', 10_000);
            await ask(receiver, 'newUser', bob);
            await ask(sender, 'sendMessage', { receiverId: bob, data: message('welcome back', alice) });
            await again;
            assert.deepEqual(received.map(data => data.text), ['while you were away', 'welcome back']);
        });

        test('close: the server forgets the socket', async () => {
            const id = freshId('user');
            const socket = await openUser(server.url, id, mode);
            socket.close();
            assert.equal(socket.connected, false);
            const other = await openUser(server.url, freshId('other'), mode);
            await heard(other, 'getOnlineUsers', users => !users.includes(id), 10_000);
        });
    });
}

describe('each mode with each', () => {
    for (const from of names) {
        for (const to of names) {
            test(`${from} → ${to}`, async () => {
                const [alice, bob] = [freshId('alice'), freshId('bob')];
                const sender = await openUser(server.url, alice, from);
                const receiver = await openUser(server.url, bob, to);
                const there = heard(receiver, 'getMessage');
                await ask(sender, 'sendMessage', { receiverId: bob, data: message('ping 😀', alice) });
                assert.equal((await there).text, 'ping 😀');
                const back = heard(sender, 'getMessage');
                await ask(receiver, 'sendMessage', { receiverId: alice, data: message('pong', bob) });
                assert.equal((await back).text, 'pong');
            });
        }
    }
});

test('messages sent while upgrading arrive in order, each once', async () => {
    const [alice, bob] = [freshId('alice'), freshId('bob')];
    const receiver = await openUser(server.url, bob, 'websocket only');
    const received = record(receiver, 'getMessage');
    const sender = await openClient(server.url, 'default');
    const last = heard(receiver, 'getMessage', data => data.text === '299', 10_000);
    sender.emit('newUser', alice);
    for (let i = 0; i < 300; ++i) {
        sender.emit('sendMessage', { receiverId: bob, data: message(`${i}`, alice) });
        if (i % 10 === 9) await delay(1);
    }
    await last;
    assert.deepEqual(received.map(data => data.text), Array.from({ length: 300 }, (_, i) => `${i}`));
});

test('messages received while upgrading arrive in order, each once', async () => {
    const [alice, bob] = [freshId('alice'), freshId('bob')];
    const sender = await openUser(server.url, alice, 'websocket only');
    const receiver = await openUser(server.url, bob, 'default');
    const received = record(receiver, 'getMessage');
    const last = heard(receiver, 'getMessage', data => data.text === '299', 10_000);
    for (let i = 0; i < 300; ++i) {
        sender.emit('sendMessage', { receiverId: bob, data: message(`${i}`, alice) });
        if (i % 10 === 9) await delay(1);
    }
    await last;
    assert.deepEqual(received.map(data => data.text), Array.from({ length: 300 }, (_, i) => `${i}`));
});
