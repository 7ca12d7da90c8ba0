// Heads that are too much, and requests that two readers would read differently.
import { expect, refused } from '../lib/judge.mjs';
import { Peer, get, polling } from '../lib/peer.mjs';

const floods = [
    get(polling, ...Array.from({ length: 10_000 }, (_, i) => `X-${i}: ${i}`)), get(polling, `Cookie: ${'x'.repeat(100_000)}`), get(`${polling}&x=${'x'.repeat(100_000)}`),
    `${get(polling).slice(0, -2)}${'X: y\r\n'.repeat(100_000)}`,
];

const inner = 'GET /socket.io/?EIO=4&transport=polling&smuggled=1 HTTP/1.1\r\nHost: localhost\r\n\r\n';
const head = (...fields) => [`POST /socket.io/?${polling} HTTP/1.1`, 'Host: localhost', ...fields, '', ''].join('\r\n');
const chunked = 'Transfer-Encoding: chunked';
const length = `Content-Length: ${inner.length}`;

/** [name, bytes]: refused, and nothing behind it is a request. */
const refusedPairs = [
    ['length and chunked', `${head(length, chunked)}0\r\n\r\n${inner}`],
    ['chunked and length', `${head(chunked, 'Content-Length: 5')}0\r\n\r\n${inner}`],
    ['two lengths', `${head('Content-Length: 0', length)}${inner}`],
    ['two lengths in one field', `${head(`Content-Length: 0, ${inner.length}`)}${inner}`],
    ['a length with a sign', `${head('Content-Length: +0')}${inner}`],
    ['a negative length', `${head('Content-Length: -1')}${inner}`],
    ['a length in hexadecimal', `${head('Content-Length: 0x0')}${inner}`],
    ['a length beyond 64 bits', `${head('Content-Length: 18446744073709551616')}${inner}`],
    ['a length with a space in it', `${head('Content-Length: 1 0')}${inner}`],
    ['folded', `${head('Transfer-Encoding:\r\n chunked')}0\r\n\r\n${inner}`.replace('\r\n\r\n', '\r\nContent-Length: 0\r\n\r\n')],
    ['a space before the colon', `${head('Content-Length : 0')}${inner}`],
    ['a space before the name', `${head('X: y', ' Content-Length: 0')}${inner}`],
    ['chunked is not last', `${head('Transfer-Encoding: chunked, identity')}0\r\n\r\n${inner}`],
    ['an unknown coding', `${head('Transfer-Encoding: xchunked')}0\r\n\r\n${inner}`],
    ['chunked by a tab', `${head('Transfer-Encoding: \x0bchunked')}0\r\n\r\n${inner}`],
    ['chunked under HTTP/1.0', `${head(chunked).replace('HTTP/1.1', 'HTTP/1.0')}0\r\n\r\n${inner}`],
    ['a chunk of a negative size', `${head(chunked)}-1\r\n\r\n${inner}`],
    ['a chunk of a size with a sign', `${head(chunked)}+0\r\n\r\n${inner}`],
    ['a chunk of 0x0', `${head(chunked)}0x0\r\n\r\n${inner}`],
    ['a chunk beyond 64 bits', `${head(chunked)}10000000000000000\r\nx\r\n${inner}`],
    ['a chunk without its end', `${head(chunked)}1\r\nxx\r\n0\r\n\r\n${inner}`],
    ['a bare LF behind a chunk\'s size', `${head(chunked)}0\n\n${inner}`],
    ['bare LF', `${head('Content-Length: 0').replaceAll('\r\n', '\n')}${inner}`],
    ['a bare LF between fields', `${head('X: y\nContent-Length: 5')}${inner}`],
    ['a bare CR in a field', `${head('X: y\rContent-Length: 5')}${inner}`],
    ['NUL in a field', `${head('X: y\0z', 'Content-Length: 0')}${inner}`],
    ['NUL in a name', `${head('X\0: y', 'Content-Length: 0')}${inner}`],
    ['two Hosts', `${head('Host: elsewhere', 'Content-Length: 0')}${inner}`],
    ['no Host', `${head('Content-Length: 0').replace('Host: localhost\r\n', '')}${inner}`],
    ['a field without a colon', `${head('Content-Length')}${inner}`],
    ['HTTP/0.9', `GET /socket.io/\r\n\r\n${inner}`],
    ['HTTP/2.0', `${head('Content-Length: 0').replace('HTTP/1.1', 'HTTP/2.0')}${inner}`],
    ['HTTP/1.1 twice', `${head('Content-Length: 0').replace('HTTP/1.1', 'HTTP/1.1 HTTP/1.1')}${inner}`],
];

/** What there is but one way to read: `bytes` are one request, whose body is the rest. The inner one is not heard of. */
const oneRequest = [
    ['a chunk extension', `${head(chunked)}${inner.length.toString(16)};x="y"\r\n${inner}\r\n0\r\n\r\n`],
    ['a body that is a request', `${head(length)}${inner}`],
    ['a trailer that is a length', `${head(chunked)}${inner.length.toString(16)}\r\n${inner}\r\n0\r\nContent-Length: 5\r\n\r\n`],
];

const answersIn = text => text.match(/HTTP\/1\.1 \d{3}/g) ?? [];

/** → the answers that came until the server closed, or had been silent for a while. */
async function tell(context, index, bytes) {
    const peer = await Peer.open(context, index);
    peer.write(Buffer.from(bytes, 'latin1'));
    let before = -1;
    while (!peer.isClosed && (peer.heard === 0 || peer.heard !== before)) {
        before = peer.heard;
        await Promise.race([peer.closed, new Promise(resolve => setTimeout(resolve, 500))]);
    }
    const answers = { statuses: answersIn(peer.head), isClosed: peer.isClosed };
    peer.end();
    return answers;
}

const all = [...refusedPairs.map(([name, bytes]) => ({ name, bytes, isRefused: true })), ...oneRequest.map(([name, bytes]) => ({ name, bytes, isRefused: false }))];

export const http = [
    {
        name: 'header-flood', count: 2_000, smallCount: 40, seconds: 6,
        attack: context => context.again(20, async index => {
            const peer = await Peer.open(context, index);
            peer.write(floods[index % floods.length]);
            await peer.until(() => peer.head.includes('\r\n\r\n'), 'an answer').catch(() => {});
            context.note(peer.head ? `answered ${peer.head.slice(9, 12)}` : 'closed');
            peer.end();
        }, context.count),
        judge: ({ counts, delta, count }) => [
            ...expect('answered 431', counts['answered 431'], count * 0.95), ...expect('answered 200', counts['answered 200'], 0, 0),
            ...expect('counted as too_large', delta(refused('too_large')), count * 0.95),
        ],
    },
    {
        name: 'smuggling', count: all.length, smallCount: all.length, seconds: 6,
        attack: context => context.again(all.length, async index => {
            const { name, bytes, isRefused } = all[index % all.length];
            const { statuses, isClosed } = await tell(context, index, bytes);
            const isRight = statuses.length === 1 && /^HTTP\/1\.1 [45]/.test(statuses[0]) && (!isRefused || isClosed);
            context.note(isRight ? 'one answer' : `wrong: ${name}: ${statuses.join(', ') || 'no answer'}${isClosed ? ', closed' : ', open'}`);
            await context.pause(50);
        }),
        judge: ({ counts, count }) => [
            ...expect('read in one way', counts['one answer'], count), ...Object.keys(counts).filter(what => what.startsWith('wrong')),
        ],
    },
];
