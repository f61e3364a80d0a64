import type { Messages } from '../text/messages.en.ts';

/**
 * What the computer will call this device, from the User-Agent: the only source on `http://`, and
 * browsers keep model names out of it, so a kind of device is all there is.
 *
 * @param touchPoints - `navigator.maxTouchPoints`; an iPad calls itself a Mac but has some
 */
export function deviceName(texts: Messages, userAgent: string, touchPoints: number): string {
  if (/iPhone|iPod/.test(userAgent)) return texts.deviceIphone;
  if (/iPad/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1)) {
    return texts.deviceIpad;
  }
  if (/Android/.test(userAgent)) {
    return /Mobile/.test(userAgent) ? texts.deviceAndroid : texts.deviceAndroidTablet;
  }
  return /Windows|Macintosh|X11|CrOS/.test(userAgent) ? texts.thisComputer : texts.deviceOther;
}
