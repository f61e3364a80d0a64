/** Everything that is asked of an endpoint, probe by probe. */
import {
  createFinding,
  maskUrl,
  type Diagnosis,
  type Finding,
  type FindingCode,
} from '@pairwire/websocket/protocol';

import { probe, probeHttp2, speaksTls, type ProbeRequest, type ProbeTarget } from './probe.ts';

export type ProbeName =
  'handshake' | 'subprotocol' | 'compression' | 'version' | 'origin' | 'http2';

export interface ProbeResult {
  readonly name: ProbeName;
  /** Of the answer, if there was one. */
  readonly status: number | undefined;
  /** Those that no earlier probe had. */
  readonly findings: readonly Finding[];
}

export interface Checkup {
  /** Without user, password and query. */
  readonly url: string;
  /** The plain handshake succeeds. */
  readonly opens: boolean;
  /** Neither errors nor warnings. */
  readonly healthy: boolean;
  readonly probes: readonly ProbeResult[];
}

export interface CheckupOptions extends ProbeTarget {
  /** Subprotocols to ask for. */
  readonly protocols: readonly string[];
}

/** A name that no server speaks. */
const UNKNOWN_PROTOCOL = 'doctor.pairwire';

/** Of a page that nobody serves (RFC 2606 §2). */
const FOREIGN_ORIGIN = 'https://doctor.invalid';

/** Takes at most `timeoutMs` for each of six probes, and once more to recognize TLS. */
export async function examineEndpoint(options: CheckupOptions): Promise<Checkup> {
  const { protocols } = options;
  const probes: ProbeResult[] = [];
  const add = (name: ProbeName, { status, findings }: ProbeOutcome): void => {
    const known = new Set(probes.flatMap((earlier) => earlier.findings.map(({ code }) => code)));
    probes.push({ name, status, findings: findings.filter(({ code }) => !known.has(code)) });
  };
  const handshake = await examineHandshake(options, { protocols });
  add('handshake', handshake);
  if (handshake.opens) {
    if (protocols.length === 0) add('subprotocol', await examineProtocol(options));
    add('compression', await examineCompression(options, protocols));
    add('version', await examineVersion(options, protocols));
    add('origin', await examineOrigin(options, protocols));
  }
  const isHttp2 = handshake.findings.some(({ code }) => code === 'http2-only');
  if (isHttp2 || (options.url.protocol === 'wss:' && handshake.opens)) {
    const code = await probeHttp2(options);
    if (code !== undefined) add('http2', { status: undefined, findings: [createFinding(code)] });
  }
  const all = probes.flatMap(({ findings }) => findings);
  return {
    url: maskUrl(options.url.href),
    opens: handshake.opens,
    healthy: all.every(({ severity }) => severity === 'note'),
    probes,
  };
}

type ProbeOutcome = Pick<Diagnosis, 'status' | 'findings'>;

async function examineHandshake(target: ProbeTarget, request: ProbeRequest): Promise<Diagnosis> {
  const diagnosis = await probe(target, request);
  const [first] = diagnosis.findings;
  const isMute = first?.code === 'closed-before-answer' || first?.code === 'no-answer';
  if (target.url.protocol !== 'ws:' || !isMute || !(await speaksTls(target))) return diagnosis;
  return { ...diagnosis, findings: [createFinding('tls-port')] };
}

/** A server that knows none of the names says so by naming none; that is right. */
async function examineProtocol(target: ProbeTarget): Promise<ProbeOutcome> {
  const diagnosis = await probe(target, { protocols: [UNKNOWN_PROTOCOL] });
  return without(diagnosis, 'protocol-none-chosen');
}

async function examineCompression(
  target: ProbeTarget,
  protocols: readonly string[],
): Promise<ProbeOutcome> {
  const diagnosis = await probe(target, { protocols, compression: true });
  const { headers, opens, findings, status } = diagnosis;
  const declined = opens && !headers.some((name) => /^sec-websocket-extensions$/i.test(name));
  return {
    status,
    findings: declined ? [...findings, createFinding('compression-declined')] : findings,
  };
}

/** §4.4: a version that is not spoken is refused, and the ones that are, named. */
async function examineVersion(
  target: ProbeTarget,
  protocols: readonly string[],
): Promise<ProbeOutcome> {
  const { status, headers } = await probe(target, { protocols, version: '12' });
  const isNamed = headers.some((name) => /^sec-websocket-version$/i.test(name));
  return { status, findings: versionFindings(status, isNamed) };
}

function versionFindings(status: number | undefined, isNamed: boolean): Finding[] {
  if (status === 101)
    return [createFinding('version-unchecked', 'Sec-WebSocket-Version: 12', '426')];
  if (isNamed) return [];
  const found = status === undefined ? undefined : String(status);
  return [createFinding('version-unnamed', found, '426, Sec-WebSocket-Version: 13')];
}

async function examineOrigin(
  target: ProbeTarget,
  protocols: readonly string[],
): Promise<ProbeOutcome> {
  const { status } = await probe(target, { protocols, origin: FOREIGN_ORIGIN });
  if (status !== 101) return { status, findings: [] };
  return {
    status,
    findings: [createFinding('origin-unchecked', `Origin: ${FOREIGN_ORIGIN}`, '403')],
  };
}

function without({ status, findings }: Diagnosis, expected: FindingCode): ProbeOutcome {
  return { status, findings: findings.filter(({ code }) => code !== expected) };
}
