import { element } from '../ui/element.ts';
import type { ViewContext } from '../ui/view-context.ts';
import type { Address } from './page-config.ts';

/** Lets the person say by which of its addresses the phone is to reach this machine. */
export function createAddressChooser(
  { texts }: ViewContext,
  addresses: readonly Address[],
  chosen: Address,
  pageOrigin: string,
  onChoice: (address: Address) => void,
): HTMLElement {
  const select = element('select', { id: 'address', 'data-testid': 'address-select' });
  for (const { url, label } of addresses) {
    const what = label === '' && url === pageOrigin ? texts.addressOfThisPage : label;
    const host = url.replace(/^https?:\/\//, '');
    select.append(
      element(
        'option',
        { value: url, selected: url === chosen.url },
        what === '' ? host : `${host} · ${what}`,
      ),
    );
  }
  select.addEventListener('change', () => {
    const address = addresses.find(({ url }) => url === select.value);
    if (address !== undefined) onChoice(address);
  });
  return element(
    'div',
    { class: 'address' },
    element('label', { for: 'address' }, texts.addressLabel),
    select,
  );
}
