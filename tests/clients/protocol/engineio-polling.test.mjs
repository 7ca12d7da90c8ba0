// Engine.IO 4, HTTP long-polling: payloads, binary, overlap, limits, closing, heartbeat, compression.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import zlib from 'node:zlib';

import { Polling, delay, request, within } from '../lib/raw.mjs';
import { deviation, startFixture } from '../lib/target.mjs';

let fixture;
before(async () => { fixture = await startFixture(); });
after(async () => { await fixture?.stop(); });

const open = () => Polling.open(fixture.url, '/engine.io/');
const record = '\x1e';

async function assertGone(session) {
    const answer = await session.get();
    assert.equal(answer.status, 400);
    assert.deepEqual(JSON.parse(answer.text), { code: 1, message: 'Session ID unknown' });
}

async function assertAlive(session, text = '4alive') {
    assert.equal((await session.post(text)).status, 200);
    assert.deepEqual(await session.pollPastPings(), [text]);
}

describe('messages', () => {
    test('a POST of one packet is answered ok as text/html', async () => {
        const session = await open();
        const answer = await session.post('4hello');
        assert.equal(answer.status, 200);
        assert.match(answer.headers['content-type'], /^text\/html/);
        assert.equal(answer.text, 'ok');
        const poll = await session.get();
        assert.equal(poll.status, 200);
        assert.equal(poll.headers['content-type'].toLowerCase(), 'text/plain; charset=utf-8');
        assert.equal(poll.headers['cache-control'], 'no-store');
        assert.equal(poll.text, '4hello');
    });

    test('a payload of several packets comes back as one, in order', async () => {
        const session = await open();
        await session.post(['4test1', '4test2', '4test3'].join(record));
        assert.deepEqual(await session.poll(), ['4test1', '4test2', '4test3']);
    });

    test('a waiting GET is answered by the next message', async () => {
        const session = await open();
        const waiting = session.poll();
        await delay(30);
        await session.post('4now');
        assert.deepEqual(await waiting, ['4now']);
    });

    test('an empty message, an empty binary one', async () => {
        const session = await open();
        await session.post(['4', 'b'].join(record));
        assert.deepEqual(await session.poll(), ['4', 'b']);
    });

    test('text of every length of UTF-8, NUL and line ends', async () => {
        const session = await open();
        const text = '4é€😀\u0000\r\n\u2028"\\';
        await session.post(text);
        assert.deepEqual(await session.poll(), [text]);
    });

    test('binary travels as base64', async () => {
        const session = await open();
        await session.post('bAQIDBA==');
        assert.deepEqual(await session.poll(), ['bAQIDBA==']);
    });

    test('binary and text mixed keep their order', async () => {
        const session = await open();
        await session.post(['4a', 'bAQIDBA==', '4b'].join(record));
        assert.deepEqual(await session.poll(), ['4a', 'bAQIDBA==', '4b']);
    });

    test('many POSTs, one session', async () => {
        const session = await open();
        for (let i = 0; i < 20; ++i) assert.equal((await session.post(`4${i}`)).text, 'ok');
        const received = [];
        while (received.length < 20) received.push(...await session.pollPastPings());
        assert.deepEqual(received, Array.from({ length: 20 }, (_, i) => `4${i}`));
    });
});

describe('malformed', () => {
    for (const [name, body] of [['letters', 'abc'], ['a type above noop', '7x'], ['9', '9'], ['an empty packet between', `4a${record}${record}4b`]]) {
        test(`POST of ${name} is answered ok, then the session is closed`, async () => {
            const session = await open();
            const answer = await session.post(body);
            assert.equal(answer.status, 200);
            assert.equal(answer.text, 'ok');
            await assertGone(session);
        });
    }

    test('an empty POST is answered ok, then the session is closed', async () => {
        const session = await open();
        assert.equal((await session.post('')).status, 200);
        await assertGone(session);
    });

    test('a waiting GET learns of it', async () => {
        const session = await open();
        const waiting = session.get();
        await delay(30);
        await session.post('abc');
        const answer = await within(waiting, 'waiting GET');
        assert.equal(answer.status, 200);
        await assertGone(session);
    });

    test('octet-stream is 400 and closes', async () => {
        const session = await open();
        const answer = await session.post(Buffer.from([4, 1, 2, 3]), { headers: { 'content-type': 'application/octet-stream' } });
        assert.equal(answer.status, 400);
        await assertGone(session);
    });

    test('a ping, which only the server may send, closes', async () => {
        const session = await open();
        await session.post('2');
        await assertGone(session);
    });
});

describe('limits', () => {
    test('a POST of exactly maxPayload passes', async () => {
        const session = await open();
        const text = `4${'a'.repeat(999_999)}`;
        assert.equal((await session.post(text)).status, 200);
        const [packet] = await session.pollPastPings();
        assert.equal(packet, text);
    });

    test('one byte more is 413 and the session lives', async () => {
        const session = await open();
        assert.equal((await session.post(`4${'a'.repeat(1_000_000)}`)).status, 413);
        await assertAlive(session);
    });

    test('2 MB in chunks, no length announced, is 413 and the session lives', async () => {
        const session = await open();
        const answer = await session.post(Buffer.alloc(2_000_000, '4'), { headers: { 'transfer-encoding': 'chunked' } });
        assert.equal(answer.status, 413);
        await assertAlive(session);
    });
});

describe('overlap', () => {
    test('a second GET is 400 and the first one gets the close packet', async () => {
        const session = await open();
        const first = session.get();
        await delay(30);
        const second = await session.get();
        assert.equal(second.status, 400);
        const answer = await within(first, 'first GET');
        assert.equal(answer.status, 200);
        assert.equal(answer.text, '1');
        await assertGone(session);
    });

    test('a second POST is 400 and closes', async () => {
        const session = await open();
        const aborter = new AbortController();
        const { hostname, port, pathname, search } = new URL(session.url);
        const { default: http } = await import('node:http');
        const slow = http.request({ hostname, port, path: pathname + search, method: 'POST', signal: aborter.signal, headers: { 'content-length': 100 } });
        slow.on('error', () => {});
        slow.write('4slow');
        await delay(50);
        const second = await session.post('4fast');
        assert.equal(second.status, 400);
        await assertGone(session);
        aborter.abort();
    });
});

describe('closing', () => {
    test('POST 1: the waiting GET gets a noop and the session is gone', async () => {
        const session = await open();
        const waiting = session.get();
        await delay(30);
        assert.equal((await session.post('1')).status, 200);
        const answer = await within(waiting, 'waiting GET');
        assert.equal(answer.status, 200);
        assert.equal(answer.text, '6');
        await assertGone(session);
    });

    test('POST 1 with no GET waiting', async () => {
        const session = await open();
        assert.equal((await session.post('1')).text, 'ok');
        await assertGone(session);
    });

    test('an aborted poll closes the session', async () => {
        const session = await open();
        const aborter = new AbortController();
        const waiting = session.get({ signal: aborter.signal }).catch(() => 'aborted');
        await delay(50);
        aborter.abort();
        assert.equal(await waiting, 'aborted');
        await delay(50);
        await assertGone(session);
    });

    test('what the server says last waits for the next GET', async () => {
        // Nobody joins a namespace within connectTimeout (1000 ms); the poll comes after that.
        const session = await Polling.open(fixture.url, '/socket.io/');
        const start = Date.now();
        for (let beat = 0; beat < 3; ++beat) {
            assert.deepEqual(await session.poll(), ['2']);
            await session.post('3');
        }
        await delay(1_080 - (Date.now() - start));
        assert.deepEqual((await session.poll()).filter(packet => packet !== '6'), ['1']);
        await delay(20);
        await assertGone(session);
    });
});

describe('heartbeat', () => {
    test('a ping each pingInterval, and the pong keeps the session', async () => {
        const session = await open();
        for (let beat = 0; beat < 4; ++beat) {
            const start = Date.now();
            assert.deepEqual(await session.poll(), ['2']);
            const elapsed = Date.now() - start;
            assert.ok(elapsed >= 250 && elapsed < 450, `ping after ${elapsed} ms`);
            await session.post('3');
        }
        await assertAlive(session);
    });

    test('no pong: closed after pingInterval + pingTimeout', async () => {
        const session = await open();
        const start = Date.now();
        assert.deepEqual(await session.poll(), ['2']);
        const last = await session.get(); // waits until the server gives up
        const elapsed = Date.now() - start;
        assert.ok(elapsed >= 480 && elapsed < 750, `closed after ${elapsed} ms`);
        assert.ok(last.status === 400 || last.text === '1' || last.text === '6', `${last.status} ${last.text}`);
        await assertGone(session);
    });
});

describe('compression', () => {
    const big = `4${'abcdefgh'.repeat(200)}`;

    async function pollBig(text, headers) {
        const session = await open();
        await session.post(text);
        return await session.get({ headers });
    }

    test('gzip of a body of 1024 bytes and more', async () => {
        const answer = await pollBig(big, { 'accept-encoding': 'gzip' });
        assert.equal(answer.headers['content-encoding'], 'gzip');
        assert.equal(zlib.gunzipSync(answer.body).toString(), big);
    });

    test('deflate', async () => {
        const answer = await pollBig(big, { 'accept-encoding': 'deflate' });
        assert.equal(answer.headers['content-encoding'], 'deflate');
        assert.equal(zlib.inflateSync(answer.body).toString(), big);
    });

    test('1023 bytes stay plain, 1024 do not', async () => {
        const below = await pollBig(`4${'a'.repeat(1022)}`, { 'accept-encoding': 'gzip' });
        assert.equal(below.headers['content-encoding'], undefined);
        const at = await pollBig(`4${'a'.repeat(1023)}`, { 'accept-encoding': 'gzip' });
        assert.equal(at.headers['content-encoding'], 'gzip');
    });

    test('plain for who does not accept it', async () => {
        for (const headers of [{}, { 'accept-encoding': 'identity' }, { 'accept-encoding': 'gzip;q=0, deflate;q=0' }]) {
            const answer = await pollBig(big, headers);
            assert.equal(answer.headers['content-encoding'], undefined);
            assert.equal(answer.text, big);
        }
    });
});

test('one session\'s end leaves another alone', async () => {
    const [victim, other] = await Promise.all([open(), open()]);
    await victim.post('abc');
    await assertGone(victim);
    await assertAlive(other);
});

test('OPTIONS with a sid is 204 and the session lives', deviation, async () => {
    const session = await open();
    const answer = await request(session.url, { method: 'OPTIONS', headers: { origin: 'http://page.example', 'access-control-request-method': 'POST' } });
    assert.equal(answer.status, 204);
    await assertAlive(session);
});
