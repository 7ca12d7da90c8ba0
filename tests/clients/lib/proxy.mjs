// A network that can be cut: passes TCP through to a server until told otherwise.
import net from 'node:net';

export async function startProxy(target) {
    const { hostname, port } = new URL(target);
    const pairs = new Set();
    let isCut = false;
    const server = net.createServer(near => {
        if (isCut) { near.destroy(); return; }
        const far = net.connect(Number(port), hostname);
        const pair = [near, far];
        pairs.add(pair);
        near.pipe(far);
        far.pipe(near);
        for (const socket of pair) {
            socket.on('error', () => {});
            socket.on('close', () => { pairs.delete(pair); near.destroy(); far.destroy(); });
        }
    });
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
    const drop = () => { for (const pair of pairs) for (const socket of pair) socket.destroy(); };
    return {
        url: `http://127.0.0.1:${server.address().port}`,
        /** Ends every connection; new ones are refused until restore(). */
        cut() { isCut = true; drop(); },
        restore() { isCut = false; },
        close() { drop(); server.close(); },
    };
}
