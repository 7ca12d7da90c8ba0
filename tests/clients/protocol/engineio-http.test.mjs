// Engine.IO 4 over HTTP before and around a session: handshake, refusals in their order, CORS.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Polling, exchangeBytes, openUpgrade, openWs, request, upgradeRequest } from '../lib/raw.mjs';
import { deviation, startFixture } from '../lib/target.mjs';

let fixture;
before(async () => { fixture = await startFixture(); });
after(async () => { await fixture?.stop(); });

const paths = ['/engine.io/', '/engine.io', '/socket.io/', '/socket.io'];
const get = (query, options) => request(`${fixture.url}/engine.io/${query}`, options);

function assertRefused(answer, status, code, message) {
    assert.equal(answer.status, status);
    assert.match(answer.headers['content-type'], /^application\/json/);
    assert.deepEqual(JSON.parse(answer.text), { code, message });
}

describe('handshake', () => {
    for (const path of paths) {
        test(`polling on ${path} has exactly the five fields`, async () => {
            const answer = await request(`${fixture.url}${path}?EIO=4&transport=polling`);
            assert.equal(answer.status, 200);
            assert.equal(answer.headers['content-type'].toLowerCase(), 'text/plain; charset=utf-8');
            assert.equal(answer.headers['cache-control'], 'no-store');
            assert.equal(answer.text[0], '0');
            const handshake = JSON.parse(answer.text.slice(1));
            assert.deepEqual(Object.keys(handshake), ['sid', 'upgrades', 'pingInterval', 'pingTimeout', 'maxPayload']);
            assert.equal(typeof handshake.sid, 'string');
            assert.deepEqual({ ...handshake, sid: '' },
                { sid: '', upgrades: ['websocket'], pingInterval: 300, pingTimeout: 200, maxPayload: 1_000_000 });
        });

        test(`WebSocket on ${path} offers no upgrade`, async () => {
            const ws = await openWs(fixture.url, path);
            assert.deepEqual({ ...ws.handshake, sid: '' },
                { sid: '', upgrades: [], pingInterval: 300, pingTimeout: 200, maxPayload: 1_000_000 });
            ws.end();
        });
    }

    test('every session has a sid of its own', async () => {
        const sids = await Promise.all(Array.from({ length: 20 }, async () => (await Polling.open(fixture.url, '/engine.io/')).sid));
        assert.equal(new Set(sids).size, 20);
    });

    test('a path that is not ours is 404 and no session', async () => {
        assert.equal((await request(`${fixture.url}/other/?EIO=4&transport=polling`)).status, 404);
    });
});

describe('refusals of a new session', () => {
    const unknownTransport = [0, 'Transport unknown'];
    for (const [name, query] of [['missing', '?EIO=4'], ['unknown', '?EIO=4&transport=abc'], ['webtransport', '?EIO=4&transport=webtransport'],
        ['Object.prototype member', '?EIO=4&transport=constructor']]) {
        test(`transport ${name}`, async () => assertRefused(await get(query), 400, ...unknownTransport));
    }

    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
        test(`${method} without sid`, async () => {
            assertRefused(await get('?EIO=4&transport=polling', { method }), 400, 2, 'Bad handshake method');
        });
    }

    test('transport=websocket without an upgrade', async () => {
        assertRefused(await get('?EIO=4&transport=websocket'), 400, 3, 'Bad request');
    });

    test('the transport is checked before the method', async () => {
        assertRefused(await get('?EIO=4&transport=abc', { method: 'POST' }), 400, ...unknownTransport);
    });

    test('the transport is checked before the sid', async () => {
        assertRefused(await get('?EIO=4&transport=abc&sid=nobody'), 400, ...unknownTransport);
    });

    test('the method is checked before EIO', deviation, async () => {
        assertRefused(await get('?EIO=9&transport=polling', { method: 'POST' }), 400, 2, 'Bad handshake method');
    });

    for (const [name, query] of [['missing', '?transport=polling'], ['text', '?EIO=abc&transport=polling'],
        ['5', '?EIO=5&transport=polling'], ['empty', '?EIO=&transport=polling'], ['2', '?EIO=2&transport=polling']]) {
        test(`EIO ${name}`, deviation, async () => {
            assertRefused(await get(query), 400, 5, 'Unsupported protocol version');
        });
    }

    test('an illegal character in Origin is 400, and the server lives', async () => {
        const { host } = new URL(fixture.url);
        const answer = await exchangeBytes(fixture.url,
            Buffer.from(`GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://a\x01b\r\nConnection: close\r\n\r\n`, 'latin1'));
        assert.match(answer, /^HTTP\/1\.1 400 /);
        assert.equal((await get('?EIO=4&transport=polling')).status, 200);
    });
});

describe('refusals with a sid', () => {
    test('unknown sid', async () => {
        assertRefused(await get('?EIO=4&transport=polling&sid=nobody'), 400, 1, 'Session ID unknown');
        assertRefused(await get('?EIO=4&transport=polling&sid=nobody', { method: 'POST', body: '4x' }), 400, 1, 'Session ID unknown');
    });

    for (const sid of ['__proto__', 'constructor', '%00', encodeURIComponent('../..'), 'a'.repeat(3000)]) {
        test(`hostile sid ${sid.slice(0, 16)}`, async () => {
            assertRefused(await get(`?EIO=4&transport=polling&sid=${sid}`), 400, 1, 'Session ID unknown');
        });
    }

    test('polling on a WebSocket session', async () => {
        const ws = await openWs(fixture.url, '/engine.io/');
        assertRefused(await get(`?EIO=4&transport=polling&sid=${ws.handshake.sid}`), 400, 3, 'Bad request');
        ws.send('4still here');
        assert.equal(await ws.until('4'), '4still here');
        ws.end();
    });

    test('transport=websocket on a polling session without an upgrade', async () => {
        const session = await Polling.open(fixture.url, '/engine.io/');
        assertRefused(await get(`?EIO=4&transport=websocket&sid=${session.sid}`), 400, 3, 'Bad request');
    });

    for (const method of ['PUT', 'DELETE']) {
        test(`${method} is 405 and the session lives`, deviation, async () => {
            const session = await Polling.open(fixture.url, '/engine.io/');
            assert.equal((await session.get({ method })).status, 405);
            await session.post('4alive');
            assert.deepEqual(await session.poll(), ['4alive']);
        });
    }
});

describe('refusals of a WebSocket are plain HTTP', () => {
    for (const [name, query, text] of [
        ['unknown transport', '?EIO=4&transport=abc', 'Transport unknown'],
        ['missing transport', '?EIO=4', 'Transport unknown'],
        ['unknown sid', '?EIO=4&transport=websocket&sid=nobody', 'Session ID unknown'],
    ]) {
        test(name, async () => {
            const answer = await upgradeRequest(`${fixture.url}/engine.io/${query}`);
            assert.equal(answer.status, 400);
            assert.match(answer.headers['content-type'], /^text\//);
            assert.equal(answer.text, text);
        });
    }

    for (const [name, query] of [['missing', '?transport=websocket'], ['text', '?EIO=abc&transport=websocket']]) {
        test(`EIO ${name}`, deviation, async () => {
            const answer = await upgradeRequest(`${fixture.url}/engine.io/${query}`);
            assert.equal(answer.status, 400);
            assert.equal(answer.text, 'Unsupported protocol version');
        });
    }

    for (const [name, headers] of [
        ['no key', { 'sec-websocket-key': '' }],
        ['a key too short', { 'sec-websocket-key': 'abc' }],
        ['an unknown version', { 'sec-websocket-version': '99' }],
    ]) {
        test(name, async () => {
            const answer = await upgradeRequest(`${fixture.url}/engine.io/?EIO=4&transport=websocket`, headers);
            assert.ok([400, 426].includes(answer.status), `status ${answer.status}`);
            assert.match(answer.headers['content-type'], /^text\//);
            assert.notEqual(answer.text, '');
        });
    }

    test('a path that is not ours', deviation, async () => {
        const answer = await upgradeRequest(`${fixture.url}/other/?EIO=4&transport=websocket`);
        assert.ok([400, 404].includes(answer.status), `status ${answer.status}`);
    });
});

describe('CORS with any origin', () => {
    const headers = { origin: 'http://page.example' };

    /** A browser takes either; with credentials it takes the origin alone. */
    function assertAllowed(answer) {
        assert.ok(['*', headers.origin].includes(answer.headers['access-control-allow-origin']), answer.headers['access-control-allow-origin']);
    }

    test('on a handshake', async () => {
        const answer = await get('?EIO=4&transport=polling', { headers });
        assert.equal(answer.status, 200);
        assertAllowed(answer);
    });

    test('on an error reply', async () => {
        const answer = await get('?EIO=4&transport=abc', { headers });
        assert.equal(answer.status, 400);
        assertAllowed(answer);
    });

    test('preflight is 204 and makes no session', async () => {
        const answer = await get('?EIO=4&transport=polling', {
            method: 'OPTIONS', headers: { ...headers, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
        });
        assert.equal(answer.status, 204);
        assert.equal(answer.text, '');
        assertAllowed(answer);
        assert.match(answer.headers['access-control-allow-methods'], /GET.*POST/);
    });

    test('a WebSocket of any page', async () => {
        const ws = await openWs(fixture.url, '/engine.io/', { headers });
        ws.end();
    });
});

describe('HTTP/1.1', () => {
    const handshake = () => `GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n`;

    test('pipelined requests are answered in order on one connection', async () => {
        const answer = await exchangeBytes(fixture.url,
            `${handshake()}\r\nGET /engine.io/?EIO=4&transport=abc HTTP/1.1\r\nHost: x\r\n\r\n${handshake()}Connection: close\r\n\r\n`);
        const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(match => match[1]);
        assert.deepEqual(statuses, ['200', '400', '200']);
    });

    test('a chunked POST is one payload', async () => {
        const session = await Polling.open(fixture.url, '/engine.io/');
        const answer = await exchangeBytes(fixture.url, `POST /engine.io/?EIO=4&transport=polling&sid=${session.sid} HTTP/1.1\r\nHost: x\r\n` +
            'Content-Type: text/plain;charset=UTF-8\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n4a\r\n3\r\nbcd\r\n0\r\n\r\n');
        assert.match(answer, /^HTTP\/1\.1 200 /);
        assert.deepEqual(await session.pollPastPings(), ['4abcd']);
    });

    test('what is no HTTP is refused, and the server lives', async () => {
        for (const bytes of ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'nonsense\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n']) {
            const answer = await exchangeBytes(fixture.url, Buffer.from(bytes, 'latin1'), 300);
            assert.doesNotMatch(answer, /^HTTP\/1\.1 2/);
        }
        assert.equal((await get('?EIO=4&transport=polling')).status, 200);
    });

    test('a head of 64 KiB is refused, and the server lives', async () => {
        const answer = await exchangeBytes(fixture.url, `${handshake()}X-Long: ${'a'.repeat(65_536)}\r\n\r\n`);
        assert.match(answer, /^HTTP\/1\.1 4\d\d |^$/);
        assert.equal((await get('?EIO=4&transport=polling')).status, 200);
    });
});

test('an upgrade of a session that was never there leaves the others alone', async () => {
    const session = await Polling.open(fixture.url, '/engine.io/');
    await assert.rejects(openUpgrade(fixture.url, '/engine.io/', 'nobody'));
    await session.post('4x');
    assert.deepEqual(await session.pollPastPings(), ['4x']);
});
