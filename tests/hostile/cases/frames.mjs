// WebSocket frames as nobody sends them, and connections that are not read from.
import { expect } from '../lib/judge.mjs';
import { Peer, frame, opcodes, text } from '../lib/peer.mjs';

/** Peers that each say what they should not, and are closed for it with `code`. */
const closedFor = (name, code, say, options = {}) => ({
    name, count: 2_000, smallCount: 40, seconds: 6, ...options,
    attack: context => context.again(20, async index => {
        const peer = await Peer.openWs(context, index);
        await say(peer, context, index);
        await context.closing(peer);
        peer.end();
    }, context.count),
    judge: ({ counts, count }) => [
        ...expect(`closed with ${code}`, counts[`closed ${code}`], count),
        ...Object.entries(counts).filter(([what]) => what !== `closed ${code}`).map(([what, number]) => `${number} were ${what}`),
    ],
});

/** Peers that pour without an end, and without reading where `isDeaf`. */
const pourers = (name, bytes, { isDeaf = false, first, ...options } = {}) => ({
    name, count: 20, smallCount: 5, seconds: 8, ...options,
    attack: (context, there = 0) => context.again(context.count, async index => {
        const peer = await Peer.openSocket(context, index, `pourer-${index}`);
        if (isDeaf) peer.socket.pause();
        if (first) peer.write(first);
        const begin = peer.socket.bytesWritten;
        if (++there === context.count) context.ready();
        while (!context.isOver && !peer.isClosed) await peer.pour(bytes, context.over);
        context.note('poured', Math.max(0, peer.socket.bytesWritten - begin - peer.socket.writableLength));
        context.note(peer.isClosed ? `closed ${peer.closeCode ?? 'without a code'}` : 'taken');
        peer.end();
        await context.pause(20);
    }),
    judge: ({ counts }) => expect('bytes poured', counts.poured, 100_000),
});

const emptyFragments = Buffer.concat(Array.from({ length: 5_000 }, () => frame(opcodes.continuation, '', { isFinal: false })));
const badTexts = [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]].map(bytes => Buffer.from([0x34, ...bytes]));
const badHeads = [
    frame(3, 'x'), frame(7, 'x'), frame(11, 'x'), frame(15, 'x'), // opcodes that there are not
    frame(opcodes.continuation, 'x'), // of nothing
    Buffer.concat([frame(opcodes.text, 'x', { isFinal: false }), frame(opcodes.text, 'x')]), // a message within one
    frame(opcodes.ping, 'x', { isFinal: false }), frame(opcodes.ping, 'x'.repeat(126)), frame(opcodes.close, 'x'.repeat(126)),
    frame(opcodes.close, 'x'), frame(opcodes.close, Buffer.from([0x03, 0xed])), // half a code, and one that is not sent
    Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]), // 2^63 + 1 bytes
];

/** Receivers that join a chat, and do not read what one sender says in it. */
async function broadcast(context) {
    const receivers = [];
    await context.each(context.count, 10, async index => {
        const peer = await Peer.openSocket(context, index, `deaf-${index}`);
        peer.say('421["joinChat",{"chatId":"broadcast"}]');
        await peer.hear(message => message.startsWith('431'));
        peer.socket.pause();
        receivers.push(peer);
        context.note('joined');
    });
    const sender = await Peer.openSocket(context, 0, 'loud');
    sender.say('421["joinChat",{"chatId":"broadcast"}]');
    await sender.hear(message => message.startsWith('431'));
    const data = { text: 'x', chatId: 'broadcast', senderId: 'loud', metadata: { fill: 'x'.repeat(100_000) } };
    sender.listeners.add(message => { if (/^43\d/.test(message)) context.note(message.includes('"ok":true') ? 'taken' : 'notTaken'); });
    // More than the kernel and the outbox hold for one receiver; it is all written to the disk, too.
    for (let i = 0; i < 250 && !context.isOver; ++i) {
        sender.say(`422${JSON.stringify(['sendMessage', { data }])}`);
        context.note('sent');
        if (i === 100) context.ready();
        await context.pause(20);
    }
    await context.over;
    for (const peer of [sender, ...receivers]) peer.end();
}

export const frames = [
    closedFor('huge-frames', 1009, (peer, context) => {
        context.note('closed 1009', 0);
        peer.write(frame(opcodes.text, '4', { length: 50_000_000 }));
    }),
    {
        ...closedFor('huge-frames-sent', 1009, async (peer, context) => {
            peer.write(frame(opcodes.text, '4', { length: 50_000_000 }));
            const part = Buffer.alloc(1_000_000);
            for (let i = 0; i < 50 && !peer.isClosed; ++i) await peer.pour(part, context.over);
        }, { count: 50, smallCount: 5 }),
        // The close may be lost in a reset: the server does not read to the end of such a thing.
        judge: ({ counts, count }) => [
            ...expect('closed', (counts['closed 1009'] ?? 0) + (counts['closed without a code'] ?? 0), count),
            ...expect('left open', counts['left open'], 0, 0),
        ],
    },
    {
        ...closedFor('endless-fragments', 1009, async (peer, context) => {
            peer.write(frame(opcodes.text, '4', { isFinal: false }));
            const parts = Buffer.concat(Array.from({ length: 50 }, () => frame(opcodes.continuation, 'x'.repeat(1_000), { isFinal: false })));
            for (let i = 0; i < 60 && !peer.isClosed && peer.closeCode === undefined; ++i) await peer.pour(parts, context.over);
        }, { count: 50, smallCount: 10 }),
        judge: ({ counts, count }) => [
            ...expect('closed', (counts['closed 1009'] ?? 0) + (counts['closed without a code'] ?? 0), count),
            ...expect('left open', counts['left open'], 0, 0),
        ],
    },
    pourers('empty-fragments', emptyFragments, { first: frame(opcodes.text, '', { isFinal: false }) }),
    closedFor('unmasked', 1002, peer => peer.write(frame(opcodes.text, '40', { isMasked: false }))),
    closedFor('reserved-bits', 1002, (peer, context, index) => peer.write(frame(opcodes.text, '40', { reserved: 1 + index % 7 }))),
    closedFor('bad-frames', 1002, (peer, context, index) => peer.write(badHeads[index % badHeads.length])),
    closedFor('bad-utf8', 1007, (peer, context, index) => peer.write(text(badTexts[index % badTexts.length]))),
    pourers('ping-flood', Buffer.concat(Array.from({ length: 500 }, () => frame(opcodes.ping, 'x'.repeat(125))))),
    pourers('ping-flood-unread', Buffer.concat(Array.from({ length: 500 }, () => frame(opcodes.ping, 'x'.repeat(125)))), { isDeaf: true }),
    pourers('pong-flood', Buffer.concat(Array.from({ length: 1_000 }, () => text('3')))),
    {
        name: 'close-unanswered', count: 2_000, smallCount: 200, seconds: 8,
        // They say goodbye, hear goodbye, and keep their end open.
        attack: context => context.crowd(async index => {
            const peer = await Peer.openWs(context, index);
            peer.socket.allowHalfOpen = true;
            peer.write(index % 2 === 0 ? frame(opcodes.close, Buffer.from([0x03, 0xe8])) : text('1'));
            await peer.until(() => peer.closeCode !== undefined, 'a close frame');
            context.note('answered');
            return peer;
        }, peer => Promise.race([peer.closed, context.over])),
        judge: ({ counts, count }) => [...expect('opened', counts.opened, count), ...expect('close frames', counts.answered, count * 0.95)],
    },
    {
        name: 'never-reading', count: 10, smallCount: 2, seconds: 15, smallSeconds: 4,
        attack: broadcast,
        judge: ({ counts, delta, count, isFull }) => [
            ...expect('receivers', counts.joined, count), ...expect('messages', counts.sent, isFull ? 250 : 20),
            ...(isFull ? expect('closed as slow', delta('concierge_connections_slow_total'), count) : []),
        ],
    },
];
