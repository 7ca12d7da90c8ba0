// What is promised about delivery: states, receipts, repetitions, proofs, and what outlives the process.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import { start, temporaryFolder } from '../lib/children.mjs';
import { ask, closeClients, freshId, heard, modes, openClient, openUser, record } from '../lib/clients.mjs';
import { Link } from '../lib/link.mjs';
import { Polling, delay, openSocket, request, within } from '../lib/raw.mjs';
import { serverProgram, startServer } from '../lib/target.mjs';

const noSignals = { skip: process.platform === 'win32' && 'Windows has no such signal' };
let server;
const links = [];
before(async () => { server = await startServer({ flags: ['--drain-timeout', '1s'] }); });
after(() => server?.stop());
afterEach(() => {
    closeClients();
    for (const link of links.splice(0)) link.close();
});

/** A server of the test's own, ended with it. */
async function withServer(flags, body, options) {
    const own = await startServer({ flags: ['--drain-timeout', '1s', ...flags], ...options });
    await body(own);
    closeClients();
    await own.stop();
}

async function linkTo({ url }) {
    const link = await new Link(Number(new URL(url).port)).open();
    links.push(link);
    return link;
}

const register = (url, id, mode = 'websocket only') => openUser(url, id, mode);
const send = (socket, receiverId, text, more) => ask(socket, 'sendMessage', { receiverId, data: { text, ...more } });
const texts = messages => messages.map(({ text }) => text);
const status = (socket, wanted, messageId) => heard(socket, 'messageStatus', receipt => receipt.status === wanted && (!messageId || receipt.messageId === messageId));
/** After this, everything the server had for the socket before has arrived. */
const settle = socket => ask(socket, 'getPresence', []);

async function runToEnd(args) {
    const handle = start(serverProgram, args, { env: { CLIENT_URL: 'http://localhost:3000' } });
    const timer = setTimeout(() => handle.child.kill('SIGKILL'), 10_000);
    const how = await handle.exited;
    clearTimeout(timer);
    return { ...how, stdout: handle.stdout, stderr: handle.stderr };
}

describe('status', () => {
    for (const mode of Object.keys(modes)) {
        test(`delivered: a ${mode} client has read it`, async () => {
            const bob = freshId('bob');
            const receiver = await register(server.url, bob, mode);
            const received = record(receiver, 'getMessage');
            const answer = await send(await register(server.url, freshId('alice')), bob, 'hi');
            assert.equal(answer.status, 'delivered');
            assert.deepEqual(texts(received), ['hi'], 'before the sender was told so');
        });
    }

    test('stored: nobody is there', async () => {
        assert.equal((await send(await register(server.url, freshId('alice')), freshId('bob'), 'hi')).status, 'stored');
    });

    test('stored: the receiver is connected and does not answer; delivered as soon as it does', async () => {
        const bob = freshId('bob');
        const receiver = await openSocket(server.url, { autoPong: false });
        receiver.send(`420["newUser","${bob}",{"presence":"none"}]`);
        await receiver.until('430');
        const sender = await register(server.url, freshId('alice'));
        const answer = await send(sender, bob, 'hi');
        assert.equal(answer.status, 'stored');
        assert.match(await receiver.until('42["getMessage"'), /"hi"/);
        const told = status(sender, 'delivered', answer.messageId);
        for (let i = 0; i < 3; ++i) receiver.send('3'); // for each ping there was
        assert.equal((await told).receiverId, bob);
        receiver.end();
    });

    test('a receiver that dies with it on the way: stored, and delivered when it is back', async () => {
        const bob = freshId('bob');
        const link = await linkTo(server);
        const receiver = await register(link.url, bob);
        const received = record(receiver, 'getMessage');
        const sender = await register(server.url, freshId('alice'));
        link.swallow();
        const answer = await send(sender, bob, 'hi');
        assert.equal(answer.status, 'stored');
        assert.deepEqual(received, []);
        const told = status(sender, 'delivered', answer.messageId);
        link.cut();
        await told;
        assert.deepEqual(texts(received), ['hi']);
    });
});

describe('messageStatus', () => {
    test('stored, delivered, read: to who asked for no answer but knows the id', async () => {
        const [alice, bob] = [freshId('alice'), freshId('bob')];
        const messageId = freshId('message');
        const sender = await register(server.url, alice);
        const stored = status(sender, 'stored', messageId);
        sender.emit('sendMessage', { receiverId: bob, data: { text: 'hi', messageId } });
        const { timestamp, ...receipt } = await stored;
        assert.deepEqual(receipt, { messageId, receiverId: bob, status: 'stored' });
        assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 5_000);
        const delivered = status(sender, 'delivered', messageId);
        const receiver = await register(server.url, bob);
        assert.equal((await delivered).receiverId, bob);
        const read = status(sender, 'read', messageId);
        assert.deepEqual(await ask(receiver, 'messageRead', { messageIds: [messageId] }), { ok: true, count: 1 });
        assert.equal((await read).receiverId, bob);
    });

    test('all of it waits for a sender who is away, also over a crash', noSignals, async () => {
        const cwd = temporaryFolder();
        const [alice, bob] = [freshId('alice'), freshId('bob')];
        const first = await startServer({ flags: ['--drain-timeout', '1s'], cwd });
        const sender = await register(first.url, alice);
        const { messageId } = await send(sender, bob, 'hi');
        sender.disconnect();
        const receiver = await register(first.url, bob);
        assert.equal((await ask(receiver, 'messageRead', { messageIds: [messageId] })).count, 1);
        first.handle.child.kill('SIGKILL');
        await first.handle.exited;
        closeClients();
        await withServer([], async second => {
            const back = await openClient(second.url, 'websocket only');
            const receipts = record(back, 'messageStatus');
            await ask(back, 'newUser', alice);
            assert.deepEqual(receipts.map(receipt => [receipt.messageId, receipt.status]), [[messageId, 'delivered'], [messageId, 'read']]);
        }, { cwd });
    });

    for (const isAway of [false, true]) {
        test(`expired: the sender hears it${isAway ? ', when it is back' : ''}`, () => withServer(['--inbox-ttl', '1s'], async own => {
            const [alice, bob] = [freshId('alice'), freshId('bob')];
            const sender = await register(own.url, alice);
            const { messageId } = await send(sender, bob, 'nobody will read this');
            let listener = sender;
            let told;
            if (isAway) {
                sender.disconnect();
                await delay(500); // comes back before it expires, or the receipt expires as well
                listener = await openClient(own.url, 'polling only');
                told = status(listener, 'expired', messageId);
                await ask(listener, 'newUser', alice);
            } else {
                told = status(listener, 'expired', messageId);
            }
            assert.equal((await told).receiverId, bob);
            const receiver = await openClient(own.url, 'websocket only');
            const received = record(receiver, 'getMessage');
            assert.equal((await ask(receiver, 'newUser', bob)).pending, 0);
            assert.deepEqual(received, []);
        }));
    }
});

describe('messageRead', () => {
    test('counts what this user received, each once', async () => {
        const [alice, bob, chatId] = [freshId('alice'), freshId('bob'), freshId('chat')];
        const receiver = await register(server.url, bob);
        const sender = await register(server.url, alice);
        for (const each of [sender, receiver]) await ask(each, 'joinChat', { chatId });
        const { messageId: direct } = await send(sender, bob, 'direct');
        const { messageId: inChat } = await ask(sender, 'sendMessage', { data: { text: 'in chat', chatId } });
        const { messageId: notMine } = await send(sender, freshId('carol'), 'for somebody else');
        const receipts = record(sender, 'messageStatus');
        const read = async payload => (await ask(receiver, 'messageRead', payload)).count;
        assert.equal(await read({ messageIds: [] }), 0);
        assert.equal(await read({ messageIds: [notMine, 'never-was'] }), 0);
        assert.equal(await read({ chatId: 'another', messageIds: [direct, inChat] }), 0);
        assert.equal(await read({ chatId, messageIds: [direct, inChat] }), 1);
        assert.equal(await read({ messageIds: [direct, direct, inChat, notMine] }), 2);
        assert.equal(await read({ messageIds: [direct] }), 1);
        assert.equal((await ask(sender, 'messageRead', { messageIds: [direct] })).count, 0, 'the sender did not receive it');
        await settle(sender);
        assert.deepEqual(receipts.filter(receipt => receipt.status === 'read').map(receipt => receipt.messageId), [inChat, direct], 'told once each');
    });

    for (const [name, ...args] of [['nothing'], ['null', null], ['no ids', {}], ['ids that are none', { messageIds: 'x' }], ['an empty id', { messageIds: [''] }],
        ['an object as id', { messageIds: [{}] }], ['a long id', { messageIds: ['x'.repeat(129)] }], ['a wrong chat', { chatId: {}, messageIds: ['x'] }]]) {
        test(`${name}: invalid_payload`, async () => {
            const socket = await register(server.url, freshId('bob'));
            const answer = await ask(socket, 'messageRead', ...args);
            assert.equal(answer.ok, false);
            assert.equal(answer.error.code, 'invalid_payload');
        });
    }

    test('not registered', async () => {
        const socket = await openClient(server.url, 'websocket only');
        assert.equal((await ask(socket, 'messageRead', { messageIds: ['x'] })).error.code, 'not_registered');
    });
});

describe('the same message again', () => {
    for (const isOnline of [true, false]) {
        test(`gets the first answer and goes to nobody (receiver ${isOnline ? 'online' : 'offline'})`, async () => {
            const [alice, bob, carol] = [freshId('alice'), freshId('bob'), freshId('carol')];
            const messageId = freshId('message');
            let receiver = isOnline ? await register(server.url, bob) : await openClient(server.url, 'websocket only');
            const received = record(receiver, 'getMessage');
            const sender = await register(server.url, alice);
            const first = await send(sender, bob, 'hi', { messageId });
            assert.equal(first.status, isOnline ? 'delivered' : 'stored');
            assert.equal(first.duplicate, undefined);
            assert.deepEqual(await send(sender, bob, 'hi', { messageId }), { ...first, duplicate: true });
            assert.deepEqual(await send(await register(server.url, alice), bob, 'hi', { messageId }), { ...first, duplicate: true });
            // Another sender may have the same ids.
            assert.equal((await send(await register(server.url, carol), bob, 'from carol', { messageId })).duplicate, undefined);
            if (!isOnline) await ask(receiver, 'newUser', bob);
            await settle(receiver);
            assert.deepEqual(texts(received), ['hi', 'from carol']);
        });
    }

    for (const signal of ['SIGTERM', 'SIGKILL']) {
        for (const isOnline of [true, false]) {
            test(`over ${signal} and a restart (receiver ${isOnline ? 'online' : 'offline'})`, noSignals, async () => {
                const cwd = temporaryFolder();
                const [alice, bob, messageId] = [freshId('alice'), freshId('bob'), freshId('message')];
                const first = await startServer({ flags: ['--drain-timeout', '1s'], cwd });
                const receiver = await openClient(first.url, 'websocket only');
                const received = record(receiver, 'getMessage');
                if (isOnline) await ask(receiver, 'newUser', bob);
                const sender = await register(first.url, alice);
                const answer = await send(sender, bob, 'hi', { messageId });
                assert.equal(answer.status, isOnline ? 'delivered' : 'stored');
                first.handle.child.kill(signal);
                await first.handle.exited;
                const back = [sender, receiver].map(socket => heard(socket, 'connect', undefined, 10_000));
                await withServer(['--port', new URL(first.url).port], async () => {
                    await Promise.all(back);
                    await ask(receiver, 'newUser', bob);
                    await ask(sender, 'newUser', alice); // an id is its sender's
                    const again = await send(sender, bob, 'hi', { messageId });
                    assert.equal(again.ok, true);
                    // A crash may have taken the answer's record, which is written behind it; never the promise.
                    if (signal === 'SIGTERM') assert.deepEqual(again, { ...answer, duplicate: true });
                    await settle(receiver);
                    await send(sender, bob, 'the last');
                    await settle(receiver);
                    assert.deepEqual(texts(received), ['hi', 'the last']);
                }, { cwd });
            });
        }
    }

    test('the client\'s own retries and ackTimeout, its answers lost', async () => {
        const [alice, bob] = [freshId('alice'), freshId('bob')];
        const link = await linkTo(server);
        const receiver = await register(server.url, bob);
        const received = record(receiver, 'getMessage');
        const sender = await openClient(link.url, 'websocket only', { retries: 5, ackTimeout: 1_000 });
        const answers = [];
        for (const text of ['a', 'b', 'c']) {
            const arrival = heard(receiver, 'getMessage', data => data.text === text);
            link.swallow();
            const answer = new Promise((resolve, reject) => sender.emit('sendMessage', { receiverId: bob, data: { text, senderId: alice, messageId: `${bob}-${text}` } },
                (error, value) => error ? reject(error) : resolve(value)));
            await arrival;
            link.cut();
            answers.push(await within(answer, 'the answer', 10_000));
        }
        assert.ok(answers.every(({ ok, duplicate }) => ok && duplicate), JSON.stringify(answers));
        await settle(receiver);
        assert.deepEqual(texts(received), ['a', 'b', 'c']);
    });

    test('the client\'s own retries over a restart, by a sender that only newUser names', noSignals, async () => {
        const cwd = temporaryFolder();
        const [alice, bob] = [freshId('alice'), freshId('bob')];
        const first = await startServer({ flags: ['--drain-timeout', '1s'], cwd });
        const sender = await openClient(first.url, 'websocket only', { retries: 20, ackTimeout: 500, reconnectionDelay: 50, reconnectionDelayMax: 50 });
        sender.on('connect', () => sender.emit('newUser', alice, () => {}));
        await ask(sender, 'newUser', alice);
        const emit = text => new Promise((resolve, reject) => sender.emit('sendMessage', { receiverId: bob, data: { text, messageId: `${bob}-${text}` } },
            (error, value) => error ? reject(error) : resolve(value)));
        assert.equal((await emit('before')).status, 'stored');
        first.handle.child.kill('SIGKILL');
        await first.handle.exited;
        const answers = ['a', 'b', 'c'].map(emit);
        await withServer(['--port', new URL(first.url).port], async second => {
            for (const answer of await within(Promise.all(answers), 'the answers', 10_000)) assert.equal(answer.ok, true);
            const receiver = await openClient(second.url, 'websocket only');
            const received = record(receiver, 'getMessage');
            await ask(receiver, 'newUser', bob);
            assert.deepEqual(received.map(({ text, senderId }) => [text, senderId]), ['before', 'a', 'b', 'c'].map(text => [text, alice]));
        }, { cwd });
    });

    test('DEDUPE_WINDOW=0 takes it for a new one', () => withServer(['--dedupe-window', '0'], async own => {
        const bob = freshId('bob');
        const receiver = await register(own.url, bob);
        const received = record(receiver, 'getMessage');
        const sender = await register(own.url, freshId('alice'));
        for (const text of ['a', 'b']) assert.equal((await send(sender, bob, text, { messageId: 'same' })).duplicate, undefined);
        assert.deepEqual(texts(received), ['a', 'b']);
    }));
});

describe('proof', () => {
    test('newUser {acks: true}: the client\'s callback is the proof', () => withServer(['--proof-interval', '10s'], async own => {
        const bob = freshId('bob');
        const receiver = await openClient(own.url, 'websocket only');
        await ask(receiver, 'newUser', bob, { presence: 'none', acks: true });
        const held = [];
        receiver.on('getMessage', (data, done) => held.push(done));
        const all = async count => within((async () => { while (held.length < count) await delay(5); })(), `${count} messages`);
        const sender = await register(own.url, freshId('alice'));
        const first = send(sender, bob, 'takes the ping that is free');
        await all(1);
        held[0]();
        assert.equal((await first).status, 'delivered');
        const answers = ['a', 'b', 'c'].map(text => send(sender, bob, text).then(answer => [text, answer.status]));
        await all(4);
        // Nothing but the callback can tell now: the next ping is ten seconds away.
        assert.equal(await Promise.race([...answers, delay(300)]), undefined);
        for (const done of held.slice(1)) done();
        assert.deepEqual(await Promise.all(answers), [['a', 'delivered'], ['b', 'delivered'], ['c', 'delivered']]);
    }));

    test('pings for a proof: at most one per PROOF_INTERVAL, and the heartbeat goes on', () => withServer(['--proof-interval', '200ms', '--ping-interval', '700ms', '--ping-timeout', '700ms'], async own => {
        const bob = freshId('bob');
        const receiver = await openSocket(own.url);
        const pings = [];
        receiver.ws.on('message', data => { if (data.toString() === '2') pings.push(performance.now()); });
        receiver.send(`420["newUser","${bob}",{"presence":"none"}]`);
        await receiver.until('430');
        const sender = await register(own.url, freshId('alice'));
        const begin = performance.now();
        let sent = 0;
        let delivered = 0;
        while (performance.now() - begin < 2_100) {
            const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => send(sender, bob, `${sent + i}`)));
            sent += answers.length;
            delivered += answers.filter(answer => answer.status === 'delivered').length;
        }
        const busy = performance.now() - begin;
        assert.equal(delivered, sent);
        assert.ok(sent >= 50, `${sent}`);
        const proofs = Math.floor(busy / 200) + 2;
        const heartbeats = Math.floor(busy / 700) + 1;
        assert.ok(pings.length <= proofs + heartbeats, `${pings.length} pings in ${busy} ms`);
        const before = pings.length;
        await within((async () => { while (pings.length < before + 3) await delay(10); })(), 'three heartbeats with nothing to prove', 5_000);
        const [a, b, c] = pings.slice(-3);
        assert.ok(b - a > 400 && c - b > 400, `${b - a}, ${c - b}`);
        assert.ok(receiver.isOpen);
        receiver.end();
    }));

    test('one that never answers a ping is closed by the heartbeat, whatever is sent to it', () => withServer(['--ping-interval', '500ms', '--ping-timeout', '500ms', '--proof-interval', '100ms'], async own => {
        const bob = freshId('bob');
        const receiver = await openSocket(own.url, { autoPong: false });
        receiver.send(`420["newUser","${bob}",{"presence":"none"}]`);
        const sender = await register(own.url, freshId('alice'));
        let isClosed = false;
        const closed = receiver.closed(5_000).then(() => { isClosed = true; });
        const statuses = [];
        while (!isClosed) statuses.push((await send(sender, bob, 'hello?')).status);
        await closed;
        assert.ok(statuses.every(each => each === 'stored'), `${statuses}`);
    }));
});

describe('what outlives the process', () => {
    test('a second SIGTERM during the drain: out at once, and what was acknowledged is there after the restart', noSignals, async () => {
        const cwd = temporaryFolder();
        const first = await startServer({ flags: ['--drain-timeout', '10s'], cwd });
        const bob = freshId('bob');
        const session = await Polling.open(first.url, '/socket.io/');
        await session.post('40');
        await session.poll();
        await session.post(`420["newUser","${bob}",{"presence":"none"}]`);
        while (!(await session.poll()).some(packet => packet.startsWith('430')));
        const sender = await openClient(first.url, 'websocket only', { reconnection: false });
        // Nobody polls: not one of them is proven.
        const acknowledged = [];
        const answered = Promise.all(Array.from({ length: 200 }, (_, i) => new Promise(resolve => {
            sender.once('disconnect', resolve);
            sender.emit('sendMessage', { receiverId: bob, data: { text: `${i}` } }, answer => {
                if (answer?.ok) acknowledged.push(`${i}`);
                if (acknowledged.length === 50) first.handle.child.kill('SIGTERM');
                resolve();
            });
        })));
        await within(answered, 'answers or the end', 10_000);
        await within((async () => { while ((await request(`${first.health}/ready`)).status !== 503) await delay(5); })(), 'draining');
        first.handle.child.kill('SIGTERM');
        assert.deepEqual(await within(first.handle.exited, 'exit, well before DRAIN_TIMEOUT', 5_000), { code: 130, signal: null });
        await withServer([], async second => {
            const receiver = await openClient(second.url, 'websocket only');
            const received = record(receiver, 'getMessage');
            await ask(receiver, 'newUser', bob);
            const all = texts(received);
            assert.ok(acknowledged.length >= 50);
            assert.deepEqual(acknowledged.filter(text => !all.includes(text)), []);
            assert.deepEqual(all, [...all].sort((a, b) => a - b));
            assert.equal(new Set(all).size, all.length);
        }, { cwd });
    });

    test('offline members of a chat get its messages after a crash; who left it does not', noSignals, async () => {
        const cwd = temporaryFolder();
        const [alice, bob, carol, chatId] = [freshId('alice'), freshId('bob'), freshId('carol'), freshId('chat')];
        const say = (socket, text) => ask(socket, 'sendMessage', { data: { text, chatId } });
        const first = await startServer({ flags: ['--drain-timeout', '1s'], cwd });
        const [speaker, ...members] = await Promise.all([alice, bob, carol].map(id => register(first.url, id)));
        for (const socket of [speaker, ...members]) assert.equal((await ask(socket, 'joinChat', { chatId })).ok, true);
        assert.equal((await say(speaker, 'to both')).status, 'delivered');
        for (const member of members) member.disconnect();
        await within((async () => { while ((await say(speaker, 'one of many')).status !== 'stored'); })(), 'both are gone');
        first.handle.child.kill('SIGKILL');
        await first.handle.exited;
        closeClients();
        const hearing = async (url, id) => {
            const socket = await openClient(url, 'websocket only');
            const received = record(socket, 'getMessage');
            await ask(socket, 'newUser', id);
            return { socket, received };
        };
        const second = await startServer({ flags: ['--drain-timeout', '1s'], cwd });
        const back = await hearing(second.url, carol);
        assert.equal(back.received.at(-1).text, 'one of many');
        assert.equal(back.received.at(-1).chatId, chatId);
        assert.equal((await ask(back.socket, 'leaveChat', { chatId })).ok, true);
        const again = await register(second.url, alice);
        assert.equal((await say(again, 'without carol')).status, 'stored');
        second.handle.child.kill('SIGKILL');
        await second.handle.exited;
        closeClients();
        await withServer([], async third => {
            const [atBob, atCarol] = [await hearing(third.url, bob), await hearing(third.url, carol)];
            assert.deepEqual([atBob.received.at(-2).text, atBob.received.at(-1).text], ['one of many', 'without carol']);
            assert.ok(!texts(atCarol.received).includes('without carol'));
        }, { cwd });
    });

    test('a backup of a running server, restored into a new DATA_DIR', async () => {
        const folder = temporaryFolder();
        const [alice, bob, chatId] = [freshId('alice'), freshId('bob'), freshId('chat')];
        const file = join(folder, 'backup.db');
        const expected = Array.from({ length: 20 }, (_, i) => `${i}`);
        await withServer(['--data-dir', join(folder, 'old')], async own => {
            const sender = await register(own.url, alice);
            await ask(sender, 'joinChat', { chatId }); // on disk before what follows is
            for (const text of expected) assert.equal((await send(sender, bob, text, { messageId: `m-${text}` })).status, 'stored');
            let isOver = false;
            const meanwhile = (async () => { while (!isOver) await send(sender, freshId('carol'), 'the server is busy'); })();
            const backup = await runToEnd(['backup', file, '--data-dir', join(folder, 'old')]);
            isOver = true;
            await meanwhile;
            assert.equal(backup.code, 0, backup.stderr);
            assert.ok(existsSync(file));
            assert.notEqual((await runToEnd(['backup', file, '--data-dir', join(folder, 'old')])).code, 0, 'a file that is there is not written over');
            await send(sender, bob, 'after the backup');
            // What runs is not restored into.
            const refused = await runToEnd(['restore', file, '--data-dir', join(folder, 'old')]);
            assert.notEqual(refused.code, 0);
            assert.equal(refused.stderr.trimEnd().split('\n').length, 1, refused.stderr);
        });
        const restored = await runToEnd(['restore', file, '--data-dir', join(folder, 'new')]);
        assert.equal(restored.code, 0, restored.stderr);
        await withServer(['--data-dir', join(folder, 'new')], async own => {
            const receiver = await openClient(own.url, 'websocket only');
            const received = record(receiver, 'getMessage');
            await ask(receiver, 'newUser', bob);
            assert.deepEqual(texts(received), expected);
            const sender = await register(own.url, alice);
            assert.equal((await send(sender, bob, '0', { messageId: 'm-0' })).ok, true);
            await send(sender, bob, 'new');
            await settle(receiver);
            assert.deepEqual(texts(received), [...expected, 'new']);
            assert.equal((await ask(receiver, 'joinChat', { chatId })).members.length, 2);
        });
    });

    test('a second server on the same DATA_DIR does not start, says so in one line, and disturbs nobody', async () => {
        const cwd = temporaryFolder();
        await withServer(['--data-dir', join(cwd, 'data')], async own => {
            const { code, stdout, stderr } = await runToEnd(['--port', '0', '--health-port', '0', '--bind', '127.0.0.1', '--data-dir', join(cwd, 'data')]);
            assert.notEqual(code, 0);
            assert.doesNotMatch(stdout, /listening/);
            assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
            assert.match(stderr, /DATA_DIR|data/);
            const bob = freshId('bob');
            const receiver = await register(own.url, bob);
            assert.equal((await send(receiver, bob, 'to myself')).ok, true);
        });
    });
});
