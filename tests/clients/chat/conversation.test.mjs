// Users with several sockets, chats of many, presence, typing, the inbox.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { ask, closeClients, freshId, heard, modes, openClient, openUser, record } from '../lib/clients.mjs';
import { startProxy } from '../lib/proxy.mjs';
import { delay, within } from '../lib/raw.mjs';
import { startServer } from '../lib/target.mjs';

const graceMs = 600;
let server;
let proxy;
before(async () => {
    server = await startServer({ flags: ['--presence-grace', `${graceMs}ms`] });
    proxy = await startProxy(server.url);
});
after(async () => {
    proxy?.close();
    await server?.stop();
});
afterEach(closeClients);

const user = (id, options) => openUser(server.url, id, 'websocket only', options);
const send = (socket, receiverId, text, more) => ask(socket, 'sendMessage', { receiverId, data: { text, ...more } });

/** After this, everything the server had for the socket before has arrived. */
const settle = socket => ask(socket, 'getPresence', []);

describe('several sockets of one user', () => {
    test('each gets the message', async () => {
        const bob = freshId('bob');
        const sockets = await Promise.all([user(bob), user(bob), openUser(server.url, bob, 'polling only')]);
        const arrivals = sockets.map(socket => heard(socket, 'getMessage'));
        await send(await user(freshId('alice')), bob, 'to all of you');
        for (const arrival of arrivals) assert.equal((await arrival).text, 'to all of you');
    });

    test('the list has the user once, until the last socket is gone', async () => {
        const bob = freshId('bob');
        const watcher = await user(freshId('watcher'));
        const [first, second] = [await user(bob), await user(bob)];
        const lists = record(watcher, 'getOnlineUsers');
        first.close();
        await delay(graceMs + 500);
        assert.ok(lists.every(list => list.filter(id => id === bob).length === 1), JSON.stringify(lists));
        const gone = heard(watcher, 'getOnlineUsers', list => !list.includes(bob));
        second.close();
        await gone;
    });

    test('the sender\'s other sockets hear messageSent, the sending one does not', async () => {
        const [alice, bob] = [freshId('alice'), freshId('bob')];
        const [phone, laptop] = [await user(alice), await user(alice)];
        const own = record(phone, 'messageSent');
        const sent = heard(laptop, 'messageSent');
        const answer = await send(phone, bob, 'from my phone', { metadata: { a: 1 } });
        const { receiverId, data } = await sent;
        assert.equal(receiverId, bob);
        assert.equal(data.text, 'from my phone');
        assert.equal(data.messageId, answer.messageId);
        assert.deepEqual(data.metadata, { a: 1 });
        await settle(phone);
        assert.deepEqual(own, []);
    });

    test('registering twice is harmless', async () => {
        const bob = freshId('bob');
        const socket = await user(bob);
        assert.equal((await ask(socket, 'newUser', bob)).ok, true);
        const received = record(socket, 'getMessage');
        await send(await user(freshId('alice')), bob, 'once');
        await settle(socket);
        assert.equal(received.length, 1);
    });

    test('another id on the same socket moves it', async () => {
        const [first, second] = [freshId('first'), freshId('second')];
        const socket = await user(first);
        assert.deepEqual(await ask(socket, 'newUser', second), { ok: true, userId: second, pending: 0 });
        const sender = await user(freshId('alice'));
        const received = record(socket, 'getMessage');
        assert.equal((await send(sender, first, 'to nobody')).status, 'stored');
        await send(sender, second, 'to you');
        await settle(socket);
        assert.deepEqual(received.map(data => data.text), ['to you']);
    });
});

describe('completion of a message', () => {
    test('missing fields are added, given ones kept', async () => {
        const [alice, bob] = [freshId('alice'), freshId('bob')];
        const receiver = await user(bob);
        const sender = await user(alice);
        const arrival = heard(receiver, 'getMessage');
        const before = Date.now();
        const answer = await send(sender, bob, 'bare');
        const data = await arrival;
        assert.deepEqual(Object.keys(data).sort(), ['messageId', 'senderId', 'text', 'timestamp']);
        assert.equal(data.senderId, alice);
        assert.match(data.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        assert.ok(Math.abs(Date.parse(data.timestamp) - before) < 5_000);
        assert.match(data.messageId, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        assert.equal(answer.messageId, data.messageId);
    });

    test('a messageId of the sender is kept and acknowledged', async () => {
        const bob = freshId('bob');
        const receiver = await user(bob);
        const arrival = heard(receiver, 'getMessage');
        const answer = await send(await user(freshId('alice')), bob, 'mine', { messageId: 'my-id', timestamp: 'yesterday' });
        assert.equal(answer.messageId, 'my-id');
        assert.deepEqual({ ...await arrival, senderId: '' }, { text: 'mine', messageId: 'my-id', timestamp: 'yesterday', senderId: '' });
    });

    test('message ids grow with time', async () => {
        const bob = freshId('bob');
        const sender = await user(freshId('alice'));
        const ids = [];
        for (let i = 0; i < 20; ++i) ids.push((await send(sender, bob, 'x')).messageId);
        assert.deepEqual(ids, [...ids].sort());
        assert.equal(new Set(ids).size, 20);
    });

    test('an unregistered socket may send, and senderId is what it says', async () => {
        const bob = freshId('bob');
        const receiver = await user(bob);
        const stranger = await openClient(server.url, 'websocket only');
        const arrival = heard(receiver, 'getMessage');
        assert.equal((await send(stranger, bob, 'hi', { senderId: 'whoever' })).ok, true);
        assert.equal((await arrival).senderId, 'whoever');
    });
});

describe('truncation', () => {
    const emoji = '😀';
    for (const [name, text, kept] of [
        ['1000 units', 'a'.repeat(1000), undefined],
        ['1001 units', 'a'.repeat(1001), 'a'.repeat(1000)],
        ['an emoji that just fits', 'a'.repeat(998) + emoji, undefined],
        ['an emoji across the cut', 'a'.repeat(999) + emoji, 'a'.repeat(999)],
        ['500 emoji', emoji.repeat(500), undefined],
        ['501 emoji', emoji.repeat(501), emoji.repeat(500)],
        ['1001 of two UTF-8 bytes', 'é'.repeat(1001), 'é'.repeat(1000)],
        ['1001 of three UTF-8 bytes', '€'.repeat(1001), '€'.repeat(1000)],
        ['1001 characters that JSON escapes', '\n'.repeat(1001), '\n'.repeat(1000)],
        ['half a megabyte', 'x'.repeat(500_000), 'x'.repeat(1000)],
    ]) {
        test(name, async () => {
            const bob = freshId('bob');
            const receiver = await user(bob);
            const arrival = heard(receiver, 'getMessage');
            const answer = await send(await user(freshId('alice')), bob, text, { metadata: { kept: true } });
            assert.equal(answer.ok, true);
            const data = await arrival;
            assert.equal(data.text, kept ?? text);
            assert.deepEqual(data.metadata, { kept: true });
            if (kept) assert.equal(answer.truncated, true);
            else assert.ok(!answer.truncated);
        });
    }
});

describe('offline', () => {
    test('messages wait, and newUser gets them oldest first, after the list', async () => {
        const [alice, bob] = [freshId('alice'), freshId('bob')];
        const sender = await user(alice);
        for (const text of ['one', 'two', 'three']) assert.equal((await send(sender, bob, text)).status, 'stored');
        const receiver = await openClient(server.url, 'websocket only');
        const order = [];
        receiver.on('getOnlineUsers', () => order.push('list'));
        receiver.on('getMessage', data => order.push(data.text));
        const answer = await ask(receiver, 'newUser', bob);
        assert.equal(answer.pending, 3);
        await settle(receiver);
        assert.deepEqual(order.filter((entry, i) => entry !== 'list' || i === 0), ['list', 'one', 'two', 'three']);
    });

    for (const mode of Object.keys(modes)) {
        test(`an inbox many times the outbox arrives whole and in order: ${mode}`, async () => {
            const bob = freshId('bob');
            const sender = await user(freshId('alice'));
            const count = 40; // of 600 KB: 24 MB through an outbox of 4
            for (let i = 0; i < count; ++i)
                assert.equal((await ask(sender, 'sendMessage', { receiverId: bob, data: { text: `${i}`, metadata: { pad: 'p'.repeat(600_000) } } })).status, 'stored');
            const receiver = await openClient(server.url, mode);
            const texts = [];
            receiver.on('getMessage', data => texts.push(data.text));
            receiver.on('disconnect', reason => texts.push(reason));
            const answer = await within(new Promise(resolve => receiver.emit('newUser', bob, resolve)), 'newUser', 30_000);
            assert.equal(answer.pending, count);
            assert.deepEqual(texts, Array.from({ length: count }, (_, i) => `${i}`));
        });
    }

    test('a user who was never seen gets the message too', async () => {
        const bob = freshId('nobody-yet');
        await send(await user(freshId('alice')), bob, 'for later');
        const receiver = await openClient(server.url, 'polling only');
        const arrival = heard(receiver, 'getMessage');
        receiver.emit('newUser', bob);
        assert.equal((await arrival).text, 'for later');
    });

    test('to oneself', async () => {
        const alice = freshId('alice');
        const socket = await user(alice);
        const arrival = heard(socket, 'getMessage');
        assert.equal((await send(socket, alice, 'a note')).ok, true);
        assert.equal((await arrival).text, 'a note');
    });
});

describe('chats of many', () => {
    test('join, message, leave', async () => {
        const chatId = freshId('chat');
        const [buyer, seller, agent] = [freshId('buyer'), freshId('seller'), freshId('agent')];
        const [b, s, a] = [await user(buyer), await user(seller), await user(agent)];
        assert.equal((await ask(b, 'joinChat', { chatId })).ok, true);
        assert.equal((await ask(s, 'joinChat', { chatId })).ok, true);
        const joined = await ask(a, 'joinChat', { chatId });
        assert.deepEqual([...joined.members].sort(), [buyer, seller, agent].sort());
        const own = record(b, 'getMessage');
        const arrivals = [s, a].map(socket => heard(socket, 'getMessage'));
        assert.equal((await ask(b, 'sendMessage', { data: { text: 'to all', chatId } })).ok, true);
        for (const arrival of arrivals) {
            const data = await arrival;
            assert.equal(data.text, 'to all');
            assert.equal(data.chatId, chatId);
            assert.equal(data.senderId, buyer);
        }
        await settle(b);
        assert.deepEqual(own, []);
        const left = await ask(a, 'leaveChat', { chatId });
        assert.deepEqual([...left.members].sort(), [buyer, seller].sort());
        const none = record(a, 'getMessage');
        const more = heard(s, 'getMessage');
        await ask(b, 'sendMessage', { data: { text: 'without the agent', chatId } });
        await more;
        await settle(a);
        assert.deepEqual(none, []);
    });

    test('membership belongs to the user: other sockets and later ones hear too', async () => {
        const chatId = freshId('chat');
        const [alice, bob] = [freshId('alice'), freshId('bob')];
        const sender = await user(alice);
        await ask(sender, 'joinChat', { chatId });
        const first = await user(bob);
        await ask(first, 'joinChat', { chatId });
        first.close();
        await delay(100);
        assert.equal((await ask(sender, 'sendMessage', { data: { text: 'while away', chatId } })).status, 'stored');
        const later = await openClient(server.url, 'websocket only');
        const waited = heard(later, 'getMessage');
        assert.equal((await ask(later, 'newUser', bob)).pending, 1);
        assert.equal((await waited).text, 'while away');
        const live = heard(later, 'getMessage');
        await ask(sender, 'sendMessage', { data: { text: 'now', chatId } });
        assert.equal((await live).text, 'now');
    });

    test('with receiverId, chatId is only a field', async () => {
        const chatId = freshId('chat');
        const [member, outsider] = [freshId('member'), freshId('outsider')];
        const m = await user(member);
        await ask(m, 'joinChat', { chatId });
        const o = await user(outsider);
        const none = record(m, 'getMessage');
        const arrival = heard(o, 'getMessage');
        await send(await user(freshId('alice')), outsider, 'direct', { chatId });
        assert.equal((await arrival).chatId, chatId);
        await settle(m);
        assert.deepEqual(none, []);
    });
});

describe('typing', () => {
    test('to a user', async () => {
        const [alice, bob] = [freshId('alice'), freshId('bob')];
        const [a, b] = [await user(alice), await user(bob)];
        const arrival = heard(b, 'typing');
        assert.equal((await ask(a, 'typing', { receiverId: bob, isTyping: true })).ok, true);
        assert.deepEqual(await arrival, { userId: alice, isTyping: true });
    });

    test('to a chat, but not to oneself', async () => {
        const chatId = freshId('chat');
        const [alice, bob] = [freshId('alice'), freshId('bob')];
        const [a, b] = [await user(alice), await user(bob)];
        for (const socket of [a, b]) await ask(socket, 'joinChat', { chatId });
        const own = record(a, 'typing');
        const arrival = heard(b, 'typing');
        a.emit('typing', { chatId, isTyping: false });
        assert.deepEqual(await arrival, { userId: alice, chatId, isTyping: false });
        await settle(a);
        assert.deepEqual(own, []);
    });
});

describe('presence', () => {
    const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

    test('"changes": userStatus instead of the list', async () => {
        const bob = freshId('bob');
        const watcher = await openClient(server.url, 'websocket only');
        const first = heard(watcher, 'getOnlineUsers');
        await ask(watcher, 'newUser', freshId('watcher'), { presence: 'changes' });
        await first; // a socket that registers hears the list at once, whatever it wants later
        const lists = record(watcher, 'getOnlineUsers');
        const online = heard(watcher, 'userStatus', status => status.userId === bob && status.status === 'online');
        const socket = await user(bob);
        await online;
        const offline = heard(watcher, 'userStatus', status => status.userId === bob && status.status === 'offline');
        socket.close();
        assert.match((await offline).lastSeen, iso);
        assert.deepEqual(lists, []);
    });

    test('"none": silence after the list', async () => {
        const watcher = await user(freshId('watcher'), { presence: 'none' });
        await settle(watcher);
        const heardOf = [...['getOnlineUsers', 'userStatus'].map(event => record(watcher, event))];
        const other = await user(freshId('other'));
        await delay(700);
        other.close();
        await delay(graceMs + 500);
        assert.deepEqual(heardOf, [[], []]);
    });

    test('getPresence', async () => {
        const [bob, carol] = [freshId('bob'), freshId('carol')];
        const asker = await user(freshId('asker'));
        await user(bob);
        const { ok, users } = await ask(asker, 'getPresence', [bob, carol]);
        assert.equal(ok, true);
        assert.deepEqual(users.map(({ userId, status }) => [userId, status]), [[bob, 'online'], [carol, 'offline']]);
    });

    test('watchPresence and unwatchPresence', async () => {
        const bob = freshId('bob');
        const watcher = await user(freshId('watcher'), { presence: 'none' });
        const { ok, users } = await ask(watcher, 'watchPresence', [bob]);
        assert.equal(ok, true);
        assert.deepEqual(users.map(({ userId, status }) => [userId, status]), [[bob, 'offline']]);
        const statuses = record(watcher, 'userStatus');
        const online = heard(watcher, 'userStatus', status => status.status === 'online');
        const socket = await user(bob);
        await user(freshId('somebody-else'));
        await online;
        const idle = heard(watcher, 'userStatus', status => status.status === 'idle');
        assert.equal((await ask(socket, 'setStatus', 'idle')).ok, true);
        await idle;
        const active = heard(watcher, 'userStatus', status => status.status === 'online');
        await ask(socket, 'setStatus', 'active');
        await active;
        assert.ok(statuses.every(status => status.userId === bob));
        assert.equal((await ask(watcher, 'unwatchPresence', [bob])).ok, true);
        statuses.length = 0;
        await ask(socket, 'setStatus', 'idle');
        await delay(600);
        assert.deepEqual(statuses, []);
        assert.equal((await ask(watcher, 'getPresence', [bob])).users[0].status, 'idle');
    });

    test('who is back within PRESENCE_GRACE never blinks offline', async () => {
        const bob = freshId('bob');
        const watcher = await user(freshId('watcher'));
        await ask(watcher, 'watchPresence', [bob]);
        const socket = await openUser(proxy.url, bob, 'websocket only');
        await delay(300);
        const statuses = record(watcher, 'userStatus');
        const lists = record(watcher, 'getOnlineUsers');
        const back = heard(socket, 'connect', undefined, 10_000);
        proxy.cut();
        proxy.restore();
        await back;
        await ask(socket, 'newUser', bob);
        await delay(graceMs + 700);
        assert.deepEqual(statuses, []);
        assert.ok(lists.every(list => list.includes(bob)));
    });

    test('who is not, does, and not before', async () => {
        const bob = freshId('bob');
        const watcher = await user(freshId('watcher'), { presence: 'none' });
        await ask(watcher, 'watchPresence', [bob]);
        const socket = await user(bob);
        await delay(300);
        const offline = heard(watcher, 'userStatus', status => status.status === 'offline');
        const start = Date.now();
        socket.close();
        await offline;
        const elapsed = Date.now() - start;
        assert.ok(elapsed >= graceMs - 20 && elapsed < graceMs + 1_500, `${elapsed} ms`);
    });

    test('a storm of arrivals comes gathered', async () => {
        const watcher = await user(freshId('watcher'));
        await delay(600);
        const lists = record(watcher, 'getOnlineUsers');
        const crowd = Array.from({ length: 60 }, () => freshId('crowd'));
        const all = heard(watcher, 'getOnlineUsers', list => crowd.every(id => list.includes(id)), 10_000);
        const start = Date.now();
        await Promise.all(crowd.map(id => user(id)));
        await all;
        const rounds = 2 + Math.ceil((Date.now() - start) / 250);
        assert.ok(lists.length <= rounds, `${lists.length} lists`);
    });
});
