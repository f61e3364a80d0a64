import { createDeviceList, type DeviceListOptions } from '../remembered/device-list.ts';
import { rememberedWords } from '../remembered/text/remembered-words.ts';
import { element, setText } from '../ui/element.ts';
import type { ViewContext } from '../ui/view-context.ts';

/** More than a relay lets one page wait for, unless it is told otherwise (`maxMeetingsPerChannel`). */
const MANY = 5;

/** The phones that connect without a code, folded up; not shown while there is none. */
export function createRememberedPhones(
  context: ViewContext,
  options: Pick<DeviceListOptions, 'list' | 'rename' | 'forget'>,
): HTMLElement {
  const words = rememberedWords(context.locale);
  const summary = element('summary');
  const lead = element('p', { class: 'note' });
  const showCount = (count: number) => {
    setText(summary, words.phonesHeading(count));
    setText(lead, count < MANY ? words.phonesLead : words.manyPhonesLead);
    details.hidden = count === 0;
  };
  const list = createDeviceList(context, {
    ...options,
    label: words.phonesHeading(options.list().length),
    unnamed: context.texts.unnamedPhone,
    onChange: showCount,
  });
  const details = element(
    'details',
    { class: 'remembered-phones', 'data-testid': 'remembered-phones' },
    summary,
    lead,
    list,
  );
  showCount(options.list().length);
  return details;
}
