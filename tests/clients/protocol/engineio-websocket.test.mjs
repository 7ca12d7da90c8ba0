// Engine.IO 4 over WebSocket, and the way there from polling.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Polling, delay, exchangeBytes, openUpgrade, openWs, request, within } from '../lib/raw.mjs';
import { deviation, isReference, startFixture } from '../lib/target.mjs';

let fixture;
before(async () => { fixture = await startFixture(); });
after(async () => { await fixture?.stop(); });

const path = '/engine.io/';
const open = options => openWs(fixture.url, path, options);

/** Asks for a WebSocket by hand. */
const upgradeBytes = `GET ${path}?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`
    + 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

describe('messages', () => {
    test('text', async () => {
        const ws = await open();
        ws.send('4é€😀"');
        assert.equal(await ws.next(), '4é€😀"');
        ws.end();
    });

    test('binary frames', async () => {
        const ws = await open();
        ws.send(Buffer.from([1, 2, 3, 4]));
        assert.deepEqual(await ws.next(), Buffer.from([1, 2, 3, 4]));
        ws.send(Buffer.alloc(0));
        assert.deepEqual(await ws.next(), Buffer.alloc(0));
        ws.end();
    });

    test('text that begins with b is base64 binary', async () => {
        const ws = await open();
        ws.send('bAQIDBA==');
        assert.deepEqual(await ws.next(), Buffer.from([1, 2, 3, 4]));
        ws.end();
    });

    test('a thousand in one go, in order', async () => {
        const ws = await open();
        ws.sendTogether(Array.from({ length: 1000 }, (_, i) => `4${i}`));
        for (let i = 0; i < 1000; ++i) assert.equal(await ws.next(), `4${i}`);
        ws.end();
    });

    test('a message in fragments is one message', async () => {
        const ws = await open();
        ws.ws.send('4ab', { fin: false });
        ws.ws.send('cd', { fin: true });
        assert.equal(await ws.next(), '4abcd');
        ws.end();
    });

    test('a border between fragments may fall within a character', async () => {
        const ws = await open();
        const text = Buffer.from('4a€b');
        for (let border = 0; border <= text.length; ++border) {
            ws.ws.send(text.subarray(0, border), { fin: false, binary: false });
            ws.ws.send(text.subarray(border), { fin: true, binary: false });
            assert.equal(await ws.next(), '4a€b');
        }
        ws.end();
    });

    test('a message in one write with the handshake is heard', async () => {
        const masked = '\x81\x83\0\0\0\x004hi';
        const answer = await exchangeBytes(fixture.url, Buffer.from(upgradeBytes + masked, 'latin1'), 250);
        assert.match(answer, /^HTTP\/1\.1 101 /);
        assert.match(answer, /\x81\x034hi$/);
    });

    test('a WebSocket ping is answered', async () => {
        const ws = await open();
        const pong = new Promise(resolve => ws.ws.once('pong', data => resolve(data.toString())));
        ws.ws.ping('are you there');
        assert.equal(await within(pong, 'pong'), 'are you there');
        ws.end();
    });
});

describe('malformed', () => {
    for (const packet of ['abc', '7', '9x', '', '2']) {
        test(`"${packet}" closes`, async () => {
            const ws = await open();
            ws.send(packet);
            await ws.closed();
        });
    }

    test('exactly maxPayload passes', async () => {
        const ws = await open();
        const text = `4${'a'.repeat(999_999)}`;
        ws.send(text);
        assert.equal(await ws.next(), text);
        ws.end();
    });

    test('one byte more is close code 1009', async () => {
        const ws = await open();
        ws.send(`4${'a'.repeat(1_000_000)}`);
        assert.equal((await ws.closed()).code, 1009);
    });

    test('2 MB of binary is close code 1009', async () => {
        const ws = await open();
        ws.send(Buffer.alloc(2_000_000));
        assert.equal((await ws.closed()).code, 1009);
    });

    for (const [name, bytes, code] of [
        ['a frame that is not masked', '\x81\x034hi', 1002],
        ['a frame of an extension', '\xC1\x83\0\0\0\x004hi', 1002],
        ['a text that is no UTF-8', '\x81\x82\0\0\0\x004\xFF', 1007],
    ]) {
        test(`${name} is close code ${code}`, async () => {
            const ws = await open();
            ws.ws._socket.write(Buffer.from(bytes, 'latin1'));
            assert.equal((await ws.closed()).code, code);
        });
    }

    test('one connection\'s end leaves another alone', async () => {
        const [victim, other] = await Promise.all([open(), open()]);
        victim.send('abc');
        await victim.closed();
        other.send('4fine');
        assert.equal(await other.next(), '4fine');
        other.end();
    });
});

describe('closing', () => {
    test('the packet 1 closes at once', deviation, async () => {
        const ws = await open({ autoPong: false });
        const start = Date.now();
        ws.send('1');
        await ws.closed();
        assert.ok(Date.now() - start < 250, 'closed by the heartbeat instead');
    });

    test('a sid is unknown once its WebSocket is closed', async () => {
        const ws = await open();
        ws.ws.close();
        await ws.closed();
        await delay(30);
        const answer = await request(`${fixture.url}${path}?EIO=4&transport=polling&sid=${ws.handshake.sid}`);
        assert.deepEqual(JSON.parse(answer.text), { code: 1, message: 'Session ID unknown' });
    });

    for (const code of [1000, 4001]) {
        test(`the client's close code ${code} comes back`, async () => {
            const ws = await open();
            ws.ws.close(code, 'why');
            assert.equal((await ws.closed()).code, code);
        });
    }

    test('a close of the server carries no code', async () => {
        const ws = await open();
        ws.send('abc');
        assert.equal((await ws.closed()).code, 1005);
    });
});

describe('heartbeat', () => {
    test('a ping each pingInterval', async () => {
        const ws = await open({ autoPong: false });
        let last = Date.now();
        for (let beat = 0; beat < 4; ++beat) {
            assert.equal(await ws.next(), '2');
            const elapsed = Date.now() - last;
            assert.ok(elapsed >= 270 && elapsed < 450, `ping after ${elapsed} ms`);
            last = Date.now();
            ws.send('3');
        }
        ws.end();
    });

    test('no pong: closed after pingInterval + pingTimeout', async () => {
        const start = Date.now();
        const ws = await open({ autoPong: false });
        assert.equal(await ws.next(), '2');
        await ws.closed();
        const elapsed = Date.now() - start;
        assert.ok(elapsed >= 480 && elapsed < 750, `closed after ${elapsed} ms`);
    });

    test('messages do not stand in for the pong', async () => {
        const ws = await open({ autoPong: false });
        const chatter = setInterval(() => { if (ws.isOpen) ws.send('4x'); }, 50);
        await ws.closed(2_000);
        clearInterval(chatter);
    });
});

describe('upgrade', () => {
    async function probed(session) {
        const ws = await openUpgrade(fixture.url, path, session.sid);
        ws.send('2probe');
        assert.equal(await ws.next(), '3probe');
        return ws;
    }

    async function upgraded() {
        const session = await Polling.open(fixture.url, path);
        const ws = await probed(session);
        ws.send('5');
        return { session, ws };
    }

    async function assertOnPolling(session) {
        await session.post('4polling');
        assert.deepEqual((await session.pollPastPings()).filter(packet => packet !== '6'), ['4polling']);
    }

    test('probe, upgrade, and messages go over the WebSocket', async () => {
        const { ws } = await upgraded();
        ws.send('4hello');
        assert.equal(await ws.next(), '4hello');
        ws.end();
    });

    test('a GET that waits gets a noop', async () => {
        const session = await Polling.open(fixture.url, path);
        const waiting = session.get();
        await delay(30);
        const start = Date.now();
        const ws = await probed(session);
        const answer = await within(waiting, 'waiting GET');
        assert.equal(answer.text, '6');
        if (!isReference) assert.ok(Date.now() - start < 80, 'at once, not every 100 ms');
        ws.send('5');
        ws.send('4x');
        assert.equal(await ws.next(), '4x');
        ws.end();
    });

    test('a GET that comes after the probe gets a noop', async () => {
        const session = await Polling.open(fixture.url, path);
        const ws = await probed(session);
        assert.equal((await within(session.get(), 'GET')).text, '6');
        ws.send('5');
        ws.end();
    });

    test('what was buffered on polling arrives on the WebSocket, in order', async () => {
        const session = await Polling.open(fixture.url, path);
        const ws = await probed(session);
        await session.post(['4a', '4b', 'bAQID', '4c'].join('\x1e'));
        ws.send('5');
        ws.send('4d');
        const received = [];
        while (received.length < 5) received.push(await ws.next());
        assert.deepEqual(received, ['4a', '4b', Buffer.from([1, 2, 3]), '4c', '4d']);
        ws.end();
    });

    test('a later GET with the sid is Bad request and the session lives', async () => {
        const { session, ws } = await upgraded();
        await delay(50);
        const answer = await session.get();
        assert.equal(answer.status, 400);
        assert.deepEqual(JSON.parse(answer.text), { code: 3, message: 'Bad request' });
        ws.send('4hello');
        assert.equal(await ws.next(), '4hello');
        ws.end();
    });

    test('a second WebSocket with the sid is closed, the first lives', async () => {
        const { session, ws } = await upgraded();
        ws.send('4first');
        assert.equal(await ws.next(), '4first');
        const second = await openUpgrade(fixture.url, path, session.sid);
        await second.closed();
        ws.send('4still');
        assert.equal(await ws.next(), '4still');
        ws.end();
    });

    test('a second WebSocket while the first one probes is closed', async () => {
        const session = await Polling.open(fixture.url, path);
        const ws = await probed(session);
        const second = await openUpgrade(fixture.url, path, session.sid);
        await second.closed();
        ws.send('5');
        ws.send('4first');
        assert.equal(await ws.next(), '4first');
        ws.end();
    });

    test('a WebSocket with the sid of a WebSocket session is closed', deviation, async () => {
        const ws = await open();
        const second = await openUpgrade(fixture.url, path, ws.handshake.sid);
        await second.closed();
        ws.send('4first');
        assert.equal(await ws.next(), '4first');
        ws.end();
    });

    for (const first of ['4hello', '5', '2', '2other', '3probe', 'abc']) {
        test(`"${first}" instead of the probe: that WebSocket is closed, polling goes on`, first === '5' ? deviation : {}, async () => {
            const session = await Polling.open(fixture.url, path);
            const ws = await openUpgrade(fixture.url, path, session.sid);
            ws.send(first);
            await ws.closed();
            await assertOnPolling(session);
        });
    }

    test('a WebSocket that goes away after the probe: polling goes on', async () => {
        const session = await Polling.open(fixture.url, path);
        const ws = await probed(session);
        ws.end();
        await ws.closed();
        await delay(30);
        await assertOnPolling(session);
    });

    test('and a second try then succeeds', async () => {
        const session = await Polling.open(fixture.url, path);
        (await probed(session)).end();
        await delay(50);
        const ws = await probed(session);
        ws.send('5');
        ws.send('4hello');
        assert.equal(await ws.next(), '4hello');
        ws.end();
    });

    test('who does not finish within upgradeTimeout is closed, polling goes on', async () => {
        const session = await Polling.open(fixture.url, path);
        const ws = await openUpgrade(fixture.url, path, session.sid);
        const start = Date.now();
        let isClosed = false;
        const closing = ws.closed(13_000).then(() => { isClosed = true; });
        while (!isClosed && Date.now() - start < 12_000) {
            const packets = await session.poll();
            if (packets.includes('2')) await session.post('3');
        }
        await closing;
        const elapsed = Date.now() - start;
        assert.ok(elapsed >= 9_900 && elapsed < 11_500, `closed after ${elapsed} ms`);
        await assertOnPolling(session);
    });

    test('heartbeat goes on over the WebSocket', async () => {
        const { ws } = await upgraded();
        await delay(1_000);
        assert.ok(ws.pings >= 2, `${ws.pings} pings`);
        ws.send('4alive');
        assert.equal(await ws.next(), '4alive');
        ws.end();
    });
});
