// node hostile-monitor.mjs <socket>: monitors that mean harm, until stdin ends. In a process of its own, so that what
// they cost themselves is not measured as the server's. Prints what they did, as JSON, at the end.
import net from 'node:net';

const [path] = process.argv.slice(2);
const counts = { connections: 0, refused: 0, closed: 0, longLines: 0, garbage: 0, unread: 0, commands: 0 };
const sockets = new Set();
let isOver = false;

function connect(onConnect, { reads = true } = {}) {
    const socket = net.connect(path);
    sockets.add(socket);
    socket.on('connect', () => {
        counts.connections += 1;
        onConnect(socket);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
        counts.closed += 1;
        sockets.delete(socket);
    });
    if (reads) socket.on('data', bytes => { if (bytes.includes('too_many_monitors')) counts.refused += 1; });
    else socket.pause();
    return socket;
}

/** Begins anew, at once or nearly, whenever its connection is closed. */
function again(pauseMs, ...args) {
    const socket = connect(...args);
    socket.on('close', () => { if (!isOver) setTimeout(() => again(pauseMs, ...args), pauseMs); });
}

const garbage = Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 97) % 256));
const long = 'x'.repeat(1_000_000);
const ask = (id, rest) => `${JSON.stringify({ id, ...rest })}\n`;

// Never read, asking for much; never read, asking for nothing; lines of 1 MB; garbage; commands without an end.
for (let i = 0; i < 3; ++i) {
    again(50, socket => {
        counts.unread += 1;
        for (let n = 0; n < 100; ++n) socket.write(ask(n, { type: 'history', range: '24h' }));
    }, { reads: false });
    again(50, socket => { socket.write(ask(1, { type: 'subscribe', topics: ['snapshot', 'log'], intervalMs: 250 })); }, { reads: false });
    again(50, socket => { counts.longLines += 1; socket.write(long); });
    again(20, socket => { counts.garbage += 1; socket.write(garbage); });
    again(50, socket => {
        const timer = setInterval(() => {
            counts.commands += 1;
            socket.write(ask(counts.commands, { type: 'listClients', limit: 500, sort: counts.commands % 2 ? 'user' : '-since' }));
        }, 20);
        socket.on('close', () => clearInterval(timer));
    });
}
// 100 connections, all the time.
for (let i = 0; i < 100; ++i) again(200, () => {});

process.stdin.resume();
process.stdin.on('end', () => {
    isOver = true;
    for (const socket of sockets) socket.destroy();
    process.stdout.write(`${JSON.stringify(counts)}\n`, () => process.exit(0));
});
process.stdout.write('ready\n');
