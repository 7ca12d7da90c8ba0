// The seed's logic on npm's socket.io, from the seed's README: the same handlers in the same order, the same data
// flow. Only what its README leaves open ("Process message...") is filled in as its message flow describes, and its
// console.log lines are left out, which is to its favour.
import http from 'node:http';
import { createRequire } from 'node:module';

const { Server } = createRequire(new URL('../clients/package.json', import.meta.url))('socket.io');

let onlineUsers = [];

const addUser = (userId, socketId) => {
    const userExists = onlineUsers.find((user) => user.userId === userId);
    if (!userExists) {
        onlineUsers.push({ userId, socketId });
    }
};

const removeUser = (socketId) => {
    onlineUsers = onlineUsers.filter((user) => user.socketId !== socketId);
};

const getUser = (userId) => {
    return onlineUsers.find((user) => user.userId === userId);
};

const io = new Server({
    cors: {
        origin: process.env.CLIENT_URL,
        methods: ['GET', 'POST'],
        credentials: true,
    },
});

io.on('connection', (socket) => {
    socket.on('newUser', (userId) => {
        socket.userId = userId;
        addUser(userId, socket.id);
        io.emit('getOnlineUsers', onlineUsers.map((u) => u.userId));
    });

    socket.on('sendMessage', ({ receiverId, data }) => {
        if (!receiverId || typeof receiverId !== 'string') {
            return;
        }
        if (!data || !data.text || typeof data.text !== 'string') {
            return;
        }
        if (data.text.length > 1000) {
            data.text = data.text.substring(0, 1000);
        }
        const receiver = getUser(receiverId);
        if (receiver) {
            io.to(receiver.socketId).emit('getMessage', data);
        }
    });

    socket.on('disconnect', () => {
        removeUser(socket.id);
        io.emit('getOnlineUsers', onlineUsers.map((u) => u.userId));
    });
});

const server = http.createServer();
io.attach(server);
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
    console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
process.on('SIGTERM', () => process.exit(0));
