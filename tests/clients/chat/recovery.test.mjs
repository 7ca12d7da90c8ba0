// Connection state recovery, by the official client: what comes back, when, and what happens when it cannot.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { temporaryFolder } from '../lib/children.mjs';
import { ask, closeClients, freshId, heard, modes, openClient, openUser, record } from '../lib/clients.mjs';
import { Link } from '../lib/link.mjs';
import { delay, within } from '../lib/raw.mjs';
import { startServer } from '../lib/target.mjs';

let server;
const links = [];
before(async () => { server = await startServer({ flags: ['--drain-timeout', '1s'] }); });
after(() => server?.stop());
afterEach(() => {
    closeClients();
    for (const link of links.splice(0)) link.close();
});

async function linkTo({ url }) {
    const link = await new Link(Number(new URL(url).port)).open();
    links.push(link);
    return link;
}

/** The next connection of a client that lost its own. */
const connected = socket => heard(socket, 'connect', undefined, 10_000);
const send = (socket, receiverId, text, more) => ask(socket, 'sendMessage', { receiverId, data: { text, ...more } });
const texts = messages => messages.map(({ text }) => text);
const register = (url, id, mode = 'websocket only') => openUser(url, id, mode);

/** Does something while the client is away, and resolves when it is back. */
async function away(link, socket, meanwhile = () => {}) {
    const ended = heard(socket, 'disconnect');
    link.refuse();
    await ended;
    await meanwhile();
    const back = connected(socket);
    link.accept();
    await back;
}

/** Whether the socket speaks for the user without having said so again: it is online, hears, and is heard as the user. */
async function assertRegistered(socket, userId, { url } = server) {
    const friend = freshId('friend');
    const other = await register(url, friend);
    const { users: [{ status }] } = await ask(other, 'getPresence', [userId]);
    assert.equal(status, 'online');
    const arrival = heard(socket, 'getMessage', ({ senderId }) => senderId === friend);
    assert.equal((await send(other, userId, 'do you hear me')).status, 'delivered');
    await arrival;
    const answer = heard(other, 'getMessage');
    assert.equal((await send(socket, friend, 'loud and clear')).ok, true);
    assert.equal((await answer).senderId, userId);
    other.close();
}

for (const mode of Object.keys(modes)) {
    describe(`${mode} client`, () => {
        test('a lost connection: same id, registered, what was missed once and in order, twice over', async () => {
            const [alice, bob] = [freshId('alice'), freshId('bob')];
            const link = await linkTo(server);
            const sender = await register(server.url, alice);
            const socket = await register(link.url, bob, mode);
            const received = record(socket, 'getMessage');
            const { id } = socket;
            const all = [];
            for (const round of [1, 2]) {
                await send(sender, bob, `${round} before`);
                await away(link, socket, async () => {
                    for (const text of ['a', 'b', 'c']) assert.equal((await send(sender, bob, `${round} ${text}`)).status, 'stored');
                });
                assert.equal(socket.recovered, true);
                assert.equal(socket.id, id);
                all.push(...['before', 'a', 'b', 'c'].map(text => `${round} ${text}`));
                assert.deepEqual(texts(received), all);
                await assertRegistered(socket, bob);
                all.push('do you hear me');
            }
            assert.deepEqual(texts(received), all);
        });

        test('lost again before anything new was heard', async () => {
            const bob = freshId('bob');
            const link = await linkTo(server);
            const sender = await register(server.url, freshId('alice'));
            const socket = await register(link.url, bob, mode);
            const received = record(socket, 'getMessage');
            const { id } = socket;
            await away(link, socket, () => send(sender, bob, 'once'));
            await away(link, socket);
            await away(link, socket);
            assert.equal(socket.recovered, true);
            assert.equal(socket.id, id);
            assert.deepEqual(texts(received), ['once']);
            await assertRegistered(socket, bob);
        });

        test('what was written and never received comes again', async () => {
            const bob = freshId('bob');
            const link = await linkTo(server);
            const sender = await register(server.url, freshId('alice'));
            const socket = await register(link.url, bob, mode);
            const received = record(socket, 'getMessage');
            link.swallow();
            for (const text of ['a', 'b', 'c']) assert.equal((await send(sender, bob, text)).status, 'stored');
            const back = connected(socket);
            link.cut();
            await back;
            assert.equal(socket.recovered, true);
            assert.deepEqual(texts(received), ['a', 'b', 'c']);
            await assertRegistered(socket, bob);
            assert.equal(received.length, 4);
        });

        test('registered, and lost before the first event: from the start', async () => {
            const bob = freshId('bob');
            const link = await linkTo(server);
            const sender = await register(server.url, freshId('alice'));
            assert.equal((await send(sender, bob, 'early')).status, 'stored');
            const socket = await openClient(link.url, mode);
            const received = record(socket, 'getMessage');
            const lists = record(socket, 'getOnlineUsers');
            const { id } = socket;
            link.swallow();
            const online = heard(sender, 'getOnlineUsers', list => list.includes(bob));
            socket.emit('newUser', bob);
            await online;
            const back = connected(socket);
            link.cut();
            await back;
            assert.equal(socket.recovered, true);
            assert.equal(socket.id, id);
            await assertRegistered(socket, bob);
            assert.ok(lists.length > 0);
            assert.deepEqual(texts(received), ['early', 'do you hear me']);
        });

        test('lost with its newUser on the way: it is told that it has to say it again', async () => {
            const bob = freshId('bob');
            const link = await linkTo(server);
            const socket = await openClient(link.url, mode);
            await away(link, socket);
            assert.ok(!socket.recovered, 'a client that says newUser unless it is recovered would never say it');
            await ask(socket, 'newUser', bob);
            await assertRegistered(socket, bob);
        });

        test('disconnect() is meant: a new socket, and the inbox', async () => {
            const bob = freshId('bob');
            const sender = await register(server.url, freshId('alice'));
            const socket = await register(server.url, bob, mode);
            const received = record(socket, 'getMessage');
            const { id } = socket;
            await send(sender, bob, 'a');
            socket.disconnect();
            await within((async () => { while ((await send(sender, bob, 'b')).status !== 'stored'); })(), 'the server has noticed');
            const back = connected(socket);
            socket.connect();
            await back;
            assert.ok(!socket.recovered);
            assert.notEqual(socket.id, id);
            await ask(socket, 'newUser', bob);
            assert.equal(texts(received).filter(text => text === 'a').length, 1);
            assert.equal(texts(received).at(-1), 'b');
        });

        for (const signal of ['SIGTERM', 'SIGKILL']) {
            test(`${signal} and a restart: the inbox, and nothing is shown twice`, async () => {
                const cwd = temporaryFolder();
                // No proof comes: it is the offset alone that says what the client has.
                const flags = ['--drain-timeout', '1s', '--proof-interval', '10s'];
                const first = await startServer({ flags, cwd });
                const [alice, bob] = [freshId('alice'), freshId('bob')];
                const sender = await openClient(first.url, 'websocket only', { retries: 100, ackTimeout: 2_000 });
                const socket = await register(first.url, bob, mode);
                const received = record(socket, 'getMessage');
                const { id } = socket;
                const sent = ['a', 'b', 'c'].map(text => new Promise(resolve => sender.emit('sendMessage',
                    { receiverId: bob, data: { text, senderId: alice, messageId: `${bob}-${text}` } }, (error, answer) => resolve(error ?? answer))));
                await within((async () => { while (received.length === 0) await delay(5); })(), 'the first message');
                first.handle.child.kill(signal);
                await first.handle.exited;
                const back = connected(socket);
                const second = await startServer({ flags: [...flags, '--proof-interval', '50ms', '--port', new URL(first.url).port], cwd });
                await back;
                assert.ok(!socket.recovered);
                assert.notEqual(socket.id, id);
                await ask(socket, 'newUser', bob);
                for (const answer of await within(Promise.all(sent), 'the answers', 15_000)) assert.equal(answer.ok, true);
                await assertRegistered(socket, bob, second);
                assert.deepEqual(texts(received), ['a', 'b', 'c', 'do you hear me']);
                closeClients();
                await second.stop();
            });
        }
    });
}

test('two tabs: what one lost, the other has heard; each hears all of it once', async () => {
    const bob = freshId('bob');
    const link = await linkTo(server);
    const sender = await register(server.url, freshId('alice'));
    const [lost, stays] = [await register(link.url, bob), await register(server.url, bob)];
    const [atLost, atStays] = [record(lost, 'getMessage'), record(stays, 'getMessage')];
    await send(sender, bob, 'a');
    await away(link, lost, async () => {
        assert.equal((await send(sender, bob, 'b')).status, 'delivered');
        assert.equal((await send(stays, freshId('carol'), 'from the other tab')).status, 'stored');
    });
    assert.equal(lost.recovered, true);
    await assertRegistered(lost, bob);
    assert.deepEqual(texts(atLost), ['a', 'b', 'do you hear me']);
    assert.deepEqual(texts(atStays), texts(atLost));
});

test('two tabs lost at once: each gets its own back', async () => {
    const bob = freshId('bob');
    const link = await linkTo(server);
    const sender = await register(server.url, freshId('alice'));
    const tabs = [await register(link.url, bob), await register(link.url, bob, 'polling only')];
    const ids = tabs.map(({ id }) => id);
    const received = tabs.map(tab => record(tab, 'getMessage'));
    await send(sender, bob, 'a');
    const ended = tabs.map(tab => heard(tab, 'disconnect'));
    link.refuse();
    await Promise.all(ended);
    assert.equal((await send(sender, bob, 'b')).status, 'stored');
    const back = tabs.map(connected);
    link.accept();
    await Promise.all(back);
    assert.deepEqual(tabs.map(({ id }) => id), ids);
    for (const [i, tab] of tabs.entries()) {
        assert.equal(tab.recovered, true);
        await ask(tab, 'getPresence', []);
        assert.deepEqual(texts(received[i]), ['a', 'b']);
    }
});

for (const moment of ['when the WebSocket is asked for', 'when the server has agreed']) {
    test(`cut in the middle of the upgrade, ${moment}`, async () => {
        // The client's polling, once paused for an upgrade that fails then, wakes up with its heartbeat only.
        const own = await startServer({ flags: ['--drain-timeout', '1s', '--ping-interval', '400ms', '--ping-timeout', '400ms'] });
        const bob = freshId('bob');
        const link = await linkTo(own);
        const sender = await register(own.url, freshId('alice'));
        const socket = await register(link.url, bob, 'default');
        const received = record(socket, 'getMessage');
        const { id } = socket;
        await send(sender, bob, 'a');
        let cuts = 0;
        const cut = () => { if (cuts++ < 3) link.cut(); };
        if (moment === 'when the server has agreed') socket.io.on('open', () => socket.io.engine.once('upgrading', cut));
        else link.onClientBytes = bytes => { if (/^upgrade: websocket/im.test(bytes.toString('latin1'))) cut(); };
        await away(link, socket, () => send(sender, bob, 'b'));
        for (const text of ['c', 'd', 'e']) await send(sender, bob, text);
        await within((async () => { while (cuts < 3 || socket.io.engine?.transport?.name !== 'websocket' || !socket.connected) await delay(5); })(), 'an upgrade that is left alone', 10_000);
        assert.equal(socket.recovered, true);
        assert.equal(socket.id, id);
        await assertRegistered(socket, bob, own);
        assert.deepEqual(texts(received), ['a', 'b', 'c', 'd', 'e', 'do you hear me']);
        closeClients();
        await own.stop();
    });
}

test('typing is not kept, and does not spoil the offset', async () => {
    const [alice, bob] = [freshId('alice'), freshId('bob')];
    const link = await linkTo(server);
    const sender = await register(server.url, alice);
    const socket = await register(link.url, bob);
    const received = record(socket, 'getMessage');
    const typing = record(socket, 'typing');
    const { id } = socket;
    const first = heard(socket, 'typing');
    await send(sender, bob, 'a');
    sender.emit('typing', { receiverId: bob, isTyping: true });
    await first;
    await away(link, socket, async () => {
        sender.emit('typing', { receiverId: bob, isTyping: false });
        await send(sender, bob, 'b');
        sender.emit('typing', { receiverId: bob, isTyping: true });
    });
    assert.equal(socket.recovered, true);
    assert.equal(socket.id, id);
    await assertRegistered(socket, bob);
    assert.deepEqual(texts(received), ['a', 'b', 'do you hear me']);
    assert.deepEqual(typing, [{ userId: alice, isTyping: true }]);
});

for (const mode of Object.keys(modes)) {
    test(`the old connection is still open when the client returns: it takes its place (${mode})`, async () => {
        const bob = freshId('bob');
        const link = await linkTo(server);
        const sender = await register(server.url, freshId('alice'));
        const socket = await register(link.url, bob, mode);
        const received = record(socket, 'getMessage');
        const { id } = socket;
        await send(sender, bob, 'a');
        const back = connected(socket);
        link.cut({ half: true });
        const sent = send(sender, bob, 'b'); // into the dead connection, or into the new one
        await back;
        assert.equal(socket.recovered, true);
        assert.equal(socket.id, id);
        await sent;
        link.endHalves();
        await assertRegistered(socket, bob);
        await away(link, socket, () => send(sender, bob, 'c'));
        assert.equal(socket.recovered, true);
        assert.deepEqual(texts(received), ['a', 'b', 'do you hear me', 'c']);
    });
}

test('missed binary, a chat of many and presence: all as if it had been there', async () => {
    const [alice, bob, chatId] = [freshId('alice'), freshId('bob'), freshId('chat')];
    const link = await linkTo(server);
    const sender = await register(server.url, alice);
    const socket = await openUser(link.url, bob, 'websocket only', { presence: 'changes' });
    const received = record(socket, 'getMessage');
    for (const each of [sender, socket]) await ask(each, 'joinChat', { chatId });
    await away(link, socket, async () => {
        await send(sender, bob, 'binary', { metadata: { bytes: Buffer.from([1, 2, 3]) } });
        await ask(sender, 'sendMessage', { data: { text: 'to all', chatId } });
    });
    assert.equal(socket.recovered, true);
    assert.deepEqual(texts(received), ['binary', 'to all']);
    assert.deepEqual([...received[0].metadata.bytes], [1, 2, 3]);
    const carol = freshId('carol');
    const news = heard(socket, 'userStatus', ({ userId }) => userId === carol);
    await register(server.url, carol);
    assert.equal((await news).status, 'online');
});

describe('settings', () => {
    for (const [name, flags, pause] of [
        ['the window is over', ['--recovery-window', '1s'], 1_200],
        ['RECOVERY_MAX_BYTES is tiny', ['--recovery-max-bytes', '100'], 0],
        ['RECOVERY_WINDOW is 0', ['--recovery-window', '0'], 0],
    ]) {
        test(`${name}: a new socket, and the inbox; nothing is shown twice`, async () => {
            const own = await startServer({ flags: ['--drain-timeout', '1s', ...flags] });
            const bob = freshId('bob');
            const link = await linkTo(own);
            const sender = await register(own.url, freshId('alice'));
            const socket = await register(link.url, bob);
            const received = record(socket, 'getMessage');
            const { id } = socket;
            assert.equal((await send(sender, bob, 'a')).status, 'delivered');
            await away(link, socket, async () => {
                assert.equal((await send(sender, bob, 'b')).status, 'stored');
                await delay(pause);
            });
            assert.ok(!socket.recovered);
            assert.notEqual(socket.id, id);
            assert.deepEqual(texts(received), ['a']);
            await ask(socket, 'newUser', bob);
            await assertRegistered(socket, bob, own);
            assert.deepEqual(texts(received), ['a', 'b', 'do you hear me']);
            closeClients();
            await own.stop();
        });
    }

    test('a stranger\'s pid and an offset made up are not taken', async () => {
        const bob = freshId('bob');
        await register(server.url, bob);
        for (const auth of [{ pid: 'AAAAAAAAAAAAAAAAAAAA' }, { pid: 'AAAAAAAAAAAAAAAAAAAA', offset: 'x'.repeat(100) }]) {
            const socket = await openClient(server.url, 'websocket only', { auth });
            assert.ok(!socket.recovered);
            assert.equal((await ask(socket, 'newUser', freshId('carol'))).ok, true);
        }
    });
});
