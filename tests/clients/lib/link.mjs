// One client's way to the server, and what can happen to it.
import net from 'node:net';

export class Link {
    constructor(port) {
        this.target = port;
        this.pairs = new Set();
        this.isSwallowing = false;
        this.swallowed = 0;
    }

    async open() {
        this.server = net.createServer(near => this.#join(near));
        await new Promise((resolve, reject) => {
            this.server.once('error', reject);
            this.server.listen(0, '127.0.0.1', resolve);
        });
        this.url = `http://127.0.0.1:${this.server.address().port}`;
        return this;
    }

    #join(near) {
        if (this.isRefusing) {
            near.destroy();
            return;
        }
        const far = net.connect(this.target, '127.0.0.1');
        const pair = { near, far, isSwallowing: this.isSwallowing, isHalf: false };
        this.pairs.add(pair);
        near.on('data', bytes => {
            far.write(bytes);
            this.onClientBytes?.(bytes);
        });
        // Once something has been swallowed, what follows would make no sense: it is swallowed to the end.
        far.on('data', bytes => {
            if (pair.isSwallowing) this.swallowed += bytes.length;
            else near.write(bytes);
        });
        near.on('end', () => { if (!pair.isHalf) far.end(); });
        // Who is being swallowed from hears of nothing before the cut.
        far.on('end', () => { if (!pair.isSwallowing) near.end(); });
        near.on('close', () => { if (!pair.isHalf) far.destroy(); });
        far.on('close', () => { if (!pair.isSwallowing) near.destroy(); });
        for (const socket of [near, far]) {
            socket.on('error', () => {});
            socket.on('close', () => { if (near.destroyed && far.destroyed) this.pairs.delete(pair); });
        }
    }

    /** From now on the server's bytes are taken and go nowhere; the client's still arrive. Until the next cut. */
    swallow() {
        this.isSwallowing = true;
        for (const pair of this.pairs) pair.isSwallowing = true;
    }

    /** Ends every connection. `half`: the server is not told; see endHalves(). */
    cut({ half = false } = {}) {
        this.isSwallowing = false;
        for (const pair of this.pairs) {
            pair.isSwallowing = true;
            pair.isHalf ||= half;
            pair.near.destroy();
            if (!pair.isHalf) pair.far.destroy();
        }
    }

    /** Ends every connection in order: what is on its way arrives. */
    finish() {
        for (const { near, far } of this.pairs) {
            near.end();
            far.end();
        }
    }

    /** As cut(), and there are no new ones until accept(). */
    refuse() {
        this.isRefusing = true;
        this.cut();
    }

    accept() { this.isRefusing = false; }

    /** The server hears of the connections that a half cut left to it. */
    endHalves() { for (const { isHalf, far } of this.pairs) if (isHalf) far.destroy(); }

    close() {
        this.cut();
        this.endHalves();
        this.server.close();
    }
}
