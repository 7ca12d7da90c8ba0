// Socket.IO 5: CONNECT, events, acknowledgements, binary, DISCONNECT, and what closes a connection.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Polling, delay, openSocket, openWs, within } from '../lib/raw.mjs';
import { deviation, startFixture } from '../lib/target.mjs';

let fixture;
before(async () => { fixture = await startFixture(); });
after(async () => { await fixture?.stop(); });

const path = '/socket.io/';
const open = options => openWs(fixture.url, path, options);

/** Joined, and past the `auth` event. */
async function joined() {
    const ws = await openSocket(fixture.url);
    await ws.until('42["auth"');
    return ws;
}

async function assertEchoes(ws, value = 1) {
    ws.send(`42["message",${value}]`);
    assert.equal(await ws.next(), `42["message-back",${value}]`);
}

describe('connect', () => {
    test('to the main namespace', async () => {
        const ws = await open();
        ws.send('40');
        const { sid, ...rest } = JSON.parse((await ws.until('40')).slice(2));
        assert.equal(typeof sid, 'string');
        assert.notEqual(sid, ws.handshake.sid);
        assert.deepEqual(Object.keys(rest).filter(key => key !== 'pid'), []);
        assert.equal(await ws.next(), '42["auth",{}]');
        ws.end();
    });

    test('with a payload, which the server sees', async () => {
        const ws = await open();
        ws.send('40{"token":"123","nested":{"a":[1,2.5,null,true]}}');
        await ws.until('40{"sid":');
        assert.equal(await ws.next(), '42["auth",{"token":"123","nested":{"a":[1,2.5,null,true]}}]');
        ws.end();
    });

    test('an explicit / is the main namespace', async () => {
        const ws = await open();
        ws.send('40/,');
        await ws.until('40{"sid":');
        assert.equal(await ws.next(), '42["auth",{}]');
        ws.send('42/,["message",1]');
        assert.equal(await ws.next(), '42["message-back",1]');
        ws.end();
    });

    for (const [name, packet, auth] of [['', '40/custom,', '{}'], [' with a payload', '40/custom,{"token":"abc"}', '{"token":"abc"}'],
        [' without comma', '40/custom', '{}']]) {
        test(`to a custom namespace${name}`, async () => {
            const ws = await open();
            ws.send(packet);
            const answer = await ws.until('40/custom,');
            assert.equal(typeof JSON.parse(answer.slice('40/custom,'.length)).sid, 'string');
            assert.equal(await ws.next(), `42/custom,["auth",${auth}]`);
            ws.end();
        });
    }

    test('to an unknown namespace is an error and the connection lives', async () => {
        const ws = await open();
        ws.send('40/random');
        assert.equal(await ws.next(), '44/random,{"message":"Invalid namespace"}');
        ws.send('40');
        await ws.until('40{"sid":');
        assert.equal(await ws.next(), '42["auth",{}]');
        await assertEchoes(ws);
        ws.end();
    });

    for (const name of ['/__proto__', '/constructor', '/custom/', '/Custom']) {
        test(`to ${name}`, async () => {
            const ws = await open();
            ws.send(`40${name},`);
            assert.equal(await ws.next(), `44${name},{"message":"Invalid namespace"}`);
            ws.end();
        });
    }

    test('two namespaces on one connection have ids of their own', async () => {
        const ws = await joined();
        ws.send('40/custom,');
        const answer = await ws.until('40/custom,');
        assert.notEqual(JSON.parse(answer.slice('40/custom,'.length)).sid, ws.socketId);
        assert.equal(await ws.next(), '42/custom,["auth",{}]');
        await assertEchoes(ws);
        ws.end();
    });

    test('who joins nothing within connectTimeout is closed', async () => {
        const start = Date.now();
        const ws = await open();
        await ws.closed();
        const elapsed = Date.now() - start;
        assert.ok(elapsed >= 980 && elapsed < 1_400, `closed after ${elapsed} ms`);
    });

    test('a refused namespace does not count as joined', async () => {
        const ws = await open();
        ws.send('40/random');
        await ws.until('44/random');
        await ws.closed();
    });

    test('over polling, with the reply and the event in order', async () => {
        const session = await Polling.open(fixture.url, path);
        await session.post('40{"a":1}');
        const packets = [];
        while (packets.length < 2) packets.push(...await session.pollPastPings());
        assert.match(packets[0], /^40\{"sid":"/);
        assert.equal(packets[1], '42["auth",{"a":1}]');
    });
});

describe('events', () => {
    for (const [name, args] of [
        ['none', ''], ['text', '"é€😀\\u0000\\"\\\\"'], ['numbers', '1,0,-1.5,1e21'], ['several', '1,"2",{"3":[true,null]}'],
        ['deep', `${'['.repeat(50)}${']'.repeat(50)}`], ['a null', 'null'], ['what looks like a placeholder', '{"_placeholder":true,"num":0}'],
    ]) {
        test(`arguments: ${name}`, async () => {
            const ws = await joined();
            ws.send(`42["message"${args && ','}${args}]`);
            const frame = await ws.next();
            assert.deepEqual(JSON.parse(frame.slice(2)), ['message-back', ...JSON.parse(`[${args}]`)]);
            ws.end();
        });
    }

    test('an event nobody listens to is dropped', async () => {
        const ws = await joined();
        ws.send('42["nobody-listens",1]');
        ws.send('42[7,"a number as name"]');
        await assertEchoes(ws);
        ws.end();
    });

    test('binary', async () => {
        const ws = await joined();
        ws.send('452-["message",{"_placeholder":true,"num":0},{"a":{"_placeholder":true,"num":1}}]');
        ws.send(Buffer.from([1, 2, 3]));
        ws.send(Buffer.from([4, 5, 6]));
        assert.equal(await ws.next(), '452-["message-back",{"_placeholder":true,"num":0},{"a":{"_placeholder":true,"num":1}}]');
        assert.deepEqual(await ws.next(), Buffer.from([1, 2, 3]));
        assert.deepEqual(await ws.next(), Buffer.from([4, 5, 6]));
        ws.end();
    });

    test('ten attachments', async () => {
        const ws = await joined();
        const places = Array.from({ length: 10 }, (_, i) => `{"_placeholder":true,"num":${i}}`).join();
        ws.send(`4510-["message",${places}]`);
        for (let i = 0; i < 10; ++i) ws.send(Buffer.from([i]));
        assert.equal(await ws.next(), `4510-["message-back",${places}]`);
        for (let i = 0; i < 10; ++i) assert.deepEqual(await ws.next(), Buffer.from([i]));
        ws.end();
    });

    test('one placeholder used twice', async () => {
        const ws = await joined();
        ws.send('451-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]');
        ws.send(Buffer.from([9]));
        const header = await ws.next();
        assert.match(header, /^45[12]-\["message-back",/);
        const count = Number(header[2]);
        for (let i = 0; i < count; ++i) assert.deepEqual(await ws.next(), Buffer.from([9]));
        await assertEchoes(ws);
        ws.end();
    });

    test('binary over polling', async () => {
        const session = await Polling.open(fixture.url, path);
        await session.post('40');
        const packets = [];
        while (packets.length < 2) packets.push(...await session.pollPastPings());
        await session.post('451-["message",{"_placeholder":true,"num":0}]\x1ebAQID');
        const answer = [];
        while (answer.length < 2) answer.push(...await session.pollPastPings());
        assert.deepEqual(answer, ['451-["message-back",{"_placeholder":true,"num":0}]', 'bAQID']);
    });

    test('42 without payload is tolerated', async () => {
        const ws = await joined();
        ws.send('42');
        await assertEchoes(ws);
        ws.end();
    });
});

describe('acknowledgements', () => {
    for (const id of ['0', '1', '456', '2147483648', '9007199254740991']) {
        test(`the client's id ${id} comes back`, async () => {
            const ws = await joined();
            ws.send(`42${id}["message-with-ack",1,"2",{"3":[false]}]`);
            assert.equal(await ws.next(), `43${id}[1,"2",{"3":[false]}]`);
            ws.end();
        });
    }

    test('without arguments', async () => {
        const ws = await joined();
        ws.send('427["message-with-ack"]');
        assert.equal(await ws.next(), '437[]');
        ws.end();
    });

    test('binary', async () => {
        const ws = await joined();
        ws.send('452-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
        ws.send(Buffer.from([1, 2, 3]));
        ws.send(Buffer.from([4, 5, 6]));
        assert.equal(await ws.next(), '462-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
        assert.deepEqual(await ws.next(), Buffer.from([1, 2, 3]));
        assert.deepEqual(await ws.next(), Buffer.from([4, 5, 6]));
        ws.end();
    });

    test('an ACK with an unknown id is tolerated', async () => {
        const ws = await joined();
        ws.send('43999[]');
        await assertEchoes(ws);
        ws.end();
    });

    test('an ACK without id is tolerated', async () => {
        const ws = await joined();
        ws.send('43[]');
        await assertEchoes(ws);
        ws.end();
    });
});

describe('disconnect', () => {
    test('from the main namespace; the connection stays and may join again', async () => {
        const ws = await joined();
        ws.send('41');
        await delay(30);
        ws.send('40');
        const again = JSON.parse((await ws.until('40')).slice(2)).sid;
        assert.notEqual(again, ws.socketId);
        ws.end();
    });

    test('an event after it closes', async () => {
        const ws = await joined();
        ws.send('41');
        await delay(30);
        ws.send('42["message",1]');
        await ws.closed();
    });

    test('from one namespace leaves the other', async () => {
        const ws = await joined();
        ws.send('40/custom,');
        await ws.until('42/custom,["auth"');
        ws.send('41/custom,');
        await assertEchoes(ws);
        await delay(1_200);
        await assertEchoes(ws, 2);
        ws.end();
    });

    test('41 and 40 in one read reconnect', deviation, async () => {
        const ws = await joined();
        ws.sendTogether(['41', '40', '42["message",5]']);
        const again = JSON.parse((await ws.until('40')).slice(2)).sid;
        assert.notEqual(again, ws.socketId);
        assert.equal(await ws.next(), '42["auth",{}]');
        assert.equal(await ws.next(), '42["message-back",5]');
        ws.end();
    });
});

test('frames pipelined behind 40 are handled in order', deviation, async () => {
    const ws = await open();
    ws.sendTogether(['40', '42["message",1]', '421["message-with-ack",2]']);
    await ws.until('40{"sid":');
    assert.equal(await ws.next(), '42["auth",{}]');
    assert.equal(await ws.next(), '42["message-back",1]');
    assert.equal(await ws.next(), '431[2]');
    ws.end();
});

describe('what closes the connection, and only that one', () => {
    const placeholder = '{"_placeholder":true,"num":0}';
    const reserved = ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'];
    const afterJoin = [
        ['packet type 7', ['47']],
        ['packet type 9', ['49["message"]']],
        ['packet type a letter', ['4a["message"]']],
        ['an empty packet', ['4']],
        ['EVENT with an object', ['42{}']],
        ['EVENT with text', ['42"message"']],
        ['EVENT with null', ['42null']],
        ['EVENT with a true', ['42true']],
        ['EVENT with an empty array', ['42[]']],
        ['EVENT named null', ['42[null]']],
        ['EVENT named by an object', ['42[{"a":1}]']],
        ['EVENT named by an array', ['42[["message"]]']],
        ['EVENT named true', ['42[true,1]']],
        ...reserved.map(name => [`the reserved name ${name}`, [`42["${name}"]`]]),
        ['ACK with an object', ['431{}']],
        ['ACK with text', ['431"a"']],
        ['DISCONNECT with a payload', ['41{"a":1}']],
        ['bad JSON: open string', ['42["message']],
        ['bad JSON: trailing comma', ['42["message",]']],
        ['bad JSON: bare word', ['42["message",nonsense]']],
        ['bad JSON: something behind', ['42["message"]x']],
        ['bad JSON in an ACK', ['431[']],
        ['bad JSON deep inside', ['42["message",{"a":{"b":[1,{"c":tru}]}}]']],
        ['a second CONNECT', ['40']],
        ['CONNECT_ERROR', ['44{"message":"no"}']],
        ['EVENT for a namespace not joined', ['42/custom,["message",1]']],
        ['EVENT for an unknown namespace', ['42/random,["message",1]']],
        ['ACK for a namespace not joined', ['43/custom,1[]']],
        ['DISCONNECT for a namespace not joined', ['41/custom,']],
        ['CONNECT with text', ['40/custom,"a"']],
        ['CONNECT with an array', ['40/custom,[]']],
        ['CONNECT with null', ['40/custom,null']],
        ['binary without header', [Buffer.from([1, 2, 3])]],
        ['text inside an unfinished binary packet', [`451-["message",${placeholder}]`, '42["message",1]']],
        ['no attachments announced', ['450-["message",1]']],
        ['attachments without a count', ['45-["message",1]']],
        ['a count without dash', ['451["message",1]']],
        ['11 attachments', ['4511-["message",1]', ...Array.from({ length: 11 }, () => Buffer.from([1]))]],
        ['a million attachments', ['451000000-["message",1]']],
        ['a placeholder out of range', ['451-["message",{"_placeholder":true,"num":1}]', Buffer.from([1])]],
        ['a negative placeholder', ['451-["message",{"_placeholder":true,"num":-1}]', Buffer.from([1])]],
        ['a placeholder that is text', ['451-["message",{"_placeholder":true,"num":"0"}]', Buffer.from([1])]],
        ['a reserved name in a binary event', [`451-["disconnect",${placeholder}]`, Buffer.from([1])]],
    ];
    for (const [name, frames] of afterJoin) {
        test(name, async () => {
            const [victim, other] = await Promise.all([joined(), joined()]);
            for (const frame of frames) victim.send(frame);
            await victim.closed();
            await assertEchoes(other);
            other.end();
        });
    }

    for (const [name, frame] of [['EVENT before CONNECT', '42["message",1]'], ['ACK before CONNECT', '431[]'], ['DISCONNECT before CONNECT', '41'],
        ['CONNECT with text', '40"a"'], ['CONNECT with an array', '40[]'], ['CONNECT with bad JSON', '40{"a"'], ['packet type 8', '48']]) {
        test(`first of all: ${name}`, async () => {
            const ws = await open();
            ws.send(frame);
            const start = Date.now();
            await ws.closed();
            assert.ok(Date.now() - start < 700, 'closed by connectTimeout instead');
        });
    }

    test('JSON that a receiver could not parse is never echoed', async () => {
        const ws = await joined();
        ws.send(Buffer.from('42["message",1]')); // a binary frame, though it reads like a packet
        await ws.closed();
        assert.deepEqual(ws.queue.filter(frame => frame !== '1'), []); // the goodbye is no echo
    });

    test('over polling', async () => {
        const session = await Polling.open(fixture.url, path);
        await session.post('40');
        await session.pollPastPings();
        assert.equal((await session.post('42{}')).status, 200);
        await within((async () => { while ((await session.get()).status === 200); })(), 'the session\'s end');
    });

    test('invalid UTF-8', async () => {
        const [victim, other] = await Promise.all([joined(), joined()]);
        victim.ws.send(Buffer.from([...Buffer.from('42["message","'), 0xc3, 0x28, ...Buffer.from('"]')]), { binary: false });
        await victim.closed();
        await assertEchoes(other);
        other.end();
    });
});
