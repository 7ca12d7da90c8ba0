// chat.mjs <url> first|second: Anna writes to Ben. first: to Ben who is there, then one that waits; second: Ben comes for it.
import { createRequire } from 'node:module';

const { io } = createRequire(new URL('../../tests/clients/package.json', import.meta.url))('socket.io-client');
const [url, part] = process.argv.slice(2);
const fail = why => { console.error(`chat: ${why}`); process.exit(1); };
setTimeout(() => fail('not done within 15 s'), 15_000).unref();

async function enter(user, onMessage = () => {}) {
    const socket = io(url, { forceNew: true });
    socket.on('getMessage', onMessage);
    await new Promise((resolve, reject) => { socket.on('connect', resolve); socket.on('connect_error', reject); });
    await socket.timeout(5_000).emitWithAck('newUser', user);
    return socket;
}
const next = () => { let got; const promise = new Promise(resolve => { got = resolve; }); return [promise, got]; };
const send = (socket, text) => socket.timeout(5_000).emitWithAck('sendMessage', { receiverId: 'ben', data: { text, senderId: 'anna', chatId: 'c' } });
const check = (what, is, should) => { if (is !== should) fail(`${what} is ${is}, not ${should}`); console.log(`${what}: ${is}`); };

const anna = await enter('anna');
if (part === 'first') {
    const [heard, onMessage] = next();
    const ben = await enter('ben', onMessage);
    check('to Ben who is there', (await send(anna, 'hello')).status, 'delivered');
    check('Ben reads', (await heard).text, 'hello');
    ben.close();
    // He counts as gone once the server has read his good-bye; what is sent before waits for a proof, and is stored too.
    check('to Ben who is away', (await send(anna, 'are you there?')).status, 'stored');
} else {
    const [heard, onMessage] = next();
    const ben = await enter('ben', onMessage);
    check('what waited for Ben', (await heard).text, 'are you there?');
    check('MAX_TEXT_LENGTH=4 holds: truncated', (await send(anna, 'too long')).truncated, true);
    ben.close();
}
anna.close();
process.exit(0);
