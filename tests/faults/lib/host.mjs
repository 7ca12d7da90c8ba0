// The server that dies and comes back: one program, one port, one DATA_DIR.
import net from 'node:net';
import { join } from 'node:path';

import { start, temporaryFolder, waitForOutput } from '../../clients/lib/children.mjs';
import { within } from '../../clients/lib/raw.mjs';

/** Below the ports that the system hands out: a client that finds nobody there must not find itself. */
async function freePort(random) {
    for (;;) {
        const port = random.between(20_000, 30_000);
        const isFree = await new Promise(resolve => {
            const probe = net.createServer();
            probe.once('error', () => resolve(false));
            probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
        });
        if (isFree) return port;
    }
}

export class Host {
    static async make({ bin, random, flags }) {
        const host = new Host();
        host.program = join(bin, process.platform === 'win32' ? 'concierge.exe' : 'concierge');
        host.cwd = temporaryFolder();
        host.port = await freePort(random.fork('port'));
        host.flags = ['--port', String(host.port), '--health-port', '0', '--bind', '127.0.0.1', '--data-dir', join(host.cwd, 'data'), ...flags];
        host.random = random.fork('settings');
        host.starts = 0;
        host.troubles = [];
        return host;
    }

    launch() {
        this.starts += 1;
        // Each life is another: threads, patience, and room for those who are lost.
        const { random } = this;
        const settings = ['--workers', random.one(['1', '3']), '--proof-interval', random.one(['50ms', '250ms']), '--recovery-max-bytes', random.one(['64MB', '64MB', '20KB'])];
        this.handle = start(this.program, [...this.flags, ...settings], { cwd: this.cwd });
        return this.handle;
    }

    async up() {
        this.launch();
        await waitForOutput(this.handle, /^health on (\S+)$/m, 30_000);
    }

    /** Ends it with `signal`; whatever else ended it, or any other way, is trouble. */
    async end(signal) {
        const { handle } = this;
        const note = what => this.troubles.push(`${what}\n${handle.stderr.slice(-2_000)}`);
        if (handle.child.exitCode !== null || handle.child.signalCode !== null) note('the server had ended by itself');
        handle.child.kill(signal);
        const how = await within(handle.exited, `exit after ${signal}`, 30_000);
        const isRight = signal === 'SIGKILL' ? how.signal === 'SIGKILL' : how.code === 0;
        if (!isRight) note(`${signal}: ended with ${how.code ?? how.signal}`);
    }
}
