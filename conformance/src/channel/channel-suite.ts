import type { CaseResult } from '../case.ts';
import { judge } from '../judge.ts';
import { CHANNEL_CASES, SLOW_CHANNEL_CASES } from './channel-cases.ts';
import { ChannelTarget } from './channel-peer.ts';

/**
 * Runs all cases against the server at `base`. It must send every packet back as it came, and end
 * the channel on the text `close CODE REASON`.
 *
 * @param isPatient - also those that wait for time limits, about a minute
 */
export async function runChannelSuite(
  base: URL,
  isPatient: boolean,
  report: (result: CaseResult) => void,
): Promise<CaseResult[]> {
  const target = new ChannelTarget(base);
  const results: CaseResult[] = [];
  for (const one of [...CHANNEL_CASES, ...(isPatient ? SLOW_CHANNEL_CASES : [])]) {
    const result = await judge({ ...one, level: 'must' }, () => one.run(target));
    report(result);
    results.push(result);
  }
  return results;
}
