// wss and https on the one port: the official client over TLS, the certificate's renewal while it talks, and peers that
// do not know how to.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import tls from 'node:tls';
import https from 'node:https';

import { makeCertificate } from '../lib/certificates.mjs';
import { start, temporaryFolder } from '../lib/children.mjs';
import { ask, closeClients, freshId, heard, modes, openClient, openUser, record } from '../lib/clients.mjs';
import { delay, request, within } from '../lib/raw.mjs';
import { serverProgram, startServer } from '../lib/target.mjs';

afterEach(closeClients);

const certificate = makeCertificate('ec');
const options = { ca: certificate.ca, reconnection: false };

async function startTls({ flags = [], pair = certificate, ...more } = {}) {
    const server = await startServer({ flags: ['--tls-cert', pair.cert, '--tls-key', pair.key, ...flags], ...more });
    assert.match(server.url, /^https:\/\//);
    return { ...server, port: Number(new URL(server.url).port) };
}

const figures = async server => Object.fromEntries((await request(`${server.health}/metrics`)).text.split('\n')
    .filter(line => line && !line.startsWith('#')).map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
const refused = async (server, reason) => (await figures(server))[`concierge_connections_refused_total{reason="${reason}"}`];

async function until(isSo, what) {
    let isOver = false;
    const looking = async () => { while (!isOver && !await isSo()) await delay(20); };
    return await within(looking(), what, 20_000).finally(() => { isOver = true; });
}

/** Says `bytes` to the port. → all that is answered, at its end */
function say(port, bytes) {
    return within(new Promise((resolve, reject) => {
        let answer = '';
        const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
        socket.setEncoding('latin1').on('data', text => { answer += text; }).on('error', reject).on('close', () => resolve(answer));
    }), 'the end of a plain connection', 20_000);
}

/** A TLS connection. → the socket, once it is encrypted */
function openTls(port, more = {}) {
    return within(new Promise((resolve, reject) => {
        const socket = tls.connect({ port, host: '127.0.0.1', ca: certificate.ca, servername: 'localhost', ...more }, () => resolve(socket));
        socket.once('error', reject);
    }), 'a handshake');
}

const serialOf = async (port, more) => {
    const socket = await openTls(port, { rejectUnauthorized: false, ...more });
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
};

describe('clients over TLS', () => {
    for (const mode of Object.keys(modes)) {
        test(`${mode}: talk, with a megabyte both ways`, async () => {
            const server = await startTls({ flags: ['--max-text-length', '100000', '--max-payload', '4000000'] });
            const [ann, bob] = [freshId('ann'), freshId('bob')];
            const first = await openUser(server.url, ann, mode, options);
            const second = await openUser(server.url, bob, mode, options);
            if (mode === 'default') await until(() => first.io.engine.transport.name === 'websocket', 'the upgrade');
            const attachment = Buffer.alloc(900_000, 'x').toString('base64').slice(0, 1_000_000);
            const arrival = heard(second, 'getMessage', () => true, 20_000);
            const answer = await ask(first, 'sendMessage', { receiverId: bob, data: { text: 'big', attachment } });
            assert.equal(answer.status, 'delivered');
            assert.equal((await arrival).attachment, attachment);
            closeClients();
            await server.stop();
        });
    }

    for (const kind of ['rsa', 'ed25519']) {
        test(`a key of kind ${kind} serves`, async () => {
            const pair = makeCertificate(kind);
            const server = await startTls({ pair });
            await openUser(server.url, freshId('ann'), 'default', { ca: pair.ca, reconnection: false });
            closeClients();
            await server.stop();
        });
    }

    test('several io threads: a session is served whichever thread took its connection', async () => {
        const server = await startTls({ flags: ['--workers', '3'] });
        const users = await Promise.all(Array.from({ length: 12 }, (_, i) => openUser(server.url, freshId(`user${i}`), i % 2 ? 'polling only' : 'default', options)));
        const [receiver] = users;
        const id = freshId('receiver');
        await ask(receiver, 'newUser', id);
        const texts = record(receiver, 'getMessage');
        await Promise.all(users.slice(1).flatMap(user => Array.from({ length: 20 }, (_, i) => ask(user, 'sendMessage', { receiverId: id, data: { text: `${i}` } }))));
        assert.equal(texts.length, 11 * 20);
        closeClients();
        await server.stop();
        assert.doesNotMatch(server.handle.stderr, /QSocketNotifier|QObject|different thread/);
    });

    test('a broadcast of large messages reaches 10 clients, and one that does not read is closed as slow', async () => {
        const server = await startTls({ flags: ['--outbox-max-bytes', '1000000', '--max-text-length', '100000'] });
        const sender = await openUser(server.url, freshId('sender'), 'websocket only', options);
        const members = await Promise.all(Array.from({ length: 10 }, (_, i) => openUser(server.url, freshId(`m${i}`), 'websocket only', options)));
        const lazy = await openUser(server.url, freshId('lazy'), 'websocket only', options);
        const chatId = freshId('chat');
        for (const each of [sender, ...members, lazy]) assert.ok((await ask(each, 'joinChat', { chatId })).ok);
        lazy.io.engine.transport.ws._socket.pause();
        const counts = members.map(each => record(each, 'getMessage'));
        const text = 'x'.repeat(90_000);
        // No faster than those who read: they would be slow, too.
        for (let i = 0; i < 120; ++i) {
            sender.emit('sendMessage', { data: { chatId, text } });
            await until(() => counts.every(texts => texts.length > i - 4), `message ${i - 4} at all 10`);
        }
        await until(() => counts.every(texts => texts.length === 120), 'all 120 messages at all 10');
        await until(async () => (await figures(server)).concierge_connections_slow_total === 1, 'the slow one closed');
        closeClients();
        await server.stop();
    });
});

describe('the certificate', () => {
    test('is renewed while clients talk: they go on, new ones get the new one', async () => {
        const folder = temporaryFolder();
        const pair = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
        const [before, after] = [makeCertificate(), makeCertificate()];
        copyFileSync(before.cert, pair.cert);
        copyFileSync(before.key, pair.key);
        const server = await startTls({ pair });
        const user = await openUser(server.url, freshId('ann'), 'websocket only', { ca: before.ca, reconnection: false });
        const first = await serialOf(server.port);

        copyFileSync(after.cert, pair.cert); // half of a renewal
        server.handle.child.kill('SIGHUP');
        await until(async () => (await figures(server)).concierge_tls_reload_failures_total === 1, 'the half-written pair refused');
        assert.equal(await serialOf(server.port), first);
        assert.match(server.handle.stderr, /the certificate in use stays: TLS_KEY: \S+ is not the key/);

        copyFileSync(after.key, pair.key);
        server.handle.child.kill('SIGHUP');
        await until(async () => (await figures(server)).concierge_tls_reloads_total === 1, 'the pair taken');
        assert.notEqual(await serialOf(server.port), first);
        assert.ok((await ask(user, 'setStatus', 'idle')).ok);
        await openUser(server.url, freshId('ben'), 'default', { ca: after.ca, reconnection: false });
        closeClients();
        await server.stop();
    });

    test('behind links that are switched, as certbot does, is taken too', async () => {
        const folder = temporaryFolder();
        const pair = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
        const point = target => {
            for (const what of ['cert', 'key']) {
                symlinkSync(target[what], `${pair[what]}.new`);
                renameSync(`${pair[what]}.new`, pair[what]);
            }
        };
        point(makeCertificate());
        const server = await startTls({ pair });
        const first = await serialOf(server.port);
        point(makeCertificate('rsa'));
        server.handle.child.kill('SIGHUP');
        await until(async () => await serialOf(server.port) !== first, 'the new certificate');
        await server.stop();
    });

    test("'s end is a figure", async () => {
        const server = await startTls();
        const days = ((await figures(server)).concierge_tls_certificate_expiry_timestamp_seconds - Date.now() / 1000) / 86_400;
        assert.ok(days > 3_640 && days < 3_651, `${days}`);
        await server.stop();
    });
});

describe('start', () => {
    const other = makeCertificate();
    const folder = temporaryFolder();
    const text = join(folder, 'text.pem');
    writeFileSync(text, 'no PEM\n');
    for (const [name, cert, key, line] of [
        ['a missing file', '/nowhere/cert.pem', certificate.key, /TLS_CERT: \/nowhere\/cert.pem does not exist/],
        ['no key', certificate.cert, undefined, /TLS_KEY: is not set, but TLS_CERT is/],
        ['no PEM', text, certificate.key, /TLS_CERT: \S+ holds no certificate/],
        ['exchanged files', certificate.key, certificate.cert, /TLS_CERT and TLS_KEY exchanged/],
        ["another's key", certificate.cert, other.key, /TLS_KEY: \S+ is not the key of the certificate/],
    ]) {
        test(`with ${name} fails with one line`, async () => {
            const handle = start(serverProgram, ['--port', '0', '--health-port', '0', '--tls-cert', cert, ...key ? ['--tls-key', key] : []]);
            const { code } = await handle.exited;
            assert.equal(code, 1);
            assert.match(handle.stderr, line);
        });
    }
});

describe('a peer', () => {
    test('that speaks plain HTTP is told what the port speaks', async () => {
        const server = await startTls();
        const answer = await say(server.port, 'GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n');
        assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n.*Content-Type: text\/plain.*\r\n\r\nthis port speaks https/s);
        assert.equal(Number(/Content-Length: (\d+)/.exec(answer)[1]), answer.split('\r\n\r\n')[1].length);
        assert.equal(await refused(server, 'tls_plain_http'), 1);
        await server.stop();
    });

    test('that knows TLS 1.1 at most is refused; 1.2 and 1.3 are served, with ALPN http/1.1', async () => {
        const server = await startTls();
        await assert.rejects(openTls(server.port, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }));
        await until(async () => await refused(server, 'tls_version') === 1, 'the refusal counted');
        for (const version of ['TLSv1.2', 'TLSv1.3']) {
            const socket = await openTls(server.port, { minVersion: version, maxVersion: version, ALPNProtocols: ['h2', 'http/1.1'] });
            assert.deepEqual([socket.getProtocol(), socket.alpnProtocol], [version, 'http/1.1']);
            socket.destroy();
        }
        await server.stop();
    });

    test('that does not trust the certificate, or speaks something else, is counted', async () => {
        const server = await startTls();
        await assert.rejects(openTls(server.port, { ca: makeCertificate().ca, maxVersion: 'TLSv1.2' }));
        await say(server.port, '\x00\x01garbage');
        await until(async () => await refused(server, 'tls_failed') >= 1, 'the garbage counted');
        await server.stop();
    });

    test('that is silent, or trickles, is closed within the deadline', async () => {
        const server = await startTls();
        const begun = Date.now();
        const hello = Buffer.from([0x16, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3]);
        const trickling = connect(server.port, '127.0.0.1');
        let next = 0;
        const drip = setInterval(() => { if (next < hello.length) trickling.write(hello.subarray(next, ++next)); }, 500);
        trickling.on('error', () => {});
        const over = new Promise(resolve => { trickling.on('close', resolve); });
        await within(Promise.all([say(server.port, ''), over]), 'both closed', 20_000);
        clearInterval(drip);
        const took = Date.now() - begun;
        assert.ok(took >= 9_000 && took < 13_000, `${took} ms`);
        assert.equal(await refused(server, 'tls_timeout'), 2);
        await server.stop();
    });

    test('hears close_notify at the end of an answer that closes', async () => {
        const server = await startTls();
        const socket = await openTls(server.port);
        let ended = false;
        socket.on('end', () => { ended = true; });
        socket.resume();
        socket.write('GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
        await within(new Promise((resolve, reject) => socket.on('close', resolve).on('error', reject)), 'the end');
        assert.ok(ended);
        await server.stop();
    });

    test('that ends its half of the connection still gets its answer', async () => {
        const server = await startTls();
        const socket = await openTls(server.port, { allowHalfOpen: true });
        let answer = '';
        socket.on('data', bytes => { answer += bytes; });
        socket.write('GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
        await within(new Promise(resolve => socket.on('end', resolve)), 'the end');
        socket.end();
        assert.match(answer, /^HTTP\/1\.1 404/);
        await server.stop();
    });
});

describe('a client that leaves with its last word', () => {
    const request = lines => `${lines.join('\r\n')}\r\n\r\n`;
    const upgrade = request(['GET /socket.io/?EIO=4&transport=websocket HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']);
    const words = {
        'one answer and no more': request(['GET /socket.io/?EIO=4&transport=polling HTTP/1.1', 'Host: x', 'Connection: close']),
        'nothing that is HTTP': 'X\r\n\r\n',
        'one line end': '\n',
        'HTTP/1.0': request(['GET /socket.io/?EIO=4&transport=polling HTTP/1.0', 'Host: x']),
        'another path': request(['GET / HTTP/1.1', 'Host: x', 'Connection: close']),
        'a WebSocket and a frame against the rules': `${upgrade}\xFF\xFF\xFF`,
        'a WebSocket and its close': `${upgrade}\x88\x80aaaa`,
    };
    for (const [name, bytes] of Object.entries(words)) {
        test(name, async () => {
            const server = await startTls({ flags: ['--workers', '2'] });
            for (let i = 0; i < 10; ++i) {
                const socket = await openTls(server.port);
                socket.on('error', () => {}).resume(); // a reset, perhaps
                socket.end(bytes, 'latin1'); // and close_notify in the same segment
                await within(new Promise(resolve => socket.once('close', resolve)), 'the end', 20_000);
            }
            await until(async () => (await figures(server)).concierge_tcp_connections === 0, 'all gone');
            await server.stop();
        });
    }
});

test('a thousand connections that come and go leave no descriptor behind', { skip: process.platform !== 'linux' }, async () => {
    const server = await startTls();
    const open = () => readdirSync(`/proc/${server.handle.pid}/fd`).length;
    const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.handle.pid}/status`, 'utf8'))[1]);
    const round = async () => {
        for (let i = 0; i < 10; ++i) {
            await Promise.all(Array.from({ length: 50 }, async (_, k) => {
                if (k % 5 === 0) return void connect(server.port, '127.0.0.1').on('error', () => {}).on('connect', function () { this.destroy(); });
                const socket = await openTls(server.port);
                if (k % 2) socket.end('GET /x HTTP/1.1\r\nHost: x\r\n\r\n');
                else socket.destroy();
            }));
        }
        await until(async () => (await figures(server)).concierge_tcp_connections === 0, 'all gone');
    };
    const before = open();
    await round();
    const warm = rss();
    await round();
    assert.ok(open() <= before + 2, `${open()} descriptors, before ${before}`);
    // AddressSanitizer and ThreadSanitizer keep what is freed for a while, to find its later use; leaks show in the exit code there.
    const isSanitized = /lib[at]san\./.test(readFileSync(`/proc/${server.handle.pid}/maps`, 'utf8'));
    if (!isSanitized) assert.ok(rss() < warm + 8_000, `${rss()} KB, after the first round ${warm}`);
    await server.stop();
});
