// node installer/chat.mjs <url> first|again|second|stay: Anna writes to Ben. first: to Ben who is there, then one that waits; again: Ben comes for it;
// second: the same, with MAX_TEXT_LENGTH=4. stay: Eva is online until the server is stopped and another one has taken its place.
import { createRequire } from 'node:module';

const { io } = createRequire(new URL('../tests/clients/package.json', import.meta.url))('socket.io-client');
const [url, part] = process.argv.slice(2);
const fail = why => { console.error(`chat: ${why}`); process.exit(1); };
const patience = part === 'stay' ? 180 : 15; // s
setTimeout(() => fail(`not done within ${patience} s`), 1_000 * patience).unref();

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

if (part === 'stay') {
    const eva = await enter('eva');
    console.log('connected');
    await new Promise(resolve => { eva.once('disconnect', resolve); });
    console.log('disconnected');
    await new Promise(resolve => { eva.once('connect', resolve); });
    console.log('connected again, by itself');
    process.exit(0);
}
const anna = await enter('anna');
if (part === 'first') {
    const [heard, onMessage] = next();
    const ben = await enter('ben', onMessage);
    check('to Ben who is there', (await send(anna, 'hi')).status, 'delivered');
    check('Ben reads', (await heard).text, 'hi');
    ben.close();
    // He counts as gone once the server has read his good-bye; what is sent before waits for a proof, and is stored too.
    check('to Ben who is away', (await send(anna, 'you?')).status, 'stored');
} else {
    const [heard, onMessage] = next();
    const ben = await enter('ben', onMessage);
    check('what waited for Ben', (await heard).text, 'you?');
    const isCut = part === 'second';
    check(`MAX_TEXT_LENGTH is ${isCut ? 4 : 'as it comes'}: truncated`, (await send(anna, 'too long')).truncated, isCut ? true : undefined);
    ben.close();
}
anna.close();
process.exit(0);
