// What a Concierge shares a cluster with: a redis-server of the test's own, Node's Socket.IO server with Redis' adapter, an emitter.
import { execFileSync } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import net from 'node:net';
import { join } from 'node:path';

import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter';
import { Emitter } from '@socket.io/redis-emitter';
import { createClient } from 'redis';
import { Server } from 'socket.io';

import { start, temporaryFolder } from './children.mjs';
import { delay, within } from './raw.mjs';

function find(program) {
    try {
        return execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
    } catch {
        return undefined;
    }
}

// Debian's redis-tools has the program under this name only; what it is to be it knows by its own.
const program = find('redis-server');
const underAnotherName = find('redis-check-rdb');
export const isRedisThere = Boolean(program ?? underAnotherName);

export async function freePort() {
    const server = net.createServer();
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    await new Promise(resolve => server.close(resolve));
    return port;
}

const open = new Set();
/** Ends everything that the functions below have made. */
export async function closeClusters() {
    for (const each of [...open].reverse()) await each.close();
    open.clear();
}

/** A redis-server in a folder of its own, empty and without persistence. → {url, start(), kill(), pause(), resume(), ask()} */
export async function startRedis(...args) {
    const cwd = temporaryFolder();
    const path = program ?? join(cwd, 'redis-server');
    if (!program && !existsSync(path)) symlinkSync(underAnotherName, path);
    const port = await freePort();
    const redis = {
        port,
        url: `redis://127.0.0.1:${port}`,
        async start() {
            this.handle = start(path, ['--port', String(port), '--bind', '127.0.0.1', '--dir', cwd, '--save', '', ...args], { cwd });
            await within((async () => { while (!this.handle.stdout.includes('Ready to accept connections')) await delay(10); })(), 'redis-server', 20_000);
            return this;
        },
        async kill() {
            this.handle.child.kill('SIGKILL');
            await this.handle.exited;
        },
        pause() { this.handle.child.kill('SIGSTOP'); },
        resume() { this.handle.child.kill('SIGCONT'); },
        /** One command on a connection of its own. */
        async ask(...words) {
            const client = await openRedis(this.url);
            try { return await client.sendCommand(words); } finally { client.destroy(); }
        },
        async close() { if (this.handle.child.exitCode === null && this.handle.child.signalCode === null) { this.resume(); await this.kill(); } },
    };
    open.add(redis);
    return await redis.start();
}

/** A connection that comes back by itself, as those of Node's servers do. */
async function openRedis(url) {
    const client = createClient({ url, socket: { reconnectStrategy: 50 } });
    client.on('error', () => {});
    await client.connect();
    return client;
}

/** What a back end publishes with. */
export async function openEmitter({ url }, options) {
    const client = await openRedis(url);
    open.add({ close: () => client.destroy() });
    return new Emitter(client, options);
}

/** Node's Socket.IO server with Redis' adapter, and rooms as the platform's server has them. → {io, url} */
export async function startNodePeer(redis, { sharded = false, ...options } = {}) {
    const clients = [await openRedis(redis.url), await openRedis(redis.url)];
    const io = new Server({ adapter: (sharded ? createShardedAdapter : createAdapter)(...clients, options) });
    io.on('connection', socket => {
        socket.on('newUser', (userId, ...rest) => {
            socket.data.userId = userId;
            socket.join(userId);
            rest.at(-1)?.({ ok: true });
        });
        socket.on('joinChat', ({ chatId }, answer) => {
            socket.join(chatId);
            answer?.({ ok: true });
        });
        socket.on('sendMessage', ({ receiverId, data }, answer) => {
            io.to(receiverId).emit('getMessage', data);
            answer?.({ ok: true });
        });
    });
    const http = createServer();
    io.attach(http);
    await new Promise(resolve => http.listen(0, '127.0.0.1', resolve));
    open.add({
        // First the sockets, which leave their rooms, and so unsubscribe: what Redis is asked to the end is answered.
        close: async () => {
            io.local.disconnectSockets(true);
            http.closeAllConnections();
            await new Promise(resolve => http.close(resolve));
            for (const client of clients) await Promise.race([client.close(), delay(1_000).then(() => client.destroy())]).catch(() => {});
        },
    });
    return { io, url: `http://127.0.0.1:${http.address().port}` };
}
