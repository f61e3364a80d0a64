/** `pairwire doctor`: explains an endpoint's opening handshake. */
import { chooseLanguage } from '../../simulator/language.ts';
import { examineEndpoint } from '../doctor/checkup.ts';
import { formatCheckup, formatCheckupAsJson } from '../doctor/report.ts';
import { ExitCode, UsageError } from '../errors.ts';
import { BadValueError, parseEndpointUrl } from '../option-values.ts';
import type { Settings } from '../options.ts';

/** @throws UsageError when `endpoint` is no address of a WebSocket */
export async function doctor(
  endpoint: string,
  { json, lang, protocol: protocols, timeout: timeoutMs }: Settings<'doctor'>,
  write: (text: string) => void,
): Promise<ExitCode> {
  const language = lang ?? chooseLanguage(process.env);
  const checkup = await examineEndpoint({ url: readUrl(endpoint), protocols, timeoutMs });
  write(json ? formatCheckupAsJson(checkup, language) : formatCheckup(checkup, language));
  return checkup.healthy ? ExitCode.done : ExitCode.failed;
}

function readUrl(text: string): URL {
  try {
    return parseEndpointUrl(text);
  } catch (error) {
    // The text is not repeated: there may be a password in it.
    if (error instanceof BadValueError) throw new UsageError(`doctor: ${error.message}`);
    throw error;
  }
}
