// The conformance fixture as the reference implementation plays it.
import { createServer } from 'node:http';

import { Server as EngineServer } from 'engine.io';
import { Server as SocketServer } from 'socket.io';

const engineOptions = {
    pingInterval: 300,
    pingTimeout: 200,
    maxHttpBufferSize: 1_000_000,
    cors: { origin: '*' },
    allowEIO3: true,
    addTrailingSlash: false, // both /engine.io and /engine.io/
    destroyUpgrade: false,
};

const http = createServer((_, response) => response.writeHead(404).end());
const sockets = new SocketServer(http, { ...engineOptions, connectTimeout: 1000, path: '/socket.io' });
sockets.on('connection', socket => {
    socket.emit('auth', socket.handshake.auth);
    socket.on('message', (...args) => socket.emit('message-back', ...args));
    socket.on('message-with-ack', (...args) => args.pop()(...args));
});
sockets.of('/custom').on('connection', socket => socket.emit('auth', socket.handshake.auth));

const engine = new EngineServer(engineOptions);
engine.attach(http, { path: '/engine.io', addTrailingSlash: false, destroyUpgrade: false });
engine.on('connection', session => {
    session.on('data', (...args) => session.send(...args));
});

http.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${http.address().port}`));
process.on('SIGTERM', () => process.exit(0));
