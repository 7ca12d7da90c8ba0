// Events that are in order, in numbers that are not.
import { expect, rejected } from '../lib/judge.mjs';
import { Peer, text } from '../lib/peer.mjs';

/** Events as fast as they are taken, `batch` of them in a write; answers are counted, not waited for. */
const flood = (name, userOf, eventOf, { batch = 100, judge, ...options }) => ({
    name, ...options,
    attack: context => {
        let made = 0;
        return context.again(options.sockets, async index => {
            const peer = await Peer.openSocket(context, index, userOf(index));
            peer.listeners.add(message => {
                if (!/^43\d/.test(message)) return;
                context.note(message.includes('"ok":true') ? 'ok' : /"code":"(\w+)"/.exec(message)?.[1] ?? 'odd');
            });
            while (!context.isOver && !peer.isClosed && made < context.count) {
                const events = [];
                for (let i = 0; i < batch && made < context.count; ++i, ++made) events.push(text(`421${JSON.stringify(eventOf(made, index))}`));
                context.note('said', events.length);
                if (made >= options.need) context.ready();
                await peer.pour(Buffer.concat(events), context.over);
                await new Promise(setImmediate);
            }
            await Promise.race([peer.closed, context.over]);
            // The answers that are still on their way.
            const end = Date.now() + 20_000;
            for (let before = -1; !peer.isClosed && before !== peer.heard && Date.now() < end;) {
                before = peer.heard;
                await context.nap(500);
            }
            peer.end();
        });
    },
    judge: ({ counts, ...more }) => [...expect('events said', counts.said, 1_000), ...judge({ counts, ...more })],
});

export const chat = [
    flood('newuser-flood', () => undefined, number => ['newUser', `ever-new-${number}`, { presence: 'changes' }], {
        count: 1_000_000, smallCount: 5_000, need: 2_000, seconds: 10, sockets: 20,
        judge: ({ counts }) => expect('registrations', counts.ok, 1_000),
    }),
    flood('million-rooms', () => 'joiner', number => ['joinChat', { chatId: `room-${number}` }], {
        count: 1_000_000, smallCount: 12_000, need: 12_000, seconds: 20, sockets: 4,
        // One user's, from several sockets: above MAX_ROOMS_PER_USER they are refused.
        judge: ({ counts, delta }) => [
            ...expect('joined', counts.ok, 9_000, 10_000),
            ...expect('refused', (counts.forbidden ?? 0) + (counts.rate_limited ?? 0), 1),
            ...expect('counted as forbidden', delta(rejected('forbidden')), 1),
        ],
    }),
    flood('event-flood', index => `flooder-${index}`, number => ['sendMessage', { receiverId: `away-${number % 2}`, data: { text: 'flood' } }], {
        count: 1_000_000, smallCount: 42_000, need: 42_000, seconds: 10, sockets: 4,
        judge: ({ delta, counts }) => [
            ...expect('refused', (counts.rate_limited ?? 0) + (counts.inbox_full ?? 0), 1),
            ...expect('counted as rate_limited or inbox_full', delta(rejected('rate_limited')) + delta(rejected('inbox_full')), 1),
        ],
    }),
    {
        name: 'connect-flood', count: 8, smallCount: 4, seconds: 8,
        // Out of the namespace and in again: each time another socket of the same connection.
        attack: context => context.again(context.count, async index => {
            const peer = await Peer.openSocket(context, index);
            peer.listeners.add(message => {
                if (message.startsWith('40')) context.note('joined');
                if (message.startsWith('44')) context.note('refused');
                if (message === '1') peer.end(); // out of what it is not in: the protocol ends here
            });
            const again = Buffer.concat([text('41'), text('40')]);
            const many = Buffer.concat(Array(200).fill(again));
            while (!context.isOver && !peer.isClosed) {
                context.note('said', 200);
                context.ready();
                await peer.pour(many, context.over);
                await new Promise(setImmediate);
            }
            peer.end();
        }),
        judge: ({ counts, delta }) => [
            ...expect('CONNECTs', counts.said, 1_000), ...expect('joined', counts.joined, 1), ...expect('refused', counts.refused, 1),
            ...expect('counted as rate_limited', delta(rejected('rate_limited')), 1),
        ],
    },
];
