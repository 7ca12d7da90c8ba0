// Who takes a connection and does nothing with it, or nearly nothing.
import { expect } from '../lib/judge.mjs';
import { Peer, get, polling, post, text, upgrade } from '../lib/peer.mjs';

/** One more piece a second, until the server has enough of it. */
async function trickle(context, peer, piece) {
    while (!context.isOver && !peer.isClosed) {
        peer.write(piece);
        await Promise.race([context.pause(1_000), peer.closed]);
    }
}

const hold = context => peer => Promise.race([peer.closed, context.over]);

async function openPolling(context, index) {
    const peer = await Peer.open(context, index);
    const answer = await peer.ask(get(polling));
    if (answer?.status !== 200) throw new Error(`handshake: ${answer?.status}`);
    peer.sid = JSON.parse(answer.body.slice(1)).sid;
    return peer;
}

/** All were there at once; where the attack lasted beyond the server's patience, it closed them. */
const judgeCrowd = reason => ({ counts, delta, peak, count, isFull }) => [
    ...expect('sockets opened', counts.opened, count),
    ...expect('TCP connections at once', peak.tcp, count),
    ...(isFull ? expect('closed by the server', counts.closedByServer, count * 0.9) : []),
    ...(isFull && reason ? expect(`counted as ${reason}`, delta(`concierge_connections_refused_total{reason="${reason}"}`), count * 0.9) : []),
];

const one = { count: 10_000, smallCount: 300 };

export const slow = [
    {
        name: 'slow-heads', ...one, seconds: 20,
        attack: context => context.crowd(async index => {
            const peer = await Peer.open(context, index);
            peer.write('GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\n');
            return peer;
        }, peer => trickle(context, peer, 'X-More: to come\r\n')),
        judge: judgeCrowd('timeout'),
    },
    {
        name: 'slow-bodies', ...one, seconds: 50,
        attack: context => context.crowd(async index => {
            const peer = await openPolling(context, index);
            peer.write(post(`${polling}&sid=${peer.sid}`, '4').replace('Content-Length: 1', 'Content-Length: 100000'));
            return peer;
        }, peer => trickle(context, peer, 'x')),
        judge: judgeCrowd(),
    },
    {
        name: 'half-upgrades', ...one, seconds: 25, flags: ['--upgrade-timeout', '5s'],
        // Every other one probes, and then does not go on either.
        attack: context => context.crowd(async index => {
            const first = await openPolling(context, index);
            first.end();
            const peer = await Peer.open(context, index);
            await peer.upgrade(`EIO=4&transport=websocket&sid=${first.sid}`);
            if (index % 2 === 0) peer.say('2probe');
            return peer;
        }, hold(context)),
        judge: judgeCrowd(),
    },
    {
        name: 'silence', ...one, seconds: 25, flags: ['--connect-timeout', '5s'],
        attack: context => context.crowd(index => Peer.openWs(context, index), hold(context)),
        judge: judgeCrowd('connect_timeout'),
    },
    {
        name: 'one-byte-segments', count: 200, smallCount: 5, seconds: 8,
        // Everything that a good client says, one byte a segment: it has to be understood.
        attack: context => context.again(context.count, async index => {
            const peer = await Peer.open(context, index);
            const dribble = async bytes => {
                for (const byte of Buffer.from(bytes)) {
                    peer.write(Buffer.of(byte));
                    await new Promise(setImmediate);
                }
            };
            await dribble(upgrade());
            await peer.until(() => peer.isWs, 'the handshake');
            const joined = peer.hear(message => message.startsWith('40'));
            await dribble(text('40'));
            await joined;
            const answer = peer.hear(message => message.startsWith('437'));
            await dribble(text(`427${JSON.stringify(['newUser', `dribble-${index}`, { presence: 'none' }])}`));
            context.note((await answer)?.includes('"ok":true') ? 'understood' : 'notUnderstood');
            peer.end();
        }),
        judge: ({ counts, count }) => [...expect('understood', counts.understood, count), ...expect('not understood', counts.notUnderstood, 0, 0)],
    },
];
