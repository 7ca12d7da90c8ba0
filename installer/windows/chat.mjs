// node chat.mjs online|leave-message|take-message: stock clients over polling against the server on port 4000.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const { io } = createRequire(new URL('../../tests/clients/package.json', import.meta.url))('socket.io-client');
const patience = setTimeout(() => { console.error('nothing came within 20 s'); process.exit(1); }, 20_000);
const user = async id => {
    const socket = io('http://127.0.0.1:4000', { transports: ['polling'], forceNew: true });
    const message = new Promise(resolve => socket.on('getMessage', resolve));
    await new Promise((resolve, reject) => { socket.on('connect', resolve); socket.on('connect_error', reject); });
    const answer = await new Promise(resolve => socket.emit('newUser', id, resolve));
    assert.equal(answer.ok, true);
    return { socket, message };
};
const send = ({ socket }, receiverId, text) => new Promise(resolve => socket.emit('sendMessage',
    { receiverId, data: { text, senderId: 'alice', chatId: 'chat-1', timestamp: new Date().toISOString() } }, resolve));

const people = [];
const step = process.argv[2];
if (step !== 'take-message') people.push(await user('alice'));
if (step !== 'leave-message') people.push(await user(step === 'online' ? 'bob' : 'carol'));
if (step === 'online') {
    assert.equal((await send(people[0], 'bob', 'grüß dich')).ok, true);
    assert.equal((await people[1].message).text, 'grüß dich');
} else if (step === 'leave-message') {
    assert.equal((await send(people[0], 'carol', 'for later')).ok, true);
} else {
    assert.equal((await people[0].message).text, 'for later');
}
for (const { socket } of people) socket.close();
clearTimeout(patience);
setTimeout(() => process.exit(0), 300);
