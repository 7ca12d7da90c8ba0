// The cases of Autobahn|Testsuite's sections 1 to 7, by its numbers, as of its last version: 246 of them. Sections 9
// (how long large messages take), 10 (a server that fragments by itself, which ours never does) and 12 and 13
// (compression, which ours does not offer) are not here; section 8 is empty.
//
// The same cases against an echoing QWebSocketServer of Qt 6.4.2: it fails 6.2.3 and 6.2.4 (a text that is cut within a
// character is closed with 1007, although it is valid), is NON-STRICT in 6.4.1 to 6.4.4 as this server is, and now and then
// resets the connection of 5.2, 5.10, 5.14 or 6.4.1 before its close frame was read. Any client may cut a text there, and would
// lose its connection: one reason why this server's WebSocket layer (server/transport/WebSocket*) is its own.
//
// A case is what is sent, and what the suite expects:
//   send      frames, in one segment unless `chop` says otherwise: 'frames', or at most so many bytes each;
//             {events: n}: n answers are awaited before it goes on; {settle}: the server had its turn, and has not failed it
//   expect    what is answered; `lenient`: what is NON-STRICT instead
//   patience  how often the server may have let pass what already is wrong: more is NON-STRICT
//   closedBy  who closes first: with closedBy 'client' a good close with 1000 is sent once all is answered, unless one is in `send`
//   codes     of the server's close frame that are right; a frame without one always is
//   isClean   a connection that ends without a close frame of the server's fails
//   verdict, code   what this server does. Where it is not OK, `why` says so.
import { opcodes } from '../lib/frames.mjs';

const bytesOf = payload => Buffer.isBuffer(payload) ? payload : Buffer.from(payload);
const frame = (opcode, payload = '', more = {}) => ({ opcode, payload: bytesOf(payload), ...more });
const text = (payload, more) => frame(opcodes.text, payload, more);
const binary = (payload, more) => frame(opcodes.binary, payload, more);
const more = (payload, options) => frame(opcodes.continuation, payload, options);
const ping = (payload, options) => frame(opcodes.ping, payload, options);
const pong = payload => frame(opcodes.pong, payload);
const close = (code, reason = '') => frame(opcodes.close, code === undefined ? '' : Buffer.concat([Buffer.from([code >> 8, code & 0xff]), bytesOf(reason)]));
const part = { fin: false };

const said = payload => ['text', bytesOf(payload)];
const saidBinary = payload => ['binary', bytesOf(payload)];
const ponged = (payload = '') => ['pong', bytesOf(payload)];

/** All is well, and the client closes. */
const served = (id, send, expect, options = {}) => ({ id, send, expect, closedBy: 'client', codes: [1000], isClean: true, verdict: 'OK', code: 1000, ...options });
/** The server has to fail the connection. */
const failed = (id, send, expect, code, options = {}) => ({ id, send, expect, closedBy: 'server', codes: [code], verdict: 'OK', code, ...options });
/** The client's close is answered by one of `codes`; by the first of them here. */
const closed = (id, send, codes, options = {}) => ({ id, send, expect: [], closedBy: 'client', codes, isClean: true, verdict: 'OK', code: codes[0], ...options });

const hello = 'Hello, world!';
const greek = Buffer.from('ceba e1bdb9 cf83 cebc ceb5'.replaceAll(' ', ''), 'hex'); // κόσμε
const edited = Buffer.from('edited');

/** Sizes on both sides of where a frame's length takes another form. */
const framing = [0, 125, 126, 127, 128, 65_535, 65_536, 65_536].flatMap((size, i) => {
    const chop = i === 7 ? 997 : undefined;
    // The frame has that many bytes with Engine.IO's prefix, which is why 1.1.1 has one.
    const words = '*'.repeat(Math.max(0, size - 1));
    const octets = Buffer.alloc(size, 0xfe);
    return [served(`1.1.${i + 1}`, [text(words)], [said(words)], { chop }), served(`1.2.${i + 1}`, [binary(octets)], [saidBinary(octets)], { chop })];
});

const tenPings = Array.from({ length: 10 }, (_, i) => `payload-${i}`);
const pings = [
    served('2.1', [ping()], [ponged()]),
    served('2.2', [ping(hello)], [ponged(hello)]),
    served('2.3', [ping(Buffer.from('00fffefdfcfb00ff', 'hex'))], [ponged(Buffer.from('00fffefdfcfb00ff', 'hex'))]),
    served('2.4', [ping(Buffer.alloc(125, 0xfe))], [ponged(Buffer.alloc(125, 0xfe))]),
    failed('2.5', [ping(Buffer.alloc(126, 0xfe))], [], 1002),
    served('2.6', [ping(Buffer.alloc(125, 0xfe))], [ponged(Buffer.alloc(125, 0xfe))], { chop: 1 }),
    served('2.7', [pong()], []),
    served('2.8', [pong('unsolicited pong payload')], []),
    served('2.9', [pong('unsolicited pong payload'), ping('ping payload')], [ponged('ping payload')]),
    served('2.10', tenPings.map(payload => ping(payload)), tenPings.map(ponged)),
    served('2.11', tenPings.map(payload => ping(payload)), tenPings.map(ponged), { chop: 1 }),
];

/** A message, then `bad`, then a ping that is not answered any more. */
const failedAfterMessage = (id, bad, chop) => failed(id, [text(hello), bad, ping()], [said(hello)], 1002, { lenient: [], chop });

const reservedBits = [
    failed('3.1', [text(hello, { rsv: 1 })], [], 1002),
    failedAfterMessage('3.2', text(hello, { rsv: 2 })),
    failedAfterMessage('3.3', text(hello, { rsv: 3 }), 'frames'),
    failedAfterMessage('3.4', text(hello, { rsv: 4 }), 1),
    failed('3.5', [binary(Buffer.from('00fffefdfcfb00ff', 'hex'), { rsv: 5 })], [], 1002),
    failed('3.6', [ping(hello, { rsv: 6 })], [], 1002),
    failed('3.7', [frame(opcodes.close, '', { rsv: 7 })], [], 1002),
];

const reservedOpcodes = [['4.1', 3], ['4.2', 11]].flatMap(([section, first]) => [
    failed(`${section}.1`, [frame(first)], [], 1002),
    failed(`${section}.2`, [frame(first + 1, 'reserved opcode payload')], [], 1002),
    failedAfterMessage(`${section}.3`, frame(first + 2)),
    failedAfterMessage(`${section}.4`, frame(first + 3, hello)),
    failedAfterMessage(`${section}.5`, frame(first + 4, hello), 1),
]);

const chops = [undefined, 'frames', 1];
const nothingToContinue = fin => [more('non-continuation payload', { fin }), text(hello)];
const twiceOutOfTurn = fin => Array.from({ length: 2 }, () => [more('fragment1', { fin }), text('fragment2', part), more('fragment3')]).flat();
const interleaved = [
    text('fragment1', part), more('fragment2', part), ping('pongme 1!'), { events: 1 },
    more('fragment3', part), more('fragment4', part), ping('pongme 2!'), more('fragment5'),
];
const interleavedAnswers = [ponged('pongme 1!'), ponged('pongme 2!'), said('fragment1fragment2fragment3fragment4fragment5')];

const fragmentation = [
    failed('5.1', [ping('fragment1', part), more('fragment2')], [], 1002),
    failed('5.2', [{ ...pong('fragment1'), fin: false }, more('fragment2')], [], 1002),
    ...chops.map((chop, i) => served(`5.${3 + i}`, [text('fragment1', part), more('fragment2')], [said('fragment1fragment2')], { chop })),
    ...chops.map((chop, i) => served(`5.${6 + i}`, [text('fragment1', part), ping('ping payload'), more('fragment2')],
        [ponged('ping payload'), said('fragment1fragment2')], { chop })),
    ...chops.map((chop, i) => failed(`5.${9 + i}`, nothingToContinue(true), [], 1002, { chop })),
    ...chops.map((chop, i) => failed(`5.${12 + i}`, nothingToContinue(false), [], 1002, { chop })),
    failed('5.15', [text('fragment1', part), more('fragment2'), more('fragment3', part), text('fragment4')], [said('fragment1fragment2')], 1002, { lenient: [] }),
    failed('5.16', twiceOutOfTurn(false), [], 1002),
    failed('5.17', twiceOutOfTurn(true), [], 1002),
    failed('5.18', [text('fragment1', part), text('fragment2')], [], 1002),
    served('5.19', interleaved, interleavedAnswers),
    served('5.20', interleaved, interleavedAnswers, { chop: 'frames' }),
];

const inOctets = payload => Array.from(payload, (octet, i) => frame(i === 0 ? opcodes.text : opcodes.continuation, Buffer.from([octet]), { fin: i + 1 === payload.length }));
const inThree = (a, b, c) => [text(a, part), { settle: true }, more(b, part), { settle: true }, more(c)];
const accented = Buffer.from('Hello-µ@ßöäüàá-UTF-8!!');
const surrogate = Buffer.concat([greek, Buffer.from('eda080', 'hex'), edited]);
const tooHigh = Buffer.concat([greek, Buffer.from('f4908080', 'hex'), edited]);
// A text is looked at once, as a whole: that is a pass of some GB a second, and what it may be is bounded by maxPayload
// whether it is wrong or right. To find the wrong byte at once would take a state per connection for nothing.
const late = { patience: 1, verdict: 'NON-STRICT', why: 'text is validated when the message is complete' };

const utf8 = [
    served('6.1.1', [text('')], [said('')]),
    served('6.1.2', [text('', part), more('', part), more('')], [said('')]),
    served('6.1.3', [text('', part), more('middle frame payload', part), more('')], [said('middle frame payload')]),
    served('6.2.1', [text(accented)], [said(accented)]),
    served('6.2.2', [text('Hello-µ@ßöä', part), more('üàá-UTF-8!!')], [said(accented)]),
    served('6.2.3', inOctets(accented), [said(accented)]),
    served('6.2.4', inOctets(greek), [said(greek)]),
    failed('6.3.1', [text(surrogate)], [], 1007),
    failed('6.3.2', inOctets(surrogate), [], 1007),
    failed('6.4.1', inThree(greek, tooHigh.subarray(11, 15), edited), [], 1007, late),
    failed('6.4.2', inThree(tooHigh.subarray(0, 12), tooHigh.subarray(12, 13), tooHigh.subarray(13)), [], 1007, late),
    failed('6.4.3', [text(tooHigh, { cuts: [11, 15] })], [], 1007, late),
    failed('6.4.4', [text(tooHigh, { cuts: [12, 13] })], [], 1007, late),
];

/** After Markus Kuhn's decoder stress test. Each list is a group of 6.5 to 6.23. */
const range = (from, to) => Array.from({ length: to - from }, (_, i) => (from + i).toString(16));
const lonelyStarts = [[0xc0, 0xdf], [0xe0, 0xef], [0xf0, 0xf7], [0xf8, 0xfb], [0xfc, 0xfd]].map(([from, to]) => range(from, to).map(start => `${start}20`).join(''));
const cutShort = ['c0', 'e080', 'f08080', 'f8808080', 'fc80808080', 'df', 'efbf', 'f7bfbf', 'fbbfbfbf', 'fdbfbfbfbf'];
const nonCharacters = ['f0', 'f1', 'f2', 'f3', 'f4'].flatMap(first => ['8f', '9f', 'af', 'bf'].flatMap(second => ['be', 'bf'].map(last => `${first}${second}bf${last}`)))
    .filter(code => !code.startsWith('f08f') && !(code.startsWith('f4') && !code.startsWith('f48f'))); // too long a form; above U+10FFFF
const world = middle => `68656c6c6f${middle}776f726c64`;
const valid = codes => codes.map(code => [code, true]);
const wrong = codes => codes.map(code => [code, false]);
const sequences = [
    valid([world('24'), world('c2a2'), world('e282ac'), world('f0a4ada2'), greek.toString('hex')]),
    Array.from(greek, (_, i) => [greek.subarray(0, i + 1).toString('hex'), [2, 5, 7, 9, 11].includes(i + 1)]),
    valid(['00', 'c280', 'e0a080', 'f0908080']),
    wrong(['f888808080', 'fc8480808080']),
    valid(['7f', 'dfbf', 'efbfbf', 'f48fbfbf']),
    wrong(['f7bfbfbf', 'fbbfbfbfbf', 'fdbfbfbfbfbf']),
    [...valid(['ed9fbf', 'ee8080', 'efbfbd', 'f48fbfbf']), ...wrong(['f4908080'])],
    wrong(['80', 'bf', '80bf', '80bf80', '80bf80bf', '80bf80bf80', '80bf80bf80bf', range(0x80, 0xbf).join('')]),
    wrong(lonelyStarts),
    wrong(cutShort),
    wrong([cutShort.join('')]),
    wrong(['fe', 'ff', 'fefeffff']),
    wrong(['c0af', 'e080af', 'f08080af', 'f8808080af', 'fc80808080af']),
    wrong(['c1bf', 'e09fbf', 'f08fbfbf', 'f887bfbfbf', 'fc83bfbfbfbf']),
    wrong(['c080', 'e08080', 'f0808080', 'f880808080', 'fc8080808080']),
    wrong(['eda080', 'edadbf', 'edae80', 'edafbf', 'edb080', 'edbe80', 'edbfbf']),
    wrong(['eda080edb080', 'eda080edbfbf', 'edadbfedb080', 'edadbfedbfbf', 'edae80edb080', 'edae80edbfbf', 'edafbfedb080', 'edafbfedbfbf']),
    valid(['efbfbe', 'efbfbf', ...nonCharacters]),
    valid(['efbfb9', 'efbfba', 'efbfbb', 'efbfbc', 'efbfbd', 'efbfbe', 'efbfbf']),
];
const utf8Sequences = sequences.flatMap((group, i) => group.map(([hex, isValid], k) => {
    const id = `6.${5 + i}.${k + 1}`;
    const payload = Buffer.from(hex, 'hex');
    return isValid ? served(id, [text(payload)], [said(payload)]) : failed(id, [text(payload)], [], 1007);
}));

const long = 'BAsd7&jh23'.repeat(26_215).slice(0, 262_144);
const goodCodes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
const badCodes = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];
const undefinedBySuite = { isInformational: true, isClean: false, verdict: 'INFORMATIONAL', why: 'the suite only notes what happens' };

const closing = [
    served('7.1.1', [text(hello)], [said(hello)]),
    closed('7.1.2', [close(1000), close()], [1000]),
    closed('7.1.3', [close(1000), ping()], [1000]),
    closed('7.1.4', [close(1000), text(hello)], [1000]),
    closed('7.1.5', [text('fragment1', part), close(1000), more('fragment2')], [1000]),
    closed('7.1.6', [text(long), text(hello), close(1000), ping()], [1000], { ...undefinedBySuite, answers: [said(long), said(hello)] }),
    closed('7.3.1', [close()], [1000], { code: null }),
    closed('7.3.2', [frame(opcodes.close, 'a')], [1002], { isClean: false }),
    closed('7.3.3', [close(1000)], [1000]),
    closed('7.3.4', [close(1000, 'Hello World!')], [1000]),
    closed('7.3.5', [close(1000, '*'.repeat(123))], [1000]),
    closed('7.3.6', [close(1000, '*'.repeat(124))], [1002], { isClean: false }),
    closed('7.5.1', [close(1000, surrogate)], [1002, 1007], { isClean: false, code: 1007 }),
    ...goodCodes.map((code, i) => closed(`7.7.${i + 1}`, [close(code)], [1000, code], { code })),
    ...badCodes.map((code, i) => closed(`7.9.${i + 1}`, [close(code)], [1002], { isClean: false })),
    closed('7.13.1', [close(5000)], [1002], undefinedBySuite),
    closed('7.13.2', [close(65_535)], [1002], undefinedBySuite),
];

export const sections = [
    { name: '1 Framing', count: 16, cases: framing },
    { name: '2 Pings and pongs', count: 11, cases: pings },
    { name: '3 Reserved bits', count: 7, cases: reservedBits },
    { name: '4 Opcodes', count: 10, cases: reservedOpcodes },
    { name: '5 Fragmentation', count: 20, cases: fragmentation },
    { name: '6 UTF-8', count: 145, cases: [...utf8, ...utf8Sequences] },
    { name: '7 Close handling', count: 37, cases: closing },
];
