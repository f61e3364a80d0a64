import { createDeviceList, type DeviceListOptions } from '../remembered/device-list.ts';
import { rememberedWords } from '../remembered/text/remembered-words.ts';
import type { ViewContext } from '../ui/view-context.ts';

export interface ComputerListOptions extends Required<
  Pick<DeviceListOptions, 'list' | 'rename' | 'forget' | 'onConnect'>
> {
  /** The last one was forgotten. */
  onEmpty(): void;
}

/** The computers that this phone remembers, each a tap away. */
export function createComputerList(
  context: ViewContext,
  { onEmpty, ...options }: ComputerListOptions,
): HTMLElement {
  return createDeviceList(context, {
    ...options,
    label: rememberedWords(context.locale).computersLabel,
    unnamed: context.texts.thisComputer,
    onChange(count) {
      if (count === 0) onEmpty();
    },
  });
}
