// 500 clients with default options at once: each upgrades, registers, and chats with its neighbour.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { io } from 'socket.io-client';

import { ask } from '../lib/clients.mjs';
import { request, within } from '../lib/raw.mjs';
import { startServer } from '../lib/target.mjs';

const count = 500;
let server;
before(async () => { server = await startServer(); });
after(async () => { await server?.stop(); });

test(`${count} clients with default options`, async () => {
    const sockets = Array.from({ length: count }, () => io(server.url, { forceNew: true }));
    const upgrades = sockets.map(socket => new Promise(resolve => socket.io.on('open', () => socket.io.engine.once('upgrade', resolve))));
    await within(Promise.all(sockets.map(socket => new Promise(resolve => socket.once('connect', resolve)))), 'all connected', 60_000);
    await within(Promise.all(upgrades), 'all upgraded', 60_000);
    assert.ok(sockets.every(socket => socket.io.engine.transport.name === 'websocket'));

    const answers = await Promise.all(sockets.map((socket, i) => ask(socket, 'newUser', `user-${i}`)));
    assert.ok(answers.every(answer => answer.ok));

    const received = sockets.map(() => []);
    const arrivals = sockets.map((socket, i) => new Promise(resolve => socket.on('getMessage', data => {
        received[i].push(`${data.senderId}: ${data.text}`);
        if (received[i].length === 3) resolve();
    })));
    sockets.forEach((socket, i) => {
        for (const text of ['a', 'b', 'c']) socket.emit('sendMessage', { receiverId: `user-${(i + 1) % count}`, data: { text } });
    });
    await within(Promise.all(arrivals), 'all messages', 60_000);
    received.forEach((texts, i) => {
        const from = `user-${(i + count - 1) % count}`;
        assert.deepEqual(texts, ['a', 'b', 'c'].map(text => `${from}: ${text}`));
    });
    const health = JSON.parse((await request(`${server.health}/health`)).text);
    assert.equal(health.connections, count);
    for (const socket of sockets) socket.close();
});
