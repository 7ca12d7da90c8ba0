// `import { io } from "socket.io-client"` of the page: the client's own browser bundle, loaded by a script tag.
export const io = window.io;
