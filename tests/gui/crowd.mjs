// People who talk: stock socket.io-clients, each to some others, at a pace that comes and goes; some of those they
// write to are never there.
import { createRequire } from "node:module";

const { io } = createRequire(new URL("../clients/package.json", import.meta.url))("socket.io-client");

const names = ["anna", "ben", "clara", "david", "emma", "felix", "greta", "hugo", "ida", "jonas", "klara", "leo", "mia",
  "noah", "olivia", "paul", "rosa", "simon", "tilda", "viktor"];
const userOf = index => `${names[index % names.length]}.${String(Math.floor(index / names.length) + 1).padStart(2, "0")}`;

/** Resolves once all are there. end(): they go. */
export async function startCrowd(url, count) {
  const timers = [];
  const sockets = [];
  const begin = Date.now();
  for (let index = 0; index < count; ++index) {
    // Most have WebSocket, some stay with polling, as behind a proxy; one in ten has a second device.
    const transports = index % 12 === 5 ? ["polling"] : ["websocket"];
    for (let device = 0; device <= (index % 10 === 3 ? 1 : 0); ++device) {
      const socket = io(url, { transports, forceNew: true });
      sockets.push(socket);
      socket.on("connect", () => socket.emit("newUser", userOf(index), { presence: "none" }));
      socket.on("getMessage", message => {
        const later = setTimeout(() => socket.emit("messageRead", { messageIds: [message.messageId] }), 200 + Math.random() * 3_000);
        later.unref();
      });
    }
  }
  await Promise.all(sockets.map(socket => socket.connected || new Promise(done => socket.once("connect", done))));
  timers.push(setInterval(() => {
    // Between 10 and 90 messages a second, in waves of two minutes and of twenty seconds.
    const seconds = (Date.now() - begin) / 1_000;
    const rate = 50 + 28 * Math.sin(seconds / 19) + 10 * Math.sin(seconds / 3.1) + 6 * Math.random();
    for (let sent = 0; sent < rate / 5; ++sent) {
      const from = sockets[Math.floor(Math.random() * sockets.length)];
      const isAway = Math.random() < 0.012;
      const receiverId = isAway ? `away.${1 + Math.floor(Math.random() * 12)}` : userOf(Math.floor(Math.random() * count));
      from.emit("sendMessage", { receiverId, data: { text: "Good morning", chatId: "talk" } });
    }
  }, 200));
  timers.push(setInterval(() => {
    const socket = sockets[Math.floor(Math.random() * sockets.length)];
    socket.disconnect();
    setTimeout(() => socket.connect(), 4_000 + Math.random() * 6_000).unref();
  }, 700));
  return {
    end() {
      timers.forEach(clearInterval);
      sockets.forEach(socket => socket.disconnect());
    },
  };
}
