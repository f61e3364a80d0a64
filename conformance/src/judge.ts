/** Turns the outcome of one case into a result. */
import type { CaseResult, Level } from './case.ts';
import { Deviation, NotApplicable } from './case.ts';

export async function judge(
  { id, title, section, level }: { id: string; title: string; section: string; level: Level },
  run: () => Promise<void>,
): Promise<CaseResult> {
  const result = { id, title, section, level };
  try {
    await run();
    return { ...result, verdict: 'pass' };
  } catch (error) {
    if (error instanceof NotApplicable) {
      return { ...result, verdict: 'not-applicable', detail: error.message };
    }
    if (error instanceof Deviation) return { ...result, verdict: 'fail', detail: error.message };
    throw error;
  }
}
