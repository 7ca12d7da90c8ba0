// node node-peer.mjs <folder with node_modules> classic|sharded
// A Socket.IO server with Node's own adapter, whose Redis is stdin and stdout, a JSON object a line. It writes
// {publish, hex} for what it publishes, {heard} for what its one client hears, {result} for what it was asked
// ({run, args}), and hears {deliver, hex}. Ends with stdin.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [folder, protocol] = process.argv.slice(2);
const require = createRequire(join(folder, 'package.json'));
const { Server } = require('socket.io');
const { io: connect } = require('socket.io-client');
const adapters = require('@socket.io/redis-adapter');
const { Emitter } = require('@socket.io/redis-emitter');
const notepack = createRequire(require.resolve('@socket.io/redis-adapter'))('notepack.io');

const say = value => process.stdout.write(`${JSON.stringify(value)}\n`);

// What is published, all who listen hear: this process too.
const listeners = [];
function deliver(channel, message) {
    for (const { name, isPattern, listener } of listeners)
        if (isPattern ? channel.startsWith(name.slice(0, -1)) : channel === name) listener(message, channel);
}
const subscribe = isPattern => (names, listener) => {
    for (const name of [names].flat()) listeners.push({ name, isPattern, listener });
};
const publish = async (channel, message) => {
    const bytes = Buffer.from(message);
    say({ publish: channel, hex: bytes.toString('hex') });
    setImmediate(() => deliver(channel, bytes));
};
const redis = {
    on() {},
    off() {},
    listenerCount: () => 2,
    publish,
    sPublish: publish,
    pSubscribe: subscribe(true),
    subscribe: subscribe(false),
    sSubscribe: subscribe(false),
    sUnsubscribe() {},
    sendCommand: async ([, , channel]) => [channel, 2], // PUBSUB NUMSUB: this and the one that is tested
};

const io = new Server({ adapter: (protocol === 'sharded' ? adapters.createShardedAdapter : adapters.createAdapter)(redis, redis) });
const http = createServer();
io.attach(http);
await new Promise(done => http.listen(0, '127.0.0.1', done));
const client = connect(`http://127.0.0.1:${http.address().port}`, { transports: ['websocket'] });
const showBinary = (_, value) => (value?.type === 'Buffer' ? { $bin: Buffer.from(value.data).toString('hex') } : value);
client.onAny((...args) => say({ heard: JSON.parse(JSON.stringify(args, showBinary)) }));
await new Promise(done => client.on('connect', done));
for (const socket of io.sockets.sockets.values()) socket.join(['nodes', 'r']);

const emitter = new Emitter(redis);
const plain = sockets => sockets.map(({ id, rooms, data, handshake }) => ({ id, rooms: [...rooms], data, handshake: handshake.auth ?? null }));
const commands = {
    sid: () => client.id,
    encode: texts => texts.map(text => notepack.encode(JSON.parse(text)).toString('hex')),
    decode: all => all.map(hex => JSON.stringify(notepack.decode(Buffer.from(hex, 'hex')), showBinary)),
    emitAll: () => io.emit('all', 1, { a: [null, 'é'] }),
    emitBinary: () => io.to('r').except('b').volatile.emit('bin', Buffer.from('0102ff', 'hex'), { n: Buffer.from('abc') }),
    emitNumber: () => io.to(42).emit('num'),
    emitDate: () => io.emit('date', new Date(1700000000123), undefined),
    fetchSockets: async () => plain(await io.in('r').fetchSockets()),
    fetchNobody: async () => plain(await io.in('nowhere').fetchSockets()),
    allRooms: async () => [...(await io.of('/').adapter.allRooms())].sort(),
    serverSide: () => io.serverSideEmitWithAck('question'),
    withAck: () => io.to('r').except('nodes').timeout(4000).emitWithAck('ask', 1),
    join: () => io.in('a').socketsJoin(['t', 'u']),
    leave: () => io.in('a').socketsLeave('t'),
    disconnect: () => io.in('c').disconnectSockets(true),
    emitter: () => emitter.to('r').emit('pushed', { a: 1 }),
    emitterJoin: () => emitter.in('b').socketsJoin('v'),
};

say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
    const { run, args, deliver: channel, hex } = JSON.parse(line);
    if (channel !== undefined) {
        deliver(channel, Buffer.from(hex, 'hex'));
        continue;
    }
    Promise.resolve(commands[run](args)).then(
        result => say({ result: result === undefined || typeof result === 'boolean' || result === io ? null : result }),
        error => say({ result: `failed: ${error.message}` }),
    );
}
process.exit(0);
