/** Waiting for an engine, with an end. */
import { Deviation } from '../case.ts';
import { ANSWER_WITHIN_MS } from '../raw-peer.ts';

/** @throws {Deviation} when it does not come in time; what fails to come at all is passed on */
export async function within<T>(promise: Promise<T>, otherwise: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Deviation(otherwise)), ANSWER_WITHIN_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
