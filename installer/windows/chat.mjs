// node chat.mjs STEP [TRANSPORT]: stock clients against the server on port 4000.
//   online polling|websocket|default   two people, a message; default: begins with polling and must move to WebSocket
//   leave-message, take-message        one for somebody who is away, and it comes, once
//   only-polling                       the handshake offers no upgrade, and WebSocket is refused with a reason
//   hear-stop                          says "connected", and then what it hears when the server stops
//   stay                               five people who write to each other until they are ended
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const { io } = createRequire(new URL('../../tests/clients/package.json', import.meta.url))('socket.io-client');
const server = 'http://127.0.0.1:4000';
const [step, transport = 'default'] = process.argv.slice(2);
const patience = setTimeout(() => { console.error(`${step}: nothing came within 30 s`); process.exit(1); }, 30_000);
const transports = { polling: ['polling'], websocket: ['websocket'], default: undefined }[transport];

async function user(id) {
    const socket = io(server, { transports, forceNew: true, reconnection: false });
    const messages = [];
    let wake = () => {};
    socket.on('getMessage', message => { messages.push(message); wake(); });
    await new Promise((resolve, reject) => { socket.on('connect', resolve); socket.on('connect_error', reject); });
    if (transport === 'default' && step === 'online') {
        const { engine } = socket.io;
        if (engine.transport.name !== 'websocket') await new Promise(resolve => engine.once('upgrade', resolve));
    }
    if (step === 'online') assert.equal(socket.io.engine.transport.name, transport === 'polling' ? 'polling' : 'websocket');
    const answer = await new Promise(resolve => socket.emit('newUser', id, resolve));
    assert.equal(answer.ok, true);
    const message = async () => {
        while (messages.length === 0) await new Promise(resolve => { wake = resolve; });
        return messages.shift();
    };
    return { id, socket, message, messages };
}
async function send({ id, socket }, receiverId, text) {
    const data = { text, senderId: id, chatId: 'chat-1', timestamp: new Date().toISOString() };
    const answer = await new Promise(resolve => socket.emit('sendMessage', { receiverId, data }, resolve));
    assert.equal(answer.ok, true);
    return answer;
}

const people = [];
const steps = {
    async online() {
        people.push(await user('alice'), await user('bob'));
        assert.equal((await send(people[0], 'bob', 'grüß dich')).status, 'delivered');
        assert.equal((await people[1].message()).text, 'grüß dich');
    },
    async 'leave-message'() {
        people.push(await user('alice'));
        assert.equal((await send(people[0], 'carol', 'for later')).status, 'stored');
    },
    async 'take-message'() {
        people.push(await user('carol'));
        assert.equal((await people[0].message()).text, 'for later');
        assert.equal(people[0].messages.length, 0);
    },
    async 'only-polling'() {
        const open = await (await fetch(`${server}/socket.io/?EIO=4&transport=polling`)).text();
        assert.deepEqual(JSON.parse(open.slice(1)).upgrades, []);
        const refused = await fetch(`${server}/socket.io/?EIO=4&transport=websocket`);
        assert.equal(refused.status, 400);
        const { message } = await refused.json();
        assert.match(message, /built without WebSocket, use polling/);
        console.log(message);
    },
    async 'hear-stop'() {
        people.push(await user('alice'));
        console.log('connected');
        console.log('heard:', await new Promise(resolve => people[0].socket.on('disconnect', resolve)));
    },
    async stay() {
        clearTimeout(patience);
        for (const id of ['anna', 'ben', 'clara', 'david', 'emma']) people.push(await user(id));
        for (let i = 0; ; i++) {
            await send(people[i % 5], people[(i + 1) % 5].id, `message ${i}`);
            await new Promise(resolve => setTimeout(resolve, 100));
        }
    },
};
await steps[step]();
for (const { socket } of people) socket.close();
clearTimeout(patience);
setTimeout(() => process.exit(0), 200);
