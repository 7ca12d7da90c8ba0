// Clients of long polling, with whatever transports this build has: one without WebSocket is as good to them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, afterEach, before, describe, test } from 'node:test';

import { ask, closeClients, freshId, heard, io, openClient, openUser } from '../lib/clients.mjs';
import { Polling, request, upgradeRequest, within } from '../lib/raw.mjs';
import { serverProgram, startServer } from '../lib/target.mjs';

const hasWebSocket = !execFileSync(serverProgram, ['--version'], { encoding: 'utf8' }).includes('without WebSocket');
const without = hasWebSocket && { skip: 'this build has WebSocket' };

let server;
before(async () => { server = await startServer(); });
after(async () => { await server?.stop(); });
afterEach(closeClients);

const message = (text, senderId) => ({ text, senderId, chatId: 'chat-1', timestamp: '2024-01-15T10:30:00.000Z' });

for (const mode of ['polling only', 'default']) {
    describe(`${mode} client`, () => {
        test('a message and its receipts go back and forth', async () => {
            const [alice, bob] = [freshId('alice'), freshId('bob')];
            const [sender, receiver] = [await openUser(server.url, alice, mode), await openUser(server.url, bob, mode)];
            const arrives = heard(receiver, 'getMessage');
            assert.equal((await ask(sender, 'sendMessage', { receiverId: bob, data: message('grüß dich', alice) })).ok, true);
            assert.equal((await arrives).text, 'grüß dich');
        });

        test('a message waits for who is away, and comes with the first newUser', async () => {
            const [alice, bob] = [freshId('alice'), freshId('bob')];
            const sender = await openUser(server.url, alice, mode);
            await ask(sender, 'sendMessage', { receiverId: bob, data: message('later', alice) });
            const receiver = await openClient(server.url, mode);
            const arrives = heard(receiver, 'getMessage');
            assert.equal((await ask(receiver, 'newUser', bob)).pending, 1);
            assert.equal((await arrives).text, 'later');
        });

        test('who goes is seen to go', async () => {
            const watcher = await openUser(server.url, freshId('watcher'), mode);
            const id = freshId('guest');
            const come = heard(watcher, 'getOnlineUsers', users => users.includes(id));
            const guest = await openUser(server.url, id, mode);
            await come;
            const gone = heard(watcher, 'getOnlineUsers', users => !users.includes(id));
            guest.close();
            await gone;
        });
    });
}

test('a client is offered the transports that this build has', async () => {
    const session = await Polling.open(server.url, '/socket.io/');
    assert.deepEqual(session.handshake.upgrades, hasWebSocket ? ['websocket'] : []);
    await session.post('1');
});

describe('without WebSocket', without, () => {
    const target = () => `${server.url}/socket.io/?EIO=4&transport=websocket`;
    const reason = 'Transport unknown: this server was built without WebSocket, use polling';

    test('a plain request for one is told so', async () => {
        const answer = await request(target());
        assert.equal(answer.status, 400);
        assert.deepEqual(JSON.parse(answer.text), { code: 0, message: reason });
    });

    test('a handshake for one is told so', async () => {
        const answer = await upgradeRequest(target());
        assert.equal(answer.status, 400);
        assert.equal(answer.text, reason);
    });

    test('a client that insists gets an error, one that may choose stays on polling', async () => {
        const insisting = io(server.url, { transports: ['websocket'], reconnection: false, forceNew: true });
        await within(new Promise(resolve => insisting.once('connect_error', resolve)), 'an error');
        insisting.close();
        const choosing = await openClient(server.url);
        assert.equal(choosing.io.engine.transport.name, 'polling');
        await ask(choosing, 'newUser', freshId('ann'));
        assert.equal(choosing.io.engine.transport.name, 'polling');
    });

    test('the log says it at the start', () => {
        assert.match(server.handle.stderr, /built without WebSocket/);
    });
});
