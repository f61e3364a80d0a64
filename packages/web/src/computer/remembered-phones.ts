import { createDeviceList, type DeviceListOptions } from '../remembered/device-list.ts';
import { rememberedWords } from '../remembered/text/remembered-words.ts';
import { element, setText } from '../ui/element.ts';
import type { ViewContext } from '../ui/view-context.ts';

/** The phones that connect without a code, folded up; not shown while there is none. */
export function createRememberedPhones(
  context: ViewContext,
  options: Pick<DeviceListOptions, 'list' | 'rename' | 'forget'>,
): HTMLElement {
  const words = rememberedWords(context.locale);
  const summary = element('summary');
  const showCount = (count: number) => {
    setText(summary, words.phonesHeading(count));
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
    element('p', { class: 'note' }, words.phonesLead),
    list,
  );
  showCount(options.list().length);
  return details;
}
