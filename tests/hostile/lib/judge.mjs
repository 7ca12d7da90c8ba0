// Whether a number is what it has to be: between `least` and `most`. → [] or one complaint.
export function expect(what, number = 0, least = 1, most = Infinity) {
    if (number >= least && number <= most) return [];
    const wanted = most === Infinity ? `at least ${Math.ceil(least)}` : least === most ? `${least}` : `${least} to ${most}`;
    return [`${what}: ${number}, not ${wanted}`];
}

/** What the server refuses of an attack, by the names of its metrics. */
export const refused = reason => `concierge_connections_refused_total{reason="${reason}"}`;
export const rejected = code => `concierge_events_rejected_total{code="${code}"}`;
