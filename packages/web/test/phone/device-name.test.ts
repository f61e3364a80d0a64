import { describe, expect, test } from 'vitest';
import { deviceName } from '../../src/phone/device-name.ts';
import { en } from '../../src/text/messages.en.ts';

const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15';
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15';
const ANDROID =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/147 Mobile Safari/537.36';

describe('what the computer calls this device', () => {
  test.each([
    [IPHONE, 5, en.deviceIphone],
    [MAC, 5, en.deviceIpad],
    [MAC, 0, en.thisComputer],
    [ANDROID, 5, en.deviceAndroid],
    [ANDROID.replace('Mobile ', ''), 5, en.deviceAndroidTablet],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 0, en.thisComputer],
    ['something else', 1, en.deviceOther],
    ['', 0, en.deviceOther],
  ])('%s', (userAgent, touchPoints, name) => {
    expect(deviceName(en, userAgent, touchPoints)).toBe(name);
  });
});
