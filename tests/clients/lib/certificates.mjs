// Certificates for a test, made by the openssl program.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { temporaryFolder } from './children.mjs';

const kinds = {
    rsa: ['rsa:2048'],
    ec: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    ed25519: ['ed25519'],
};

/** A certificate that vouches for itself, for localhost. → {cert, key: file names, ca: its text} */
export function makeCertificate(kind = 'ec', name = 'localhost') {
    const folder = temporaryFolder();
    const [cert, key] = ['cert.pem', 'key.pem'].map(file => join(folder, file));
    execFileSync('openssl', ['req', '-x509', '-newkey', ...kinds[kind], '-nodes', '-keyout', key, '-out', cert, '-days', '3650', '-subj', `/CN=${name}`,
        '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'], { stdio: 'ignore' });
    return { cert, key, ca: readFileSync(cert, 'utf8') };
}
