// REDIS_URL: a Concierge is a node of a Socket.IO cluster. Real Redis, Node's own server and adapter, its emitter, stock clients.
import assert from 'node:assert/strict';
import { join as joinPath } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import { makeCertificate } from '../lib/certificates.mjs';
import { start, temporaryFolder } from '../lib/children.mjs';
import { ask, closeClients, freshId, heard, modes, openClient, openUser, record } from '../lib/clients.mjs';
import { closeClusters, freePort, isRedisThere, openEmitter, startNodePeer, startRedis } from '../lib/cluster.mjs';
import { Link } from '../lib/link.mjs';
import { delay, request, within } from '../lib/raw.mjs';
import { serverProgram, startServer } from '../lib/target.mjs';

const websocket = 'websocket only';
const skip = !isRedisThere && 'there is no redis-server';

const health = async server => JSON.parse((await request(`${server.health}/health`)).text);
const metric = async (server, name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec((await request(`${server.health}/metrics`)).text)?.[1]);
const until = (what, condition, ms = 20_000) => within((async () => { while (!await condition()) await delay(20); })(), what, ms);
/** Until it has heard of as many other servers. */
const untilOthers = (server, count) => until(`${count} others`, async () => await metric(server, 'concierge_cluster_servers') === count + 1);
const join = (redis, { env, ...options } = {}) => startServer({ env: { REDIS_URL: redis.url, ...env }, ...options });
const texts = messages => messages.map(({ text }) => text);

afterEach(closeClients);
after(closeClusters);

for (const sharded of [false, true]) {
    describe(sharded ? 'the sharded adapter' : 'the classic adapter', { skip }, () => {
        let redis, one, two, node, emitter;
        before(async () => {
            redis = await startRedis();
            node = await startNodePeer(redis, { sharded });
            const env = { REDIS_ADAPTER: sharded ? 'sharded' : 'classic', REDIS_REQUIRED: 'true' };
            [one, two] = await Promise.all([join(redis, { env }), join(redis, { env })]);
            if (!sharded) emitter = await openEmitter(redis);
            await Promise.all([one, two].map(server => untilOthers(server, 2)));
        });
        after(async () => {
            await Promise.all([one, two].map(server => server?.stop()));
            await closeClusters();
        });

        /** Until Redis knows that so many servers want to hear of each room; of the classic adapter it need not. */
        const known = counts => until('rooms', async () => {
            if (!sharded) return true;
            const rooms = Object.keys(counts);
            const answer = await redis.ask('PUBSUB', 'SHARDNUMSUB', ...rooms.map(room => `socket.io#/#${room}#`));
            return rooms.every((room, i) => Number(answer[2 * i + 1]) === counts[room]);
        });

        /** Whoever speaks from outside: the back end's emitter, or Node's server. */
        const outside = () => emitter ?? node.io;

        for (const mode of Object.keys(modes)) {
            test(`to(userId): a user here hears it, who is told that he is registered, ${mode}`, async () => {
                for (let round = 0; round < (sharded ? 1 : 20); ++round) {
                    const id = freshId('ann');
                    const socket = await openClient(one.url, mode);
                    const message = heard(socket, 'getMessage');
                    await ask(socket, 'newUser', id);
                    await known({ [id]: 1 });
                    outside().to(id).emit('getMessage', { text: 'from outside', round });
                    assert.deepEqual(await message, { text: 'from outside', round });
                    socket.close();
                }
            });
        }

        test('all of a user\'s sockets, on whatever server, each once; nobody else', async () => {
            const id = freshId('ann');
            const sockets = await Promise.all([one, one, two, node].map(({ url }) => openUser(url, id, websocket)));
            const other = await openUser(one.url, freshId('bob'), websocket);
            const logs = [...sockets, other].map(socket => record(socket, 'ping it'));
            await known({ [id]: 3 });
            outside().to(id).emit('ping it', { n: 1 });
            outside().to(id).emit('ping it', { n: 2 });
            outside().to(freshId('nobody')).emit('ping it', { n: 3 });
            outside().emit('ping it', 'last');
            await until('all', () => logs.every(log => log.includes('last')));
            assert.deepEqual(logs, [...Array(4).fill([{ n: 1 }, { n: 2 }, 'last']), ['last']]);
        });

        test('chats are rooms, before and after joinChat and leaveChat; except; everybody', async () => {
            const [ann, bob, cid] = ['ann', 'bob', 'cid'].map(freshId);
            const flat = freshId('flat');
            const [a, b, c] = await Promise.all([[one, ann], [two, bob], [node, cid]].map(([{ url }, id]) => openUser(url, id, websocket)));
            for (const socket of [a, b, c]) await ask(socket, 'joinChat', { chatId: flat });
            const later = await openUser(one.url, ann, websocket); // a member already
            const all = [a, b, c, later];
            const logs = all.map(socket => record(socket, 'news'));
            await known({ [flat]: 3, [bob]: 1, [cid]: 1 });
            outside().to(flat).emit('news', 1);
            outside().to(flat).except(bob).emit('news', 2);
            outside().to([bob, cid]).emit('news', 3);
            outside().except([flat]).emit('news', 4);
            outside().emit('news', 5);
            await until('the last', () => logs.every(log => log.includes(5)));
            assert.deepEqual(logs, [[1, 2, 5], [1, 3, 5], [1, 2, 3, 5], [1, 2, 5]]);
            await ask(a, 'leaveChat', { chatId: flat });
            outside().to(flat).emit('news', 6);
            outside().emit('news', 7);
            await until('the last', () => logs.every(log => log.includes(7)));
            assert.deepEqual(logs.map(log => log.includes(6)), [false, true, true, false]);
        });

        test('binary, deep and large, both ways', async () => {
            const [ann, cid] = ['ann', 'cid'].map(freshId);
            const a = await openUser(one.url, ann, websocket);
            const c = await openUser(node.url, cid, websocket);
            await known({ [ann]: 1, [cid]: 1 });
            const large = Buffer.alloc(300_000, 7);
            const got = heard(a, 'file');
            outside().to(ann).emit('file', { name: 'é', parts: [Buffer.from([0, 1, 255]), large] });
            const file = await got;
            assert.deepEqual([file.name, file.parts[0].length, Buffer.compare(file.parts[1], large)], ['é', 3, 0]);
            const there = heard(c, 'getMessage');
            const answer = await ask(a, 'sendMessage', { receiverId: cid, data: { text: 'look', metadata: { picture: large } } });
            assert.equal(answer.ok, true);
            const message = await there;
            assert.deepEqual([message.text, message.senderId, message.messageId], ['look', ann, answer.messageId]);
            assert.equal(Buffer.compare(message.metadata.picture, large), 0);
        });

        test('what users here say and do reaches Node\'s clients, and the reverse', async () => {
            const [ann, bob, cid] = ['ann', 'bob', 'cid'].map(freshId);
            const flat = freshId('flat');
            const a = await openUser(one.url, ann, websocket);
            const annElsewhere = await openUser(node.url, ann, websocket);
            const b = await openUser(one.url, bob, websocket);
            const bobElsewhere = record(await openUser(two.url, bob, websocket), 'getMessage');
            const c = await openUser(node.url, cid, websocket);
            await ask(a, 'joinChat', { chatId: flat });
            await ask(b, 'joinChat', { chatId: flat });
            const sent = heard(annElsewhere, 'messageSent');
            const typing = heard(c, 'typing');
            const states = record(annElsewhere, 'messageStatus');
            await known({ [ann]: 2, [bob]: 2, [cid]: 1 });
            const { messageId } = await ask(a, 'sendMessage', { receiverId: bob, data: { text: 'hello', messageId: freshId('m') } });
            const told = await sent;
            assert.deepEqual([told.receiverId, told.data.text, told.data.messageId], [bob, 'hello', messageId]);
            await ask(b, 'messageRead', { messageIds: [messageId] });
            await until('read', () => states.some(({ status }) => status === 'read'));
            assert.deepEqual(states.at(-1), { ...states.at(-1), messageId, receiverId: bob, status: 'read' });
            a.emit('typing', { receiverId: cid, isTyping: true });
            assert.deepEqual(await typing, { userId: ann, isTyping: true });
            const back = heard(a, 'getMessage', ({ text }) => text === 'from Node');
            await ask(c, 'sendMessage', { receiverId: ann, data: { text: 'from Node', senderId: cid } });
            assert.equal((await back).senderId, cid);
            outside().to(bob).emit('getMessage', { text: 'from outside' });
            await until('from outside', () => bobElsewhere.length > 0);
            assert.deepEqual(texts(bobElsewhere), ['from outside']); // a Concierge passes over what another tells Node's servers
        });

        test('presence here is told to Node\'s clients', async () => {
            const c = await openClient(node.url, websocket);
            const ann = freshId('ann');
            const list = heard(c, 'getOnlineUsers', users => users.includes(ann), 10_000);
            const status = heard(c, 'userStatus', ({ userId }) => userId === ann, 10_000);
            const a = await openUser(one.url, ann, websocket);
            await list;
            assert.equal((await status).status, 'online');
            const gone = heard(c, 'userStatus', ({ userId }) => userId === ann, 10_000);
            a.close();
            assert.equal((await gone).status, 'offline');
        });

        test('fetchSockets finds all, with rooms, data and handshake, and never waits for a time-out', async () => {
            const ids = ['ann', 'bob', 'cid'].map(freshId);
            const flat = freshId('flat');
            const url = `${one.url}/?tag=é`;
            const a = await openUser(url, ids[0], websocket, { auth: { token: 'a secret' }, extraHeaders: { 'x-one': '1', cookie: 'token=secret' } });
            await ask(a, 'joinChat', { chatId: flat });
            await openUser(two.url, ids[1], websocket);
            await openUser(two.url, ids[1], 'polling only');
            await openUser(node.url, ids[2], websocket);
            const begin = Date.now();
            const sockets = await node.io.in(ids).fetchSockets();
            assert.equal(sockets.length, 4);
            const found = sockets.find(({ id }) => id === a.id);
            assert.deepEqual([...found.rooms].sort(), [a.id, ids[0], flat].sort());
            assert.deepEqual(found.data, { userId: ids[0] });
            assert.equal(found.handshake.headers['x-one'], '1');
            assert.equal(found.handshake.query.tag, 'é');
            assert.ok(Math.abs(found.handshake.issued - Date.now()) < 60_000);
            assert.ok(Math.abs(Date.parse(found.handshake.time) - Date.now()) < 60_000);
            assert.doesNotMatch(JSON.stringify(found.handshake), /secret/);
            assert.equal((await node.io.in(freshId('nobody')).fetchSockets()).length, 0);
            await until('nobody else', async () => (await node.io.fetchSockets()).length === 4); // others have just gone
            if (!sharded) {
                const rooms = await node.io.of('/').adapter.allRooms();
                for (const room of [...ids, flat, a.id]) assert.ok(rooms.has(room), room);
            }
            assert.ok(Date.now() - begin < 3_000, `${Date.now() - begin} ms`);
        });

        test('socketsJoin and socketsLeave', async () => {
            const [ann, bob] = ['ann', 'bob'].map(freshId);
            const a = await openUser(one.url, ann, websocket);
            const b = await openUser(two.url, bob, websocket);
            const logs = [a, b].map(socket => record(socket, 'lobby'));
            await known({ [ann]: 1, [bob]: 1 });
            outside().in([ann, bob]).socketsJoin(['lobby', 'bar']);
            await until('joined', async () => (await node.io.in('lobby').fetchSockets()).length === 2);
            await known({ lobby: 2, bar: 2 });
            outside().to('lobby').emit('lobby', 1);
            await until('both', () => logs.every(({ length }) => length === 1));
            outside().in(ann).socketsLeave('lobby');
            await until('left', async () => (await node.io.in('lobby').fetchSockets()).length === 1);
            outside().to('lobby').emit('lobby', 2);
            await until('one', () => logs[1].length === 2);
            outside().to('bar').emit('lobby', 3);
            await until('both again', () => logs.every(log => log.includes(3)));
            assert.deepEqual(logs, [[1, 3], [1, 2, 3]]);
        });

        test('disconnectSockets: the client hears that it was the server, and stays away', async () => {
            const [ann, bob, cid] = ['ann', 'bob', 'cid'].map(freshId);
            const a = await openUser(one.url, ann, websocket);
            const b = await openUser(two.url, bob, 'polling only');
            const c = await openUser(one.url, cid, websocket);
            await known({ [ann]: 1, [bob]: 1 });
            const ends = [a, b].map(socket => heard(socket, 'disconnect'));
            outside().in(ann).disconnectSockets();
            outside().in(bob).disconnectSockets(true);
            for (const end of ends) assert.equal(await end, 'io server disconnect');
            assert.equal(c.connected, true);
            await until('gone', async () => (await node.io.in([ann, bob]).fetchSockets()).length === 0);
        });

        test('emitWithAck: every client\'s answer, binary ones too; who does not answer is missed at the time-out', async () => {
            const ids = ['ann', 'bob', 'cid'].map(freshId);
            const sockets = await Promise.all([one, two, node].map(({ url }, i) => openUser(url, ids[i], websocket)));
            await known(Object.fromEntries(ids.map(id => [id, 1])));
            sockets.forEach((socket, i) => socket.on('question', (argument, answer) => answer({ from: ids[i], argument })));
            const answers = await node.io.to(ids).timeout(4_000).emitWithAck('question', 5);
            assert.deepEqual(answers.sort((x, y) => x.from.localeCompare(y.from)), ids.map(from => ({ from, argument: 5 })).sort((x, y) => x.from.localeCompare(y.from)));
            sockets[0].on('bytes', (bytes, answer) => answer(Buffer.concat([bytes, Buffer.from('!')])));
            assert.deepEqual(await node.io.to(ids[0]).timeout(4_000).emitWithAck('bytes', Buffer.from('hi')), [Buffer.from('hi!')]);
            const [remote] = await node.io.in(ids[0]).fetchSockets();
            assert.deepEqual(await remote.timeout(4_000).emitWithAck('question', 'to one'), { from: ids[0], argument: 'to one' });
            sockets[1].off('question');
            await assert.rejects(node.io.to(ids).timeout(500).emitWithAck('question', 6), error => {
                assert.deepEqual(error.responses.map(({ from }) => from).sort(), [ids[0], ids[2]].sort());
                return true;
            });
            // Late answers do no harm, and the client's own acknowledgements go on.
            assert.equal((await ask(sockets[1], 'getPresence', [])).ok, true);
        });

        test('serverSideEmitWithAck does not wait for a time-out', async () => {
            const begin = Date.now();
            const answers = await node.io.serverSideEmitWithAck('anybody');
            assert.ok(answers.length >= 2, JSON.stringify(answers));
            assert.ok(Date.now() - begin < 3_000);
        });

        test('many at once, in order, none twice', async () => {
            const id = freshId('ann');
            const a = await openUser(one.url, id, websocket);
            const log = record(a, 'count');
            await known({ [id]: 1 });
            const total = 3_000;
            for (let i = 0; i < total; ++i) outside().to(id).emit('count', i);
            await until('all', () => log.length === total);
            assert.deepEqual(log, Array.from({ length: total }, (_, i) => i));
        });

        test('recovery: a text from outside does no harm, and the rooms are there again', async () => {
            const link = await new Link(Number(new URL(one.url).port)).open();
            try {
                const [ann, bob] = ['ann', 'bob'].map(freshId);
                const a = await openUser(link.url, ann, websocket);
                const b = await openUser(one.url, bob, websocket);
                await ask(b, 'sendMessage', { receiverId: ann, data: { text: 'before' } });
                await known({ [ann]: 1 });
                const text = heard(a, 'say');
                outside().to(ann).emit('say', 'a text at the end');
                assert.equal(await text, 'a text at the end');
                const { id } = a;
                const messages = record(a, 'getMessage');
                const ended = heard(a, 'disconnect');
                link.refuse();
                await ended;
                await ask(b, 'sendMessage', { receiverId: ann, data: { text: 'meanwhile' } });
                const back = heard(a, 'connect', undefined, 10_000);
                link.accept();
                await back;
                assert.deepEqual([a.recovered, a.id], [true, id]);
                await until('what was missed', () => messages.length > 0);
                await known({ [ann]: 1 });
                const again = heard(a, 'say');
                outside().to(ann).emit('say', { n: 2 });
                assert.deepEqual(await again, { n: 2 });
                assert.deepEqual(texts(messages), ['meanwhile']);
            } finally {
                link.close();
            }
        });

        test('figures', async () => {
            assert.equal(await metric(one, 'concierge_cluster_up'), 1);
            assert.ok(await metric(one, 'concierge_cluster_events_total') > 0);
            assert.ok(await metric(one, 'concierge_cluster_requests_total') > 0);
            assert.ok(await metric(one, 'concierge_cluster_published_total') > 0);
            assert.equal(await metric(one, 'concierge_cluster_malformed_total'), 0);
            assert.equal(await metric(one, 'concierge_cluster_events_dropped_total'), 0);
            assert.equal(await metric(one, 'concierge_redis_connections'), 2);
            assert.equal((await health(one)).redis, 'up');
            assert.match(one.handle.stderr, /info concierge\.cluster in the cluster socket\.io, by Redis at 127\.0\.0\.1:\d+/);
        });
    });
}

describe('without Redis', { skip }, () => {
    afterEach(closeClusters);

    async function runToEnd(env) {
        const handle = start(serverProgram, ['--port', '0', '--health-port', '0'], { env });
        const { code } = await within(handle.exited, 'end', 30_000);
        return { code, stderr: handle.stderr };
    }

    test('REDIS_REQUIRED: nobody there, a wrong password, none where one is wanted: one line that says so, and no start', async () => {
        const redis = await startRedis('--requirepass', 'hunter2');
        for (const [url, what] of [
            ['redis://127.0.0.1:1', 'Redis at 127.0.0.1:1 refuses connections'],
            [`redis://:hunter3@127.0.0.1:${redis.port}`, 'does not take the user and password'],
            [redis.url, 'does not take the user and password'],
            ['redis://no.such.host.invalid', 'cannot be found'],
            ['unix:///no/such/socket', 'there is no such socket'],
            [`rediss://127.0.0.1:${redis.port}`, 'TLS'],
        ]) {
            const { code, stderr } = await runToEnd({ REDIS_URL: url, REDIS_REQUIRED: 'true' });
            assert.equal(code, 1, stderr);
            const line = stderr.trim().split('\n').at(-1);
            assert.match(line, /REDIS_URL: /);
            assert.ok(line.includes(what), line);
            assert.ok(line.includes('REDIS_REQUIRED=false'), line);
            assert.doesNotMatch(stderr, /hunter/);
        }
    });

    test('a user and password that are right', async () => {
        const redis = await startRedis('--user', 'default', 'off', '--user', 'app', 'on', '>s3cret', 'resetkeys', '&socket.io#/#*', '&socket.io-*', '+@connection', '+@pubsub');
        const server = await startServer({ env: { REDIS_URL: `redis://app:s3cret@127.0.0.1:${redis.port}/3`, REDIS_REQUIRED: 'true' } });
        assert.equal((await health(server)).redis, 'up');
        await server.stop();
        assert.doesNotMatch(server.handle.stderr, /s3cret/);
    });

    test('rediss:// with REDIS_CA, and not without; unix://', async () => {
        const { cert, key } = makeCertificate('rsa');
        const path = joinPath(temporaryFolder(), 'redis.sock');
        const tlsPort = await freePort();
        await startRedis('--unixsocket', path, '--tls-port', String(tlsPort), '--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert, '--tls-auth-clients', 'no');
        const url = `rediss://localhost:${tlsPort}`;
        for (const env of [{ REDIS_URL: url, REDIS_CA: cert }, { REDIS_URL: `unix://${path}?db=1` }]) {
            const server = await startServer({ env: { REDIS_REQUIRED: 'true', ...env } });
            assert.equal((await health(server)).redis, 'up');
            await server.stop();
        }
        const { code, stderr } = await runToEnd({ REDIS_URL: url, REDIS_REQUIRED: 'true' });
        assert.equal(code, 1);
        assert.match(stderr, /REDIS_URL: Redis at localhost:\d+ cannot be trusted: TLS failed/);
    });

    test('it was not there at the start, and came: nothing has to be done', async () => {
        const redis = await startRedis();
        await redis.kill();
        const server = await join(redis);
        assert.match(server.handle.stderr, /warn concierge\.cluster not in the cluster: Redis at .* refuses connections/);
        assert.deepEqual([(await health(server)).redis, (await health(server)).status], ['down', 'degraded']);
        assert.equal((await request(`${server.health}/ready`)).status, 200);
        await redis.start();
        await until('up', async () => (await health(server)).redis === 'up');
        const emitter = await openEmitter(redis);
        const id = freshId('ann');
        const a = await openUser(server.url, id, websocket);
        const news = heard(a, 'news');
        emitter.to(id).emit('news', 1);
        assert.equal(await news, 1);
        await server.stop();
    });

    test('killed, and started again: users here go on chatting, /ready says 503 while it is wanted, all heals by itself', async () => {
        const redis = await startRedis();
        const node = await startNodePeer(redis);
        const server = await join(redis, { env: { REDIS_REQUIRED: 'true' } });
        await untilOthers(server, 1);
        const [ann, bob, cid] = ['ann', 'bob', 'cid'].map(freshId);
        const a = await openUser(server.url, ann, websocket);
        const b = await openUser(server.url, bob, websocket);
        const c = await openUser(node.url, cid, websocket);
        const messages = record(b, 'getMessage');
        const send = text => ask(a, 'sendMessage', { receiverId: bob, data: { text } });
        assert.equal((await send('0')).status, 'delivered');
        await redis.kill();
        await until('down', async () => (await health(server)).redis === 'down');
        const ready = await request(`${server.health}/ready`);
        assert.equal(ready.status, 503);
        assert.match(JSON.parse(ready.text).reason, /Redis at 127\.0\.0\.1:\d+ /);
        for (let i = 1; i <= 20; ++i) assert.equal((await send(String(i))).status, 'delivered');
        const dan = freshId('dan');
        const d = await openUser(server.url, dan, websocket); // and they come and go
        b.emit('typing', { receiverId: ann, isTyping: true });
        assert.match(server.handle.stderr, /warn concierge\.cluster out of the cluster: Redis at .*\. Users here go on chatting/);
        await redis.start();
        await until('up', async () => (await request(`${server.health}/ready`)).status === 200);
        await untilOthers(server, 1);
        assert.match(server.handle.stderr, /info concierge\.cluster in the cluster again, by Redis at \S+, after \d+ s/);
        const there = heard(c, 'getMessage');
        await until('from here to there', async () => {
            await ask(a, 'sendMessage', { receiverId: cid, data: { text: 'are you there' } });
            return await Promise.race([there.then(() => true), delay(200)]);
        });
        const here = heard(d, 'news');
        await until('from there to here', async () => {
            node.io.to(dan).emit('news', 1);
            return await Promise.race([here.then(() => true), delay(200)]);
        });
        assert.equal((await node.io.fetchSockets()).length, 4);
        assert.deepEqual(texts(messages), Array.from({ length: 21 }, (_, i) => String(i)));
        await server.stop();
    });

    test('paused for longer than it may be silent: found out, and over when it goes on', async () => {
        const redis = await startRedis();
        const server = await join(redis);
        await until('up', async () => (await health(server)).redis === 'up');
        redis.pause();
        await until('down', async () => (await health(server)).redis === 'down', 30_000);
        const [ann, bob] = ['ann', 'bob'].map(freshId);
        const a = await openUser(server.url, ann, websocket);
        await openUser(server.url, bob, websocket);
        assert.equal((await ask(a, 'sendMessage', { receiverId: bob, data: { text: 'hi' } })).status, 'delivered');
        redis.resume();
        await until('up', async () => (await health(server)).redis === 'up');
        await server.stop();
    });

    test('what is no message of a cluster is dropped, counted and logged, and harms nobody', async () => {
        const redis = await startRedis();
        const server = await join(redis);
        await until('up', async () => (await health(server)).redis === 'up');
        const id = freshId('ann');
        const a = await openUser(server.url, id, websocket);
        const deep = Buffer.concat([Buffer.alloc(50_000, 0x91), Buffer.from([0xc0])]);
        for (const bytes of ['', 'nonsense', Buffer.from([0xc1]), deep, Buffer.from([0x93, 0xa1, 0x61])]) await redis.ask('PUBLISH', 'socket.io#/#', bytes);
        for (const json of ['', '{', '[]', '{"type":5}', '{"type":99}', `${'['.repeat(50_000)}`]) await redis.ask('PUBLISH', 'socket.io-request#/#', json);
        await until('counted', async () => await metric(server, 'concierge_cluster_malformed_total') >= 8);
        assert.match(server.handle.stderr, /warn concierge\.cluster a message of another server on channel socket\.io\S* is dropped: /);
        const emitter = await openEmitter(redis);
        const news = heard(a, 'news');
        emitter.to(id).emit('news', 1);
        assert.equal(await news, 1);
        await server.stop();
    });

    test('two Concierges alone publish nothing of what their users say; both hear the emitter', async () => {
        const redis = await startRedis();
        const [one, two] = await Promise.all([join(redis), join(redis)]);
        await Promise.all([one, two].map(server => untilOthers(server, 1)));
        const [ann, bob] = ['ann', 'bob'].map(freshId);
        const a = await openUser(one.url, ann, websocket);
        const b = await openUser(two.url, bob, websocket);
        await openUser(one.url, bob, websocket);
        assert.equal((await ask(a, 'sendMessage', { receiverId: bob, data: { text: 'hi' } })).status, 'delivered');
        assert.equal(await metric(one, 'concierge_cluster_published_total'), 0);
        const emitter = await openEmitter(redis);
        const news = [a, b].map(socket => heard(socket, 'news'));
        emitter.emit('news', { n: 1 });
        assert.deepEqual(await Promise.all(news), [{ n: 1 }, { n: 1 }]);
        await Promise.all([one.stop(), two.stop()]);
    });

    test('another REDIS_KEY is another cluster', async () => {
        const redis = await startRedis();
        const server = await join(redis, { env: { REDIS_KEY: 'chat' } });
        await until('up', async () => (await health(server)).redis === 'up');
        const a = await openClient(server.url, websocket);
        const log = record(a, 'news');
        (await openEmitter(redis)).emit('news', 1);
        (await openEmitter(redis, { key: 'chat' })).emit('news', 2);
        await until('news', () => log.length > 0);
        assert.deepEqual(log, [2]);
        await server.stop();
    });
});
